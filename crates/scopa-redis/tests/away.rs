//! Redis is not there, or does not answer.
#![cfg(test)]

use std::io::{self, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use scopa::{Access, Clock as _, Revocation, RevokeError, Revoked};
use scopa_redis::{RedisRevocationList, WhenAway};
use scopa_testing::TestIssuer;
use tracing_subscriber::fmt::MakeWriter;

const HOUR: Duration = Duration::from_secs(3600);

fn access(issuer: &TestIssuer) -> Access {
    let validator = issuer.validator().build().unwrap();
    validator.authenticate([issuer.token().bearer().as_bytes()]).now_or_later().unwrap().unwrap()
}

/// Asks, and hands on that nobody knows.
async fn ask(list: &RedisRevocationList, access: &Access) -> Result<bool, String> {
    let Revoked::Later(answer) = list.revoked(access) else { panic!("it takes a round trip to know") };
    answer.await.map_err(|why| why.to_string())
}

/// Listens and never answers; or, once it is dropped, does not even listen.
fn mute() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

#[tokio::test]
async fn without_redis_the_choice_counts() {
    let (_, address) = mute();
    let issuer = TestIssuer::new();
    let access = access(&issuer);
    let url = format!("redis://somebody:s3cr3t@{address}/3");

    let refusing = RedisRevocationList::new(&url, WhenAway::Refuse, HOUR).unwrap();
    for _ in 0..3 {
        let why = ask(&refusing, &access).await.unwrap_err();
        assert!(why.starts_with(&format!("redis at {address}: no connection: ")), "{why}");
        assert!(!why.contains("s3cr3t") && !why.contains("somebody"), "{why}");
    }

    listen();
    let accepting = RedisRevocationList::new(&url, WhenAway::Accept, HOUR).unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&accepting, &access).await, Ok(false));
    }
    let lines = heard(&format!("redis at {address}"));
    assert_eq!(lines.len(), 3, "each token that was accepted unchecked is told: {lines:?}");
    for line in lines {
        for part in ["WARN scopa: accepted unchecked", "error.type=\"revocation_unknown\"", "no connection"] {
            assert!(line.contains(part), "{part}: {line}");
        }
        assert!(!line.contains("s3cr3t") && !line.contains("user-1"), "{line}");
    }
}

