//! Many who use the list at the same time, from many places.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use scopa::Clock;
use scopa_redis::{RedisRevocationList, WhenAway};

use crate::server::Server;
use crate::{HOUR, access, is_revoked, issuer, list};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_clients_revoke_and_ask_at_once() {
    let (server, issuer) = (Server::start(), issuer());
    let lists: Vec<RedisRevocationList> = (0..4).map(|_| list(&server)).collect();
    let mut tasks = Vec::new();
    for number in 0..400 {
        let (list, other) = (lists[number % 4].clone(), lists[(number + 1) % 4].clone());
        let token = || issuer.token().subject(format!("user-{number}"));
        let (bad, good) = (access(&issuer, &token()), access(&issuer, &token()));
        tasks.push(tokio::spawn(async move {
            list.revoke_token(&bad).await.unwrap();
            // Once it is revoked here it is revoked everywhere.
            for _ in 0..5 {
                assert!(is_revoked(&other, &bad).await, "{number}");
                assert!(!is_revoked(&other, &good).await, "{number}");
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(server.tell(&["DBSIZE"]), redis::Value::Int(400));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_times_that_are_set_at_once_the_latest_stays() {
    let (server, issuer) = (Server::start(), issuer());
    let now = issuer.clock().now();
    // Two services that do not agree how long a token lives.
    let brief = list(&server);
    let long = RedisRevocationList::new(&server.url(), WhenAway::Refuse, 24 * HOUR).unwrap();
    let long = long.connection_timeout(Duration::from_secs(10)).response_timeout(Duration::from_secs(10));
    let (brief, long) = (&brief, &long);
    // 0 to 99 in an order that is none; what lives long is set 200 s before all of them.
    let times = (0..100).map(|number| now - 100 + (number * 37) % 100);
    join_all(times.map(async |time| {
        let name = issuer.issuer();
        let ((), ()) = (
            brief.revoke_subject(name, "user-1", time).await.unwrap(),
            long.revoke_subject(name, "user-1", time - 200).await.unwrap(),
        );
    }))
    .await;
    let issued_at = |time: u64| access(&issuer, &issuer.token().claim("iat", time));
    assert!(is_revoked(brief, &issued_at(now - 1)).await);
    assert!(!is_revoked(brief, &issued_at(now)).await);

    let key = "scopa:revoked:sub:22:https://id.example.com:user-1";
    let value = format!("{}:{}", now - 1, now - 201 + 24 * 3600 + 300);
    assert_eq!(server.tell(&["GET", key]), redis::Value::BulkString(value.into_bytes()));
    assert!(crate::seconds_left(&server, key) > 23 * 3600);
}

/// Waits for a future without any runtime.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return outcome;
        }
        thread::park();
    }
}

#[test]
fn the_connection_outlives_the_runtime_that_first_used_it() {
    let (server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    let token = access(&issuer, &issuer.token());
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

    let worker = runtime();
    worker.block_on(list.revoke_token(&token)).unwrap();
    drop(worker);
    assert!(runtime().block_on(is_revoked(&list, &token)));
    // Not even a runtime is needed.
    assert!(block_on(is_revoked(&list, &token)));
    // One to see that the server is up, one for the list, one for this question.
    assert_eq!(server.connections(), 3);
}

#[tokio::test]
async fn an_answer_that_nobody_waits_for_harms_nobody() {
    let (server, issuer) = (Server::start(), issuer());
    let list = list(&server);
    let token = access(&issuer, &issuer.token());
    list.revoke_token(&token).await.unwrap();
    for _ in 0..100 {
        // Dropped as soon as it is under way.
        let _: Option<bool> = is_revoked(&list, &token).now_or_never();
    }
    assert!(is_revoked(&list, &token).await);
}

#[tokio::test]
async fn the_last_list_may_be_dropped_anywhere() {
    let (server, issuer) = (Server::start(), issuer());
    let token = access(&issuer, &issuer.token());
    let list = list(&server);
    assert!(!is_revoked(&list, &token).await);
    let answer = {
        let scopa::Revoked::Later(answer) = scopa::Revocation::revoked(&list, &token) else { panic!() };
        drop(list);
        answer
    };
    assert!(!answer.await.unwrap(), "who waits for an answer gets it");
}
