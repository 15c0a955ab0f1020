use std::collections::BTreeMap;
use std::fmt;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::Uri;
use scopa_axum::{Access, ConfigError, Revocation, Revoked};
use subtle::ConstantTimeEq as _;

/// The people of this service, and what each may see: two for trying out. Yours are in your database.
///
/// Their passwords are made anew at each start and have 256 random bits, so nobody guesses them. For passwords that people choose,
/// `examples/issuer` has the slow hash and the limit for guessing in its `users.rs` and `attempts.rs`.
pub struct People {
    known: RwLock<BTreeMap<&'static str, Person>>,
}

struct Person {
    password: String,
    schedules: &'static [u64],
}

impl People {
    /// Makes alice and bob, for a service that nobody else reaches.
    ///
    /// # Errors
    /// The origin is not on this machine, or there are no random numbers.
    pub fn for_trying_out(origin: &str) -> Result<Self, ConfigError> {
        let origin: Uri = origin.parse().unwrap_or_default();
        if !matches!(origin.host(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            let problem = "alice and bob are for trying out; before others reach this service, put your own people into `people.rs`";
            return Err(ConfigError::new("origin", problem));
        }
        let person = |schedules| {
            let password = random().ok_or(ConfigError::new("people", "there are no random numbers"))?;
            Ok(Person { password, schedules })
        };
        let known = BTreeMap::from([("alice", person(&[1, 2][..])?), ("bob", person(&[1][..])?)]);
        Ok(Self { known: RwLock::new(known) })
    }

    /// Returns the names and passwords, to be told once at the start.
    pub fn passwords(&self) -> Vec<(&'static str, String)> {
        self.known().iter().map(|(name, person)| (*name, person.password.clone())).collect()
    }

    /// Removes somebody, and tells whether there was one of that name.
    pub fn remove(&self, name: &str) -> bool {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(name).is_some()
    }

    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.known().keys().copied().collect()
    }

    pub(crate) fn knows(&self, name: &str) -> bool {
        self.known().contains_key(name)
    }

    pub(crate) fn may_see(&self, name: &str, schedule: u64) -> bool {
        self.known().get(name).is_some_and(|person| person.schedules.contains(&schedule))
    }

    pub(crate) fn has_password(&self, name: &str, password: &str) -> bool {
        let is_right = |person: &Person| person.password.as_bytes().ct_eq(password.as_bytes()).into();
        self.known().get(name).is_some_and(is_right)
    }

    fn known(&self) -> RwLockReadGuard<'_, BTreeMap<&'static str, Person>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A token acts for a person: with the person it ends, whoever issued it and whatever an API remembers of it.
impl Revocation for People {
    fn revoked(&self, access: &Access) -> Revoked {
        if person(access).is_some_and(|name| self.knows(&name)) { Revoked::No } else { Revoked::Yes }
    }
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("People").field("names", &self.names()).finish()
    }
}

/// Returns the name of the person that a token acts for.
///
/// Some issuers answer introspection with the `username` alone (RFC 7662 §2.2), django-oauth-toolkit among them; ours writes `sub`.
pub(crate) fn person(access: &Access) -> Option<String> {
    match access.subject() {
        Some(subject) => Some(subject.to_owned()),
        None => access.claim("username").ok()?,
    }
}

/// Returns 256 random bits as text.
pub(crate) fn random() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}
