use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderMap;
use http::header::COOKIE;
use scopa_axum::Clock;
use subtle::ConstantTimeEq as _;

use crate::people::random;

/// Who is signed in, by the cookie that a browser brings. In memory: after a restart everybody signs in again.
///
/// A session begins when somebody has signed in, with an id that nobody knew before: an id that a stranger has planted in
/// the browser is the id of nothing (session fixation).
pub(crate) struct Sessions {
    open: Mutex<HashMap<String, Session>>,
    clock: Arc<dyn Clock>,
    cookie: &'static str,
    attributes: &'static str,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Session {
    /// Who.
    pub(crate) user: String,
    /// Stands in the forms that are shown to this session, so that the answer is known to be to what it was shown.
    pub(crate) token: String,
    ends_at: u64,
}

impl Sessions {
    /// Starts without any, for browsers that come to this origin.
    pub(crate) fn new(origin: &str, clock: Arc<dyn Clock>) -> Self {
        let (cookie, attributes) = match origin.starts_with("https://") {
            // `__Host-`: no other host, not even a subdomain, can set it.
            true => ("__Host-session", "; Path=/; HttpOnly; SameSite=Lax; Secure"),
            false => ("session", "; Path=/; HttpOnly; SameSite=Lax"),
        };
        Self { open: Mutex::default(), clock, cookie, attributes }
    }

    /// Returns the session of a request.
    pub(crate) fn of(&self, headers: &HeaderMap) -> Option<Session> {
        let id = self.id(headers)?;
        let session = self.open().get(id)?.clone();
        (self.clock.now() < session.ends_at).then_some(session)
    }

    /// Begins a session in the place of the one that the request had, and returns the cookie to set.
    ///
    /// `None`: there are no random numbers, or too many people.
    pub(crate) fn begin(&self, headers: &HeaderMap, user: &str) -> Option<String> {
        let now = self.clock.now();
        let session =
            Session { user: user.to_owned(), token: random()?, ends_at: now.saturating_add(LIFETIME) };
        let id = random()?;
        let mut open = self.open();
        if let Some(former) = self.id(headers) {
            open.remove(former);
        }
        open.retain(|_, session| now < session.ends_at);
        if open.len() >= MOST {
            return None;
        }
        open.insert(id.clone(), session);
        Some(format!("{}={id}; Max-Age={LIFETIME}{}", self.cookie, self.attributes))
    }

    /// Ends the session of a request, and returns the cookie to set.
    pub(crate) fn end(&self, headers: &HeaderMap) -> String {
        if let Some(id) = self.id(headers) {
            self.open().remove(id);
        }
        format!("{}=; Max-Age=0{}", self.cookie, self.attributes)
    }

    /// Returns what the browser says is its session, if it says it once.
    fn id<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let pairs = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = pairs.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut ids = pairs.filter(|(name, _)| *name == self.cookie).map(|(_, id)| id);
        let only = ids.next()?;
        ids.next().is_none().then_some(only)
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Tells whether a form was shown to this session.
    pub(crate) fn was_shown(&self, token: &str) -> bool {
        self.token.as_bytes().ct_eq(token.as_bytes()).into()
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("open", &self.open().len()).finish_non_exhaustive()
    }
}

/// An hour, in seconds.
const LIFETIME: u64 = 3600;
/// How many people can be signed in at once.
const MOST: usize = 100_000;