#[tokio::test]
async fn without_redis_nothing_is_revoked_whatever_the_choice() {
    let (_, address) = mute();
    let issuer = TestIssuer::new();
    let access = access(&issuer);
    let now = issuer.clock().now();
    for when_away in [WhenAway::Refuse, WhenAway::Accept] {
        let list = RedisRevocationList::new(&format!("redis://{address}"), when_away, HOUR).unwrap();
        for outcome in [
            list.revoke_token(&access).await,
            list.revoke_token_id(issuer.issuer(), "t-1", access.expires_at()).await,
            list.revoke_subject(issuer.issuer(), "user-1", now).await,
            list.revoke_client(issuer.issuer(), "client-1", now).await,
        ] {
            let error = outcome.unwrap_err();
            assert!(matches!(error, RevokeError::Unavailable(_)), "{error:?}");
            assert!(
                error.to_string().starts_with("the list is out of reach, nothing was revoked: "),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_waited_for_as_long_as_was_set() {
    let (_listener, address) = mute();
    let issuer = TestIssuer::new();
    let access = access(&issuer);
    for when_away in [WhenAway::Refuse, WhenAway::Accept] {
        let list = RedisRevocationList::new(&format!("redis://{address}"), when_away, HOUR).unwrap();
        let list =
            list.connection_timeout(Duration::from_millis(150)).response_timeout(Duration::from_millis(150));
        let start = Instant::now();
        let answer = ask(&list, &access).await;
        let waited = start.elapsed();
        match when_away {
            WhenAway::Refuse => {
                let why = answer.unwrap_err();
                assert_eq!(why, format!("redis at {address}: no connection within 150 ms"));
            }
            _ => assert_eq!(answer, Ok(false)),
        }
        // Much more than was set, for a machine that is busy with other tests, and much less than without it.
        assert!(waited >= Duration::from_millis(150) && waited < Duration::from_secs(5), "{waited:?}");
    }
}

#[tokio::test]
async fn many_wait_for_one_attempt_and_nobody_tries_again_at_once() {
    let (listener, address) = mute();
    let issuer = TestIssuer::new();
    let access = access(&issuer);
    let list = RedisRevocationList::new(&format!("redis://{address}"), WhenAway::Refuse, HOUR).unwrap();
    let list = list.connection_timeout(Duration::from_millis(150));
    let answers = futures_util::future::join_all((0..100).map(|_| ask(&list, &access))).await;
    assert!(answers.iter().all(Result::is_err));
    listener.set_nonblocking(true).unwrap();
    let attempts = std::iter::from_fn(|| listener.accept().ok()).count();
    assert_eq!(attempts, 1);
}

#[test]
fn it_is_made_and_dropped_without_a_runtime_and_inside_one() {
    let (_, address) = mute();
    let url = format!("redis://{address}");
    drop(RedisRevocationList::new(&url, WhenAway::Refuse, HOUR).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let list = RedisRevocationList::new(&url, WhenAway::Refuse, HOUR).unwrap();
    let access = access(&TestIssuer::new());
    runtime.block_on(async {
        // This runtime has neither time nor input and output to give.
        assert!(ask(&list, &access).await.is_err());
        drop(list);
    });
}

#[test]
fn its_futures_may_go_to_any_thread() {
    fn sent<T: Send + 'static>(value: T) -> T {
        value
    }
    let (_, address) = mute();
    let list = RedisRevocationList::new(&format!("redis://{address}"), WhenAway::Refuse, HOUR).unwrap();
    let access = access(&TestIssuer::new());
    let answer = sent(list.revoked(&access));
    let revoking = sent(async move { list.revoke_token(&access).await });
    let runtime = || tokio::runtime::Builder::new_current_thread().build().unwrap();
    thread::scope(|threads| {
        threads.spawn(|| {
            let Revoked::Later(answer) = answer else { panic!("it takes a round trip to know") };
            assert!(runtime().block_on(answer).is_err());
        });
        threads.spawn(|| assert!(runtime().block_on(revoking).is_err()));
    });
}

#[test]
fn an_address_that_is_none_is_told_at_the_start_and_not_shown() {
    for (url, part) in [
        ("", "write it as `redis://"),
        ("s3cr3t", "write it as `redis://"),
        ("http://127.0.0.1", "write it as `redis://"),
        ("redis://u:s3cr3t@127.0.0.1/x", "write it as `redis://"),
        ("redis://u:s3cr3t@127.0.0.1:99999", "write it as `redis://"),
        ("redis://u:s3cr3t@0.0.0.0", "write it as `redis://"),
        ("redis://u:s3cr3t@127.0.0.1?protocol=s3cr3t", "write it as `redis://"),
        #[cfg(not(feature = "tls"))]
        ("rediss://u:s3cr3t@127.0.0.1", "needs the feature `tls`"),
        #[cfg(feature = "tls")]
        ("rediss://u:s3cr3t@127.0.0.1/#insecure", "checks no certificate"),
    ] {
        let error = RedisRevocationList::new(url, WhenAway::Refuse, HOUR).unwrap_err();
        assert_eq!(error.setting(), "url");
        assert!(error.to_string().contains(part), "{url}: {error}");
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
    }
    for url in ["redis://127.0.0.1", "redis://u:s3cr3t@[::1]:6380/3", "redis+unix:///run/redis.sock"] {
        let list = RedisRevocationList::new(url, WhenAway::Refuse, HOUR).unwrap();
        assert!(!format!("{list:?} {list:#?}").contains("s3cr3t"), "{list:?}");
    }
}

/// What was logged in this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

static LOG: OnceLock<Log> = OnceLock::new();

/// Listens for the whole process: subscribers that come and go miss events of tests that run side by side.
fn listen() {
    LOG.get_or_init(|| {
        let log = Log::default();
        tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).init();
        log
    });
}

/// Returns the lines that hold a text.
fn heard(text: &str) -> Vec<String> {
    let log = LOG.get().unwrap().0.lock().unwrap();
    let lines = String::from_utf8_lossy(&log).into_owned();
    lines.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
}
