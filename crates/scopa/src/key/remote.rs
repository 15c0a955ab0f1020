//! Keys that an issuer publishes, fetched and kept.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::header::{ACCEPT, ETAG, IF_NONE_MATCH};
use http::{Request, StatusCode};

use crate::clock::Clock;
use crate::discover::Discovery;
use crate::fetch::{Answer, BoxFuture, Fetch, FetchError, exchange};
use crate::flight::{Passenger, Pilot, board};
use crate::telemetry;

use super::KeySet;
use super::absent::Absent;
use super::freshness::Terms;
use super::jwks::MAX_SET_BYTES;
use super::lookup::{Lookup, Outcome, Status, Waiting, lost};

/// The keys of one issuer: a snapshot that is read without a lock and swapped when a newer one has come.
pub(crate) struct RemoteKeys {
    shared: Arc<Shared>,
}

struct Shared {
    issuer: String,
    place: Place,
    terms: Terms,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    loaded: ArcSwapOption<Loaded>,
    /// No attempt before this, in milliseconds of the clock; so that stale keys are served without the lock.
    not_before: AtomicU64,
    state: Mutex<State>,
}

/// Where the keys are.
pub(crate) enum Place {
    /// Where the metadata says.
    Discovered(Arc<Discovery>),
    /// Here.
    At(String),
}

struct Loaded {
    keys: KeySet,
    /// Where they are from, and the tag that stands for them there (RFC 9110 §8.8.3).
    url: String,
    etag: Option<String>,
    since: Duration,
    /// From here on a newer set is fetched.
    ahead: Duration,
    /// From here on the set is not used any more.
    end: Duration,
}

#[derive(Default)]
struct State {
    flight: Option<Passenger<Outcome>>,
    last_attempt: Option<Duration>,
    /// Attempts since the last success: one that is under way counts until it succeeds.
    failures: u32,
    last_error: Option<FetchError>,
    absent: Absent,
}

