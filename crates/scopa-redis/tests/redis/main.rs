//! Revocations on a real Redis, which each test starts for itself: `redis-server` must be installed.
#![cfg(test)]

mod outage;
mod server;
mod shared;
#[cfg(feature = "tls")]
mod tls;

use std::time::{Duration, Instant};

use scopa::{Access, Clock, Revocation, RevokeError, Revoked, SystemClock};
use scopa_redis::{RedisRevocationList, WhenAway};
use scopa_testing::{ManualClock, TestIssuer, TokenBuilder};

use server::Server;

const HOUR: Duration = Duration::from_secs(3600);

/// An issuer that lives in the time of Redis.
fn issuer() -> TestIssuer {
    TestIssuer::new().with_clock(ManualClock::at(SystemClock.now()))
}

fn access(issuer: &TestIssuer, token: &TokenBuilder) -> Access {
    let validator = issuer.validator().build().unwrap();
    validator.authenticate([token.bearer().as_bytes()]).now_or_later().unwrap().unwrap()
}

/// Makes the list, with patience for a machine that is busy with other tests.
fn list(server: &Server) -> RedisRevocationList {
    let list = RedisRevocationList::new(&server.url(), WhenAway::Refuse, HOUR).unwrap();
    list.connection_timeout(Duration::from_secs(10)).response_timeout(Duration::from_secs(10))
}

/// Asks, and hands on that nobody knows.
async fn ask(list: &RedisRevocationList, access: &Access) -> Result<bool, String> {
    match list.revoked(access) {
        Revoked::No => Ok(false),
        Revoked::Yes => Ok(true),
        Revoked::Later(answer) => answer.await.map_err(|why| why.to_string()),
    }
}

async fn is_revoked(list: &RedisRevocationList, access: &Access) -> bool {
    ask(list, access).await.unwrap()
}

