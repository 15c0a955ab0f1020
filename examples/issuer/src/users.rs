use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use argon2::{Argon2, PasswordVerifier as _};
use http::Uri;
use scopa_axum::{Clock, ConfigError};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::attempts::Attempts;

/// The people who can sign in: two for trying out, whose passwords stand in the README. Yours are in your database.
pub(crate) struct Users {
    attempts: Attempts,
    at_once: Arc<Semaphore>,
}

/// What a name and a password come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    Right,
    Wrong,
    /// It was tried too often: nobody looked.
    TooOften,
}

impl Users {
    /// Makes the register of the people for trying out, for a service that nobody else reaches.
    pub(crate) fn for_trying_out(origin: &str, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let origin: Uri = origin.parse().unwrap_or_default();
        if !matches!(origin.host(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            let problem = "everybody knows the passwords of alice and bob; before others reach this service, put your own people here";
            return Err(ConfigError::new("users.rs", problem));
        }
        Ok(Self { attempts: Attempts::new(clock), at_once: Arc::new(Semaphore::new(AT_ONCE)) })
    }

    /// Checks a password that somebody at this address gives for this name.
    ///
    /// For a name that nobody has it takes as long: how long it takes does not tell who has an account.
    pub(crate) async fn check(&self, name: &str, address: Option<IpAddr>, password: &str) -> Checked {
        if name.len() > LONGEST_NAME {
            return Checked::Wrong;
        }
        // Each check takes 19 MiB and some hundredths of a second by design: only a few at once, and on threads for it.
        let Ok(permit) = self.at_once.clone().acquire_owned().await else { return Checked::Wrong };
        let from = (name.to_owned(), address);
        if !self.attempts.begin(&from) {
            return Checked::TooOften;
        }
        let known = PEOPLE.iter().find(|(known, _)| *known == name);
        let (hash, is_known) = known.map_or((NOBODY, false), |(_, hash)| (*hash, true));
        let password = password.to_owned();
        let check = spawn_blocking(move || {
            // Goes on when the browser is gone, so it keeps its place.
            let _permit = permit;
            Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
        });
        if !(check.await.unwrap_or(false) && is_known) {
            return Checked::Wrong;
        }
        self.attempts.succeeded(&from);
        Checked::Right
    }
}

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Users")
    }
}

const PEOPLE: [(&str, &str); 2] = [
    (
        "alice",
        "$argon2id$v=19$m=19456,t=2,p=1$TXY5M/7vMMG4AKfC2FDkhQ$IPdar0P0ZKkQUqxU5XL4YHBx3vM5fRWo4G84wo5W0oM",
    ),
    (
        "bob",
        "$argon2id$v=19$m=19456,t=2,p=1$3/98zDrHu7KQ/637M4rXrg$BJtdse3zIbEvsS/mzDnDjCLMAu1dCnIrB6sx85qDP6s",
    ),
];

/// The hash of random bytes that were thrown away.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$A3IXxnbdsWONOvxBORu9Sw$cASx3WAx/Gb0+EYljRnoV4rVG4/g0UCDpluvbl2Z/yM";

/// How many passwords are checked at the same time.
const AT_ONCE: usize = 2;

const LONGEST_NAME: usize = 100;

#[cfg(test)]
mod tests {
    use std::future::{Future as _, poll_fn};
    use std::task::Poll;

    use scopa_testing::ManualClock;

    use super::*;

    fn users(origin: &str) -> Result<Users, ConfigError> {
        Users::for_trying_out(origin, Arc::new(ManualClock::at(1_000_000)))
    }

    #[tokio::test]
    async fn only_the_password_of_the_person_is_right() {
        let users = users("http://localhost:8080").unwrap();
        let long = "a".repeat(101);
        for (name, password, checked) in [
            ("alice", "wonderland-rabbit-7", Checked::Right),
            ("bob", "builder-crane-42", Checked::Right),
            ("alice", "builder-crane-42", Checked::Wrong),
            ("alice", "", Checked::Wrong),
            ("Alice", "wonderland-rabbit-7", Checked::Wrong),
            ("carol", "wonderland-rabbit-7", Checked::Wrong),
            ("", "", Checked::Wrong),
            (&long, "", Checked::Wrong),
        ] {
            assert_eq!(users.check(name, None, password).await, checked, "{name} {password}");
        }
    }

    #[test]
    fn a_check_that_nobody_waits_for_keeps_its_place_until_it_ends() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
        runtime.block_on(async {
            let users = users("http://localhost:8080").unwrap();
            // The one thread for checks is busy until it is told otherwise.
            let (go, wait) = std::sync::mpsc::channel::<()>();
            drop(spawn_blocking(move || wait.recv()));
            let mut left = Box::pin(users.check("alice", None, "guess"));
            assert!(poll_fn(|cx| Poll::Ready(left.as_mut().poll(cx).is_pending())).await);
            drop(left);
            assert_eq!(users.at_once.available_permits(), AT_ONCE - 1);
            drop(go);
            assert!(users.at_once.acquire_many(u32::try_from(AT_ONCE).unwrap()).await.is_ok());
        });
    }

    #[test]
    fn passwords_that_everybody_knows_are_for_this_machine_alone() {
        for (origin, is_taken) in [
            ("http://127.0.0.1:8080", true),
            ("http://[::1]:8080", true),
            ("https://id.example.com", false),
            ("https://localhost.example.com", false),
            ("nowhere else", false),
        ] {
            assert_eq!(users(origin).is_ok(), is_taken, "{origin}");
        }
    }
}
