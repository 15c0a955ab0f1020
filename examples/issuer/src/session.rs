use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use http::header::COOKIE;
use scopa_axum::Clock;
use subtle::ConstantTimeEq as _;

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
    /// Starts without any. `is_secure` tells whether browsers come by https; without it, only on this machine.
    pub(crate) fn new(clock: Arc<dyn Clock>, scheme: Scheme) -> Self {
        let (cookie, attributes) = match scheme {
            // `__Host-`: no other host, not even a subdomain, can set it.
            Scheme::Https => ("__Host-session", "; Path=/; HttpOnly; SameSite=Lax; Secure"),
            Scheme::Http => ("session", "; Path=/; HttpOnly; SameSite=Lax"),
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

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("user", &self.user).finish_non_exhaustive()
    }
}

/// How browsers reach the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// Encrypted.
    Https,
    /// In the clear: on this machine alone.
    Http,
}

fn random() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}

/// An hour, in seconds.
const LIFETIME: u64 = 3600;
/// How many people can be signed in at once.
const MOST: usize = 100_000;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use scopa_testing::ManualClock;

    use super::*;

    fn with(cookie: &str) -> HeaderMap {
        HeaderMap::from_iter([(COOKIE, cookie.parse().unwrap())])
    }

    fn pair(cookie: &str) -> &str {
        cookie.split(';').next().unwrap()
    }

    #[test]
    fn a_session_lasts_an_hour_and_no_longer() {
        let clock = ManualClock::at(1_000_000);
        let sessions = Sessions::new(Arc::new(clock.clone()), Scheme::Http);
        let cookie = sessions.begin(&HeaderMap::new(), "alice").unwrap();
        let headers = with(pair(&cookie));
        clock.advance(Duration::from_secs(3599));
        assert_eq!(sessions.of(&headers).unwrap().user, "alice");
        clock.advance(Duration::from_secs(1));
        assert!(sessions.of(&headers).is_none());
    }

    #[test]
    fn an_id_that_a_stranger_has_planted_is_the_id_of_nothing_before_and_after() {
        let sessions = Sessions::new(Arc::new(ManualClock::at(0)), Scheme::Http);
        let planted = with("session=planted");
        assert!(sessions.of(&planted).is_none());
        let cookie = sessions.begin(&planted, "alice").unwrap();
        assert!(!cookie.contains("planted"));
        assert!(sessions.of(&planted).is_none());
        // Nor does the id of one person become that of another.
        let of_alice = with(pair(&cookie));
        let of_bob = sessions.begin(&of_alice, "bob").unwrap();
        assert!(sessions.of(&of_alice).is_none());
        assert_eq!(sessions.of(&with(pair(&of_bob))).unwrap().user, "bob");
    }

    #[test]
    fn two_session_cookies_are_none() {
        let sessions = Sessions::new(Arc::new(ManualClock::at(0)), Scheme::Http);
        let cookie = sessions.begin(&HeaderMap::new(), "alice").unwrap();
        let pair = pair(&cookie);
        assert!(sessions.of(&with(&format!("theme=dark; {pair}"))).is_some());
        assert!(sessions.of(&with(&format!("session=planted; {pair}"))).is_none());
    }

    #[test]
    fn scripts_and_other_hosts_do_not_get_at_the_cookie() {
        for (scheme, start, end) in [
            (Scheme::Https, "__Host-session=", "; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax; Secure"),
            (Scheme::Http, "session=", "; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax"),
        ] {
            let cookie =
                Sessions::new(Arc::new(ManualClock::at(0)), scheme).begin(&HeaderMap::new(), "a").unwrap();
            assert!(cookie.starts_with(start) && cookie.ends_with(end), "{cookie}");
        }
    }
}