/// Asks again and again, up to ten seconds.
async fn until<T: PartialEq + std::fmt::Debug>(wanted: T, mut ask: impl AsyncFnMut() -> T) {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let found = ask().await;
        if found == wanted {
            return;
        }
        assert!(Instant::now() < end, "still {found:?}, expected {wanted:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_token_is_revoked_by_its_id_and_no_other_is() {
    let (server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    let [one, other] = [access(&issuer, &issuer.token()), access(&issuer, &issuer.token())];
    assert!(!is_revoked(&list, &one).await);

    list.revoke_token(&one).await.unwrap();
    assert!(is_revoked(&list, &one).await);
    assert!(!is_revoked(&list, &other).await, "another `jti`");

    list.revoke_token_id(issuer.issuer(), other.token_id().unwrap(), other.expires_at()).await.unwrap();
    assert!(is_revoked(&list, &other).await);
}

#[tokio::test]
async fn a_token_without_names_is_nobodys() {
    let (server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    let nameless = access(&issuer, &issuer.token().without("jti").without("sub").without("client_id"));
    let error = list.revoke_token(&nameless).await.unwrap_err();
    assert!(matches!(error, RevokeError::NoTokenId), "{error:?}");
    assert!(matches!(list.revoked(&nameless), Revoked::No), "there is nothing to ask for");
}

#[tokio::test]
async fn what_was_issued_by_then_is_revoked_and_what_was_issued_later_is_not() {
    let (server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    let now = issuer.clock().now();
    let issued_at = |time: u64| access(&issuer, &issuer.token().claim("iat", time));
    let undated = access(&issuer, &issuer.token().without("iat"));
    let stranger = access(&issuer, &issuer.token().subject("user-2").client_id("client-2"));

    list.revoke_subject(issuer.issuer(), "user-1", now - 10).await.unwrap();
    assert!(is_revoked(&list, &issued_at(now - 10)).await, "in the same second");
    assert!(!is_revoked(&list, &issued_at(now - 9)).await, "after it");
    assert!(is_revoked(&list, &undated).await, "nobody knows when it was issued");
    assert!(!is_revoked(&list, &stranger).await);

    list.revoke_client(issuer.issuer(), "client-1", now - 5).await.unwrap();
    assert!(is_revoked(&list, &issued_at(now - 5)).await);
    assert!(!is_revoked(&list, &issued_at(now - 4)).await);
    assert!(!is_revoked(&list, &stranger).await);

    list.revoke_client(issuer.issuer(), "client-1", now - 100).await.unwrap();
    assert!(is_revoked(&list, &issued_at(now - 5)).await, "an earlier time takes nothing back");
}

#[tokio::test]
async fn an_issuers_names_are_nothing_to_another_issuer_and_kinds_do_not_mix() {
    let (server, issuer) = (Server::start(), issuer());
    let other = TestIssuer::new().with_issuer("https://login.example.org").with_clock(issuer.clock());
    let list = list(&server);
    let token = |issuer: &TestIssuer| issuer.token().claim("jti", "x-1").subject("x-2").client_id("x-3");
    let (ours, theirs) = (access(&issuer, &token(&issuer)), access(&other, &token(&other)));
    let now = issuer.clock().now();

    list.revoke_token_id(issuer.issuer(), "x-2", ours.expires_at()).await.unwrap();
    list.revoke_subject(issuer.issuer(), "x-3", now).await.unwrap();
    list.revoke_client(issuer.issuer(), "x-1", now).await.unwrap();
    assert!(!is_revoked(&list, &ours).await);

    list.revoke_subject(issuer.issuer(), "x-2", now).await.unwrap();
    assert!(is_revoked(&list, &ours).await);
    assert!(!is_revoked(&list, &theirs).await);
}

/// Reads how many seconds a key has left.
fn seconds_left(server: &Server, key: &str) -> i64 {
    match server.tell(&["TTL", key]) {
        redis::Value::Int(seconds) => seconds,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_entry_goes_when_no_token_it_refuses_can_be_good() {
    let (server, issuer) = (Server::start(), issuer());
    let list = list(&server).prefix("test:");
    let now = issuer.clock().now();

    let token = access(&issuer, &issuer.token().claim("jti", "t-1").expires_in(Duration::from_secs(60)));
    list.revoke_token(&token).await.unwrap();
    let left = seconds_left(&server, "test:jti:22:https://id.example.com:t-1");
    assert!((300..=360).contains(&left), "60 s, and 300 s for the largest leeway: {left}");

    list.revoke_subject(issuer.issuer(), "user-1", now).await.unwrap();
    let left = seconds_left(&server, "test:sub:22:https://id.example.com:user-1");
    assert!((3840..=3900).contains(&left), "an hour, and 300 s: {left}");

    // So long ago that it ends in two seconds.
    let undated = access(&issuer, &issuer.token().without("iat").without("jti"));
    list.revoke_client(issuer.issuer(), "client-1", SystemClock.now() - 3600 - 300 + 2).await.unwrap();
    let undated_client = access(&issuer, &issuer.token().without("iat").without("jti").without("sub"));
    assert!(is_revoked(&list, &undated_client).await);
    until(false, async || is_revoked(&list, &undated_client).await).await;
    assert_eq!(
        seconds_left(&server, "test:client:22:https://id.example.com:client-1"),
        -2,
        "there is no key"
    );
    assert!(is_revoked(&list, &undated).await, "its subject is still revoked");
}

#[tokio::test]
async fn what_is_expired_anyway_leaves_nothing_behind() {
    let (server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    list.revoke_token_id(issuer.issuer(), "t-1", issuer.clock().now() - 3600).await.unwrap();
    list.revoke_subject(issuer.issuer(), "user-1", 0).await.unwrap();
    assert_eq!(server.tell(&["DBSIZE"]), redis::Value::Int(0));
}

#[tokio::test]
async fn times_that_redis_could_not_count_are_refused_or_cut() {
    let (server, issuer) = (Server::start(), issuer());
    let list = RedisRevocationList::new(&server.url(), WhenAway::Refuse, Duration::MAX).unwrap();
    let milliseconds = issuer.clock().now() * 1000;
    let error = list.revoke_subject(issuer.issuer(), "user-1", milliseconds).await.unwrap_err();
    assert!(matches!(error, RevokeError::NotSeconds(_)), "{error:?}");
    list.revoke_subject(issuer.issuer(), "user-1", 253_402_300_799).await.unwrap();
    assert!(is_revoked(&list, &access(&issuer, &issuer.token())).await);
}

#[tokio::test]
async fn names_are_taken_as_they_are() {
    let (server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    let now = issuer.clock().now();
    for name in ["a:b", "*", "a b\r\nFLUSHALL", "\0", "é✓", "{x}", &"long".repeat(1000)] {
        let holder = access(&issuer, &issuer.token().subject(name));
        assert!(!is_revoked(&list, &holder).await, "{name}");
        list.revoke_subject(issuer.issuer(), name, now).await.unwrap();
        assert!(is_revoked(&list, &holder).await, "{name}");
    }
    assert_eq!(server.tell(&["DBSIZE"]), redis::Value::Int(7));
}
