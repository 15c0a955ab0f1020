//! What happens while Redis is away, and when it is back.

use std::time::{Duration, Instant};

use scopa::RevokeError;
use scopa_redis::{RedisRevocationList, WhenAway};

use crate::server::Server;
use crate::{HOUR, access, ask, is_revoked, issuer, list, until};

#[tokio::test]
async fn killed_and_back_again() {
    let (mut server, issuer) = (Server::start(), issuer());
    let refusing = list(&server);
    let accepting = RedisRevocationList::new(&server.url(), WhenAway::Accept, HOUR).unwrap();
    let token = access(&issuer, &issuer.token());
    refusing.revoke_token(&token).await.unwrap();
    assert!(is_revoked(&refusing, &token).await);
    assert!(is_revoked(&accepting, &token).await);

    server.kill();
    for _ in 0..3 {
        let why = ask(&refusing, &token).await.unwrap_err();
        assert!(why.starts_with(&format!("redis at 127.0.0.1:{}: ", server.port())), "{why}");
        assert!(!is_revoked(&accepting, &token).await);
        for list in [&refusing, &accepting] {
            let error = list.revoke_token(&token).await.unwrap_err();
            assert!(matches!(error, RevokeError::Unavailable(_)), "whatever is chosen: {error:?}");
        }
    }

    assert!(server.run());
    until(Ok(false), async || ask(&refusing, &token).await).await;
    until(true, async || accepting.revoke_token(&token).await.is_ok()).await;
    assert!(is_revoked(&refusing, &token).await);
    assert!(is_revoked(&accepting, &token).await);
}

#[tokio::test]
async fn a_restart_that_nobody_asked_through_costs_no_request() {
    let (mut server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    let token = access(&issuer, &issuer.token());
    for _ in 0..3 {
        assert!(!is_revoked(&list, &token).await);
        server.kill();
        assert!(server.run());
    }
    list.revoke_token(&token).await.unwrap();
    server.kill();
    assert!(server.run());
    assert!(!is_revoked(&list, &token).await, "nothing was kept");
}

#[tokio::test]
async fn requests_under_way_when_it_is_killed_are_all_answered() {
    let (mut server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    let token = access(&issuer, &issuer.token());
    assert!(!is_revoked(&list, &token).await);
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let (list, token) = (list.clone(), token.clone());
            tokio::spawn(async move {
                for _ in 0..20 {
                    // Either is right; no answer at all is not.
                    drop(ask(&list, &token).await);
                }
            })
        })
        .collect();
    tokio::task::yield_now().await;
    server.kill();
    for task in tasks {
        tokio::time::timeout(Duration::from_secs(30), task).await.unwrap().unwrap();
    }
    assert!(ask(&list, &token).await.is_err());
}

#[tokio::test]
async fn a_server_that_stalls_is_not_waited_for_longer_than_was_set() {
    let (server, issuer) = (Server::start(), issuer());
    let patience = Duration::from_millis(200);
    let make = |when_away| {
        let list = RedisRevocationList::new(&server.url(), when_away, HOUR).unwrap();
        list.connection_timeout(patience).response_timeout(patience)
    };
    let (refusing, accepting) = (make(WhenAway::Refuse), make(WhenAway::Accept));
    let token = access(&issuer, &issuer.token());
    until(true, async || refusing.revoke_token(&token).await.is_ok()).await;
    until(Ok(true), async || ask(&accepting, &token).await).await;

    let before = server.connections();
    server.tell(&["CLIENT", "PAUSE", "3000", "ALL"]);
    let start = Instant::now();
    let why = ask(&refusing, &token).await.unwrap_err();
    assert!(why.contains("no answer within 200 ms"), "{why}");
    assert!(!is_revoked(&accepting, &token).await);
    assert!(ask(&refusing, &token).await.is_err());
    assert!(start.elapsed() < Duration::from_millis(2500), "{:?}", start.elapsed());

    // What was revoked before is known when it goes on, and the connection is a new one.
    until(Ok(true), async || ask(&refusing, &token).await).await;
    until(true, async || is_revoked(&accepting, &token).await).await;
    // One for the pause, at least one for each list, one for this question.
    assert!(server.connections() - before >= 4);
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_asked_and_revokes_nothing() {
    let (server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    let token = access(&issuer, &issuer.token());
    list.revoke_token(&token).await.unwrap();
    // A replica of nobody.
    server.tell(&["REPLICAOF", "127.0.0.1", "1"]);
    let before = server.connections();
    let error = list.revoke_token(&token).await.unwrap_err();
    assert!(matches!(error, RevokeError::Unavailable(_)), "{error:?}");
    assert!(error.to_string().contains("read only"), "{error}");
    // It may be the wrong one since a fail-over, so a new connection was tried, too.
    assert_eq!(server.connections() - before, 2);
    assert!(is_revoked(&list, &token).await);
    server.tell(&["REPLICAOF", "NO", "ONE"]);
    list.revoke_token(&token).await.unwrap();
}

#[tokio::test]
async fn what_somebody_else_wrote_is_no_answer() {
    let (server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    let accepting = RedisRevocationList::new(&server.url(), WhenAway::Accept, HOUR).unwrap();
    let token = access(&issuer, &issuer.token());
    let key = "scopa:revoked:sub:22:https://id.example.com:user-1";
    server.tell(&["SET", key, "yes"]);
    let why = ask(&list, &token).await.unwrap_err();
    assert!(why.contains("something else writes to the same keys"), "{why}");
    assert!(!is_revoked(&accepting, &token).await);

    list.revoke_subject(issuer.issuer(), "user-1", token.issued_at().unwrap()).await.unwrap();
    assert!(is_revoked(&list, &token).await, "revoking sets it right");
}

#[tokio::test]
async fn a_wrong_password_is_told_and_not_shown() {
    let (server, issuer) = (Server::start(), issuer());
    let url = format!("redis://:s3cr3t-password@127.0.0.1:{}", server.port());
    let list = RedisRevocationList::new(&url, WhenAway::Refuse, HOUR).unwrap();
    let list = list.connection_timeout(Duration::from_secs(10));
    let why = ask(&list, &access(&issuer, &issuer.token())).await.unwrap_err();
    assert!(why.to_lowercase().contains("password"), "{why}");
    assert!(!format!("{why} {list:?}").contains("s3cr3t"), "{why} {list:?}");
}
