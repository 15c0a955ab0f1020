use measure::{AUDIENCE, ISSUER, SECRET};
use scopa::{Algorithm, Hierarchy, KeySet, TokenCache, Validator};

/// How a validator remembers tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Cache {
    /// As it comes.
    Default,
    /// Room for so many tokens of a kilobyte.
    Room(usize),
    /// As it comes, but with digests and not the tokens.
    Digests,
    /// Not at all.
    Off,
}

/// Builds a validator for the tokens of `measure::Issuer`.
pub(crate) fn validator(keys: KeySet, hierarchy: Hierarchy, cache: Cache) -> Validator {
    let builder = Validator::builder(ISSUER, AUDIENCE).keys(keys).hierarchy(hierarchy);
    let builder = builder.token_cache(match cache {
        Cache::Default => TokenCache::new(),
        Cache::Room(tokens) => TokenCache::new().entries(tokens).bytes(tokens * 2048),
        Cache::Digests => TokenCache::new().digests(),
        Cache::Off => TokenCache::off(),
    });
    builder.build().expect("a complete validator")
}

/// The key of the tokens that `Forge` signs.
pub(crate) fn secret() -> KeySet {
    KeySet::from_secret(Algorithm::HS256, SECRET).expect("a long secret")
}

/// So many scopes, `s0` and on; each includes up to four that follow it, so that `s0` includes all.
pub(crate) fn scopes(count: usize) -> Hierarchy {
    let mut builder = Hierarchy::builder().scopes((0..count).map(|at| format!("s{at}")));
    for at in 0..count {
        let below = (4 * at + 1)..(4 * at + 5).min(count);
        if !below.is_empty() {
            builder = builder.includes(format!("s{at}"), below.map(|child| format!("s{child}")));
        }
    }
    builder.template("team_{id}", "[0-9]+").build().expect("a well-formed hierarchy")
}