impl RemoteKeys {
    pub(crate) fn new(
        issuer: String,
        place: Place,
        terms: Terms,
        fetch: Arc<dyn Fetch>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let shared = Shared {
            issuer,
            place,
            terms,
            fetch,
            clock,
            loaded: ArcSwapOption::empty(),
            not_before: AtomicU64::new(0),
            state: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Returns the keys at hand, and sees to it that newer ones come in time. `None` when there are none to use.
    pub(crate) fn at_hand(&self) -> Option<KeySet> {
        self.look_at_hand(|keys| keys.clone())
    }

    /// Tells whether there are keys at hand, and sees to it that newer ones come in time.
    pub(crate) fn are_at_hand(&self) -> bool {
        self.look_at_hand(|_| ()).is_some()
    }

    fn look_at_hand<T>(&self, look: impl FnOnce(&KeySet) -> T) -> Option<T> {
        let now = self.shared.clock.elapsed();
        let loaded = self.shared.loaded.load();
        let loaded = loaded.as_ref().filter(|loaded| now < loaded.end)?;
        if now >= loaded.ahead && millis(now) >= self.shared.not_before.load(Ordering::Relaxed) {
            self.shared.clone().refresh(now);
        }
        Some(look(&loaded.keys))
    }

    /// Sees to keys where there were none at hand.
    pub(crate) fn look_for_any(&self) -> Lookup {
        let now = self.shared.clock.elapsed();
        let shared = &self.shared;
        let (passenger, pilot) = {
            let mut state = shared.state();
            // They may have come since. Asked with the lock: keys change with it alone.
            if let Some(loaded) = shared.loaded.load().as_ref().filter(|loaded| now < loaded.end) {
                return Lookup::Newer(loaded.keys.clone());
            }
            let under_way = state.flight.as_ref().is_some_and(Passenger::is_under_way);
            if !under_way && millis(now) < shared.not_before.load(Ordering::Relaxed) {
                return Lookup::OutOfReach(state.last_error.clone().unwrap_or_else(lost));
            }
            shared.depart(&mut state, now)
        };
        shared.carry_out(pilot);
        Lookup::Waiting(Waiting { fetch: shared.fetch.clone(), passenger, longest: LONGEST_WAIT_FOR_ANY })
    }

    /// Looks for a `kid` that no key of these has, which were at hand.
    ///
    /// One attempt for each cool-down, counted from the last attempt of any kind, whoever asks for what.
    pub(crate) fn look_for(&self, kid: &str, tried: &KeySet) -> Lookup {
        let now = self.shared.clock.elapsed();
        let shared = &self.shared;
        let (passenger, pilot) = {
            let mut state = shared.state();
            // As above.
            if let Some(newer) = shared.loaded.load().as_ref().filter(|loaded| !loaded.keys.is(tried)) {
                return Lookup::Newer(newer.keys.clone());
            }
            let under_way = state.flight.as_ref().is_some_and(Passenger::is_under_way);
            let cooled =
                state.last_attempt.is_none_or(|last| now.saturating_sub(last) >= shared.terms.cooldown);
            if !under_way && (!cooled || state.absent.has(kid, now)) {
                // While the issuer is out of reach nobody knows, whatever was known before.
                return match state.failures {
                    0 => Lookup::Unknown,
                    _ => Lookup::OutOfReach(state.last_error.clone().unwrap_or_else(lost)),
                };
            }
            shared.depart(&mut state, now)
        };
        shared.carry_out(pilot);
        Lookup::Waiting(Waiting { fetch: shared.fetch.clone(), passenger, longest: LONGEST_WAIT_FOR_NEWER })
    }

    /// Notes that the newest set does not have a `kid`.
    pub(crate) fn note_absent(&self, kid: &str) {
        let shared = &self.shared;
        let now = shared.clock.elapsed();
        shared.state().absent.note(kid, now, shared.terms.cooldown, shared.terms.fresh);
    }

    /// Fetches if it is time, or there are no keys, and returns how long it can wait to be called again.
    pub(crate) fn tend(&self) -> Duration {
        let now = self.shared.clock.elapsed();
        let due = self.shared.loaded.load().as_ref().map_or(Duration::ZERO, |loaded| loaded.ahead);
        let due = due.max(Duration::from_millis(self.shared.not_before.load(Ordering::Relaxed)));
        if now < due {
            return due.saturating_sub(now);
        }
        self.shared.clone().refresh(now);
        self.shared.terms.back_off(1)
    }

    pub(crate) fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.shared.fetch.sleep(time)
    }

    pub(crate) fn status(&self) -> Status {
        let now = self.shared.clock.elapsed();
        let loaded = self.shared.loaded.load();
        let state = self.shared.state();
        Status {
            keys: loaded.as_ref().filter(|loaded| now < loaded.end).map_or(0, |loaded| loaded.keys.len()),
            age: loaded.as_ref().map(|loaded| now.saturating_sub(loaded.since)),
            is_usable: loaded.as_ref().is_some_and(|loaded| now < loaded.end),
            last_error: state.last_error.as_ref().map(ToString::to_string),
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches newer keys for nobody in particular.
    fn refresh(self: Arc<Self>, now: Duration) {
        let pilot = {
            let mut state = self.state();
            // Somebody else may have been here first.
            let is_fresh = self.loaded.load().as_ref().is_some_and(|loaded| now < loaded.ahead);
            if is_fresh || millis(now) < self.not_before.load(Ordering::Relaxed) {
                return;
            }
            self.depart(&mut state, now).1
        };
        self.carry_out(pilot);
    }

    /// Boards the flight, or starts one: then the attempt counts from now on, and as a failure until it succeeds.
    fn depart(&self, state: &mut State, now: Duration) -> (Passenger<Outcome>, Option<Pilot<Outcome>>) {
        let (passenger, pilot) = board(&mut state.flight);
        if pilot.is_none() {
            // Under way for long: nobody need look again at once.
            self.not_before.fetch_max(millis(now.saturating_add(self.terms.back_off(1))), Ordering::Relaxed);
        } else {
            state.last_attempt = Some(now);
            state.failures = state.failures.saturating_add(1);
            let again = now.saturating_add(self.terms.back_off(state.failures));
            self.not_before.store(millis(again), Ordering::Relaxed);
        }
        (passenger, pilot)
    }

    /// Does the work in a task of its own. Without the lock: the task may run at once.
    fn carry_out(self: &Arc<Self>, pilot: Option<Pilot<Outcome>>) {
        let Some(pilot) = pilot else { return };
        let mut attempt = Attempt { shared: self.clone(), pilot: Some(pilot) };
        self.fetch.spawn(Box::pin(async move {
            let outcome = attempt.shared.newest().await;
            attempt.end(outcome);
        }));
    }

    async fn newest(&self) -> Result<Loaded, FetchError> {
        let fetched = match &self.place {
            Place::At(url) => self.fetch_from(url).await,
            Place::Discovered(discovery) => {
                let metadata = discovery.metadata().await?;
                let fetched = match metadata.jwks_uri() {
                    Ok(url) => self.fetch_from(url).await,
                    Err(error) => Err(error),
                };
                if fetched.is_err() {
                    discovery.doubt();
                }
                fetched
            }
        };
        let outcome = fetched.as_ref().map(|(_, is_new)| if *is_new { "ok" } else { "not_modified" });
        telemetry::fetched("jwks", &self.issuer, outcome);
        Ok(fetched?.0)
    }

    /// Fetches the set, and tells whether it is a new one.
    async fn fetch_from(&self, url: &str) -> Result<(Loaded, bool), FetchError> {
        let known = self.loaded.load_full().filter(|known| known.url == url);
        let etag = known.as_ref().and_then(|known| known.etag.as_deref());
        let mut request = Request::get(url).header(ACCEPT, "application/jwk-set+json, application/json");
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let request = request
            .body(Vec::new())
            .map_err(|_| FetchError::new("address", format!("{url}: is not a URL")))?;
        let answer = exchange(&*self.fetch, request, MAX_SET_BYTES).await?;
        match (answer.status, &known, etag) {
            // RFC 9110 §15.4.5: what we have is still what there is.
            (StatusCode::NOT_MODIFIED, Some(known), Some(etag)) => {
                let etag = answer.header(ETAG).unwrap_or(etag).to_owned();
                Ok((self.loaded(known.keys.clone(), url, Some(etag), &answer), false))
            }
            _ => {
                let answer = answer.ok().map_err(|error| error.at(url))?;
                let keys = KeySet::of_issuer(&answer.body, &self.issuer)
                    .map_err(|reason| FetchError::new("junk", reason).at(url))?;
                let etag = answer.header(ETAG).map(str::to_owned);
                Ok((self.loaded(keys, url, etag, &answer), true))
            }
        }
    }

    fn loaded(&self, keys: KeySet, url: &str, etag: Option<String>, answer: &Answer) -> Loaded {
        let now = self.clock.elapsed();
        let fresh = self.terms.freshness(&answer.headers);
        Loaded {
            keys,
            url: url.to_owned(),
            etag,
            since: now,
            ahead: now.saturating_add(Terms::ahead(fresh)),
            end: now.saturating_add(fresh).saturating_add(self.terms.stale_if_error),
        }
    }

    /// Puts new keys in the place of the old ones. A failure leaves the old ones where they are.
    fn settle(&self, outcome: Result<Loaded, FetchError>) -> Outcome {
        let mut state = self.state();
        match outcome {
            Ok(mut loaded) => {
                let old = self.loaded.load_full();
                let is_new = old.as_ref().is_none_or(|old| !old.keys.is(&loaded.keys));
                if let Some(old) = old.filter(|_| is_new) {
                    loaded.keys = loaded.keys.keeping(&old.keys);
                    old.keys.retire_for(&loaded.keys);
                }
                let keys = loaded.keys.clone();
                self.loaded.store(Some(Arc::new(loaded)));
                state.failures = 0;
                state.last_error = None;
                self.not_before.store(0, Ordering::Relaxed);
                if is_new {
                    telemetry::keys_in_use(&self.issuer, keys.len(), keys.rejected().count());
                }
                Ok(keys)
            }
            Err(error) => {
                state.last_error = Some(error.clone());
                Err(error)
            }
        }
    }
}

/// A fetch that is under way.
struct Attempt {
    shared: Arc<Shared>,
    pilot: Option<Pilot<Outcome>>,
}

impl Attempt {
    fn end(&mut self, outcome: Result<Loaded, FetchError>) {
        if let Some(pilot) = self.pilot.take() {
            pilot.land(self.shared.settle(outcome));
        }
    }
}

impl Drop for Attempt {
    /// By a panic of the client or a runtime that shuts down, it may be dropped before its end. Then it failed.
    fn drop(&mut self) {
        if self.pilot.is_some() {
            telemetry::fetched("jwks", &self.shared.issuer, Err(&lost()));
            self.end(Err(lost()));
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// How long a request waits where no keys are at hand: so that its caller has an answer within five seconds.
const LONGEST_WAIT_FOR_ANY: Duration = Duration::from_millis(4500);

/// How long the request that noticed an unknown key waits.
const LONGEST_WAIT_FOR_NEWER: Duration = Duration::from_secs(2);
