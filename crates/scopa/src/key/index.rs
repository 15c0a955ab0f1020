use std::collections::HashMap;
use std::sync::Arc;

use super::prepared::PreparedKey;

/// Keys that are found by `kid`, however many there are.
pub(super) struct Index {
    /// In the order they were given.
    all: Vec<PreparedKey>,
    by_kid: HashMap<Arc<str>, Vec<PreparedKey>>,
    without_kid: Vec<PreparedKey>,
}

impl Index {
    pub(super) fn new(all: Vec<PreparedKey>) -> Self {
        let mut by_kid: HashMap<Arc<str>, Vec<PreparedKey>> = HashMap::new();
        let mut without_kid = Vec::new();
        for key in &all {
            match key.kid() {
                Some(kid) => by_kid.entry(Arc::clone(kid)).or_default().push(key.clone()),
                None => without_kid.push(key.clone()),
            }
        }
        Self { all, by_kid, without_kid }
    }

    pub(super) fn all(&self) -> &[PreparedKey] {
        &self.all
    }

    /// Goes through the keys that a token with this `kid` may be signed with.
    ///
    /// A key without `kid` fits every token, and a token without `kid` may be of any key.
    pub(super) fn find(&self, kid: Option<&str>) -> impl Iterator<Item = &PreparedKey> {
        let (named, others) = match kid {
            Some(kid) => (self.by_kid.get(kid).map_or(&[][..], Vec::as_slice), &self.without_kid),
            None => (&[][..], &self.all),
        };
        named.iter().chain(others)
    }

    /// Goes through the keys with the very name of this one, or those without where it has none.
    pub(super) fn namesakes(&self, key: &PreparedKey) -> impl Iterator<Item = &PreparedKey> {
        match key.kid() {
            Some(kid) => self.by_kid.get(kid).map_or(&[][..], Vec::as_slice),
            None => &self.without_kid,
        }
        .iter()
    }

    /// Tells whether a key has this very `kid`.
    pub(super) fn names(&self, kid: &str) -> bool {
        self.by_kid.contains_key(kid)
    }

    /// Finds a `kid` under which both have a secret for the same algorithm.
    pub(super) fn common_secret<'a>(&'a self, other: &Self) -> Option<&'a str> {
        let is_taken = |key: &PreparedKey, kid: &str| {
            let mut namesakes = other.by_kid.get(kid).into_iter().flatten();
            let is_same = |other: &PreparedKey| {
                key.algorithms().any(|algorithm| algorithm.is_hmac() && other.check(algorithm).is_some())
            };
            namesakes.any(is_same)
        };
        self.all.iter().find_map(|key| key.kid().map(|kid| &**kid).filter(|kid| is_taken(key, kid)))
    }
}
