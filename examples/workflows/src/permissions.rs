//! What callers may do: in no token, so it is read when they come.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use scopa_actix::issuer::{Client, Issuer};
use scopa_actix::{Access, BoxFuture, Clock};
use serde::Deserialize as _;

use crate::people::Person;
use crate::records::Records;
use crate::team_of;

/// Permissions, or why nobody can tell.
pub type Found = Result<Vec<String>, Box<dyn Error + Send + Sync>>;

/// Who holds permissions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Holder {
    /// A person, by the token's `sub`: each team has its own.
    Person {
        /// The team.
        team: String,
        /// The name.
        name: String,
    },
    /// A client that asks for itself, by its `client_id`: its token has no `sub`.
    Client(String),
}

impl Holder {
    /// Returns whose permissions count for a caller. Without a name, or for a person without a team, that is nobody.
    pub fn of(caller: &Access) -> Option<Self> {
        match caller.subject() {
            Some(name) => Some(Self::Person { team: team_of(caller).ok()?, name: name.to_owned() }),
            None => caller.client_id().map(|id| Self::Client(id.to_owned())),
        }
    }

    /// Returns the name, a person's or a client's.
    pub fn name(&self) -> &str {
        match self {
            Self::Person { name, .. } | Self::Client(name) => name,
        }
    }
}

/// Where it stands what somebody may do.
pub trait Permissions: fmt::Debug + Send + Sync + 'static {
    /// Returns what this holder may do: nothing, where nobody knows him.
    fn of(&self, holder: Holder) -> BoxFuture<'static, Found>;
}

/// What the example knows: clients by their registration, people by the table of people.
#[derive(Debug, Clone)]
pub(crate) struct Registered {
    pub(crate) issuer: Issuer,
    pub(crate) people: Arc<Records<Person>>,
}

impl Permissions for Registered {
    fn of(&self, holder: Holder) -> BoxFuture<'static, Found> {
        let Self { issuer, people } = self.clone();
        Box::pin(async move {
            Ok(match holder {
                Holder::Person { team, name } => {
                    let held = people.get(&team, &name).map(|person| person.permissions);
                    held.into_iter().flatten().map(|held| held.as_str().to_owned()).collect()
                }
                Holder::Client(id) => {
                    issuer.clients().get(&id).await?.map(|client| held_by(&client)).unwrap_or_default()
                }
            })
        })
    }
}

/// Returns the permissions that stand in a client's registration.
pub(crate) fn held_by(client: &Client) -> Vec<String> {
    client.metadata(CLAIM).and_then(|listed| Vec::deserialize(listed).ok()).unwrap_or_default()
}

/// Remembers for two seconds what was found.
///
/// What this process changes it [forgets](Self::forget), so that a change counts at the next request; one that another
/// instance makes counts two seconds later at the latest.
#[derive(Debug)]
pub(crate) struct Remembered {
    source: Arc<dyn Permissions>,
    clock: Arc<dyn Clock>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    found: HashMap<Holder, (Duration, Vec<String>)>,
    /// Counts what was forgotten: what somebody began to look up before is not kept.
    changes: u64,
}

impl Remembered {
    pub(crate) fn new(source: Arc<dyn Permissions>, clock: Arc<dyn Clock>) -> Self {
        Self { source, clock, kept: Mutex::default() }
    }

    /// Returns what a holder may do.
    pub(crate) async fn of(&self, holder: Holder) -> Found {
        let (now, changes) = (self.clock.elapsed(), self.kept().changes);
        if let Some((until, found)) = self.kept().found.get(&holder)
            && now < *until
        {
            return Ok(found.clone());
        }
        let found = self.source.of(holder.clone()).await?;
        let mut kept = self.kept();
        if kept.changes == changes {
            if kept.found.len() >= MOST {
                kept.found.clear();
            }
            kept.found.insert(holder, (now.saturating_add(LIFETIME), found.clone()));
        }
        Ok(found)
    }

    /// Forgets what a holder may do: it has changed.
    pub(crate) fn forget(&self, holder: &Holder) {
        let mut kept = self.kept();
        kept.changes = kept.changes.wrapping_add(1);
        kept.found.remove(holder);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The claim of a client's registration that holds its permissions.
pub(crate) const CLAIM: &str = "permissions";
const LIFETIME: Duration = Duration::from_secs(2);
const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::task::Poll;

    use futures_util::FutureExt as _;
    use futures_util::future::poll_fn;
    use scopa_testing::ManualClock;

    use super::*;

    /// Answers with how often it was asked, as soon as it may.
    #[derive(Debug, Default)]
    struct Counting {
        asked: AtomicUsize,
        is_slow: AtomicBool,
    }

    impl Permissions for Counting {
        fn of(&self, _: Holder) -> BoxFuture<'static, Found> {
            let asked = self.asked.fetch_add(1, Ordering::SeqCst);
            let mut is_slow = self.is_slow.swap(false, Ordering::SeqCst);
            Box::pin(async move {
                // Waits once.
                poll_fn(|_| if std::mem::take(&mut is_slow) { Poll::Pending } else { Poll::Ready(()) }).await;
                Ok(vec![asked.to_string()])
            })
        }
    }

    #[test]
    fn what_is_remembered_ends_after_two_seconds_or_when_it_is_changed() {
        let (source, clock) = (Arc::new(Counting::default()), ManualClock::at(0));
        let remembered = Remembered::new(source.clone(), Arc::new(clock.clone()));
        let holder = Holder::Client("c".into());
        let ask = || remembered.of(holder.clone()).now_or_never().unwrap().unwrap();
        assert_eq!((ask(), ask()), (vec!["0".to_owned()], vec!["0".to_owned()]));
        clock.advance(Duration::from_millis(1999));
        assert_eq!(ask(), ["0"]);
        clock.advance(Duration::from_millis(1));
        assert_eq!(ask(), ["1"]);
        remembered.forget(&holder);
        assert_eq!(ask(), ["2"]);
        // A person is no client of the same name.
        let person = Holder::Person { team: "t".into(), name: "c".into() };
        assert_eq!(remembered.of(person).now_or_never().unwrap().unwrap(), ["3"]);
    }

    #[test]
    fn what_was_looked_up_before_a_change_is_not_remembered_after_it() {
        let (source, holder) = (Arc::new(Counting::default()), Holder::Client("c".into()));
        let remembered = Remembered::new(source.clone(), Arc::new(ManualClock::at(0)));
        source.is_slow.store(true, Ordering::SeqCst);
        let mut slow = Box::pin(remembered.of(holder.clone()));
        assert!((&mut slow).now_or_never().is_none());
        remembered.forget(&holder);
        assert_eq!(slow.now_or_never().unwrap().unwrap(), ["0"]);
        assert_eq!(remembered.of(holder).now_or_never().unwrap().unwrap(), ["1"]);
    }
}
