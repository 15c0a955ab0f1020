//! A service that is killed in the middle of its work: a process of its own, which tells by lines what it does.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, io};

use scopa_issuer_sqlx::{Database, SqlStore};

use super::stage::{Answer, Stage};

/// Kills a service again and again. `between` is what else happens when it is dead. Then every refresh token that somebody got is
/// good, and no code is good twice.
pub(crate) async fn nothing_is_lost(database: &Database, address: &str, between: impl AsyncFn()) {
    let stage = Stage::new(database.migrate().await.unwrap()).await;
    let mut families = HashMap::new();
    for _ in 0..KILLS {
        serve_until_killed(address, stage.client_id(), &mut families);
        between().await;
    }
    let machine = |store: SqlStore, grace| Stage::again(store, grace, stage.client_id());
    // Opened anew: what the service was in the middle of is undone, or done.
    let strict = machine(database.open().await.unwrap(), Duration::ZERO);
    let lenient = machine(database.open().await.unwrap(), Duration::from_secs(60));
    let (mut at_rest, mut under_way, mut unanswered) = (0, 0, 0);
    for family in families.values() {
        match (&family.token, family.is_asking) {
            (Some(token), false) => {
                let Answer::Given(next) = strict.refresh(token).await else { panic!("a token was lost") };
                assert!(matches!(strict.refresh(&next).await, Answer::Given(_)));
                at_rest += 1;
            }
            // The answer may have been lost on its way: that is what the grace is for.
            (Some(token), true) => {
                assert!(matches!(lenient.refresh(token).await, Answer::Given(_)), "a token was lost");
                under_way += 1;
            }
            (None, _) => unanswered += 1,
        }
    }
    for (code, family) in &families {
        let again = strict.exchange(code).await;
        if family.token.is_some() {
            assert_eq!(again, Answer::refused(), "a code came back");
        }
        assert_eq!(strict.exchange(code).await, Answer::refused(), "a code was good twice");
    }
    let seen = format!("{at_rest} at rest, {under_way} under way, {unanswered} without an answer");
    assert!(at_rest > 0 && under_way + unanswered > 0, "{seen}");
}

/// What became of a code.
#[derive(Default)]
struct Family {
    /// The refresh token that was answered last.
    token: Option<String>,
    /// Whether the next one was asked for and not answered.
    is_asking: bool,
}

/// Starts the service, and kills it after some lines.
fn serve_until_killed(address: &str, client_id: &str, families: &mut HashMap<String, Family>) {
    let mut service = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "the_service_that_is_killed"])
        .envs([(ADDRESS, address), (CLIENT, client_id)])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(service.stdout.take().unwrap()).lines();
    let life = 60 + RandomState::new().hash_one(0) % 300;
    let mut seen = 0;
    // To the end: what was said before it died counts.
    for line in lines {
        // A line that death cut short was not said.
        let Ok(line) = line else { break };
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["asks", code, "."] => families.entry(code.to_owned()).or_default().is_asking = true,
            ["got", code, token, "."] => {
                let family = Family { token: Some(token.to_owned()), is_asking: false };
                families.insert(code.to_owned(), family);
            }
            _ => continue,
        }
        seen += 1;
        if seen == life {
            service.kill().unwrap();
        }
    }
    service.wait().unwrap();
    assert!(seen >= life, "the service died by itself after {seen} lines");
}

/// The other process: redeems codes and rotates what it gets, in several tasks, until it is killed. Without an address it is
/// nobody's service, and does nothing.
pub(crate) async fn serve(database: impl FnOnce(&str) -> Database) {
    let (Ok(address), Ok(client_id)) = (env::var(ADDRESS), env::var(CLIENT)) else { return };
    let store = database(&address).open().await.unwrap();
    let stage = Stage::again(store, Duration::ZERO, &client_id);
    // The line that the test harness began.
    say("");
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let stage = stage.clone();
        tasks.spawn(async move {
            loop {
                let code = stage.code().await;
                say(&format!("asks {code} ."));
                let mut token = stage.exchange(&code).await.token();
                say(&format!("got {code} {token} ."));
                for _ in 0..3 {
                    say(&format!("asks {code} ."));
                    token = stage.refresh(&token).await.token();
                    say(&format!("got {code} {token} ."));
                }
            }
        });
    }
    drop(tasks.join_next().await);
}

fn say(line: &str) {
    // Nobody listens any more: it is over.
    if writeln!(io::stdout().lock(), "{line}").is_err() {
        std::process::exit(1);
    }
}

const KILLS: usize = 4;
const ADDRESS: &str = "SCOPA_TEST_ADDRESS";
const CLIENT: &str = "SCOPA_TEST_CLIENT";
