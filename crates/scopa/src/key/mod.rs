mod absent;
mod algorithm;
#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(test)]
mod fixtures;
mod freshness;
mod index;
mod jwk;
mod jwks;
mod keys;
mod lookup;
mod modulus;
mod pem;
mod point;
mod prepared;
mod remote;
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
mod rust_crypto;
#[cfg(feature = "aws-lc-rs")]
mod signature;
mod source;
#[cfg(test)]
mod vectors;

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

pub use self::algorithm::Algorithm;
pub(crate) use self::algorithm::Algorithms;
#[cfg(feature = "aws-lc-rs")]
use self::aws_lc as back_end;
pub(crate) use self::back_end::digest;
pub(crate) use self::freshness::Terms;
use self::index::Index;
use self::jwks::MAX_SET_BYTES;
pub(crate) use self::keys::{Attempt, Keys, LaterKeys};
pub(crate) use self::lookup::Status;
use self::prepared::PreparedKey;
pub(crate) use self::prepared::SigningKey;
pub(crate) use self::remote::{Place, RemoteKeys};
#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
use self::rust_crypto as back_end;
pub(crate) use self::source::KeysError;
pub use self::source::{KeySource, KeysFuture};
use crate::error::ConfigError;
use crate::invalid::{InvalidToken, quoted};

#[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
compile_error!(
    "scopa needs a cryptography back end: enable the feature `aws-lc-rs` (default) or `rust-crypto`"
);

/// The keys that tokens are verified with.
///
/// Either public keys, from a JWK Set (RFC 7517 §5) or from PEM, or secrets for HMAC; never both (RFC 8725
/// §2.1). Each key is checked and prepared once, when it is loaded. A clone shares the keys.
///
/// ```
/// use scopa::KeySet;
///
/// let keys = KeySet::from_jwks(
///     r#"{"keys": [{
///         "kty": "OKP", "crv": "Ed25519", "kid": "2026-11", "use": "sig",
///         "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
///     }]}"#,
/// )?;
/// assert_eq!(keys.len(), 1);
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct KeySet(Arc<Contents>);

struct Contents {
    keys: Index,
    algorithms: Algorithms,
    rejected: Vec<String>,
}

impl KeySet {
    /// Reads a JWK Set (RFC 7517 §5).
    ///
    /// Each entry is judged by itself: one that cannot verify tokens (another `use`, an unknown `kty` or
    /// `alg`, a private or weak key) is dropped, logged and told by [`rejected`](Self::rejected).
    ///
    /// ```
    /// use scopa::KeySet;
    ///
    /// let error = KeySet::from_jwks(r#"{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}"#).unwrap_err();
    /// assert!(error.to_string().contains("KeySet::from_secret"));
    /// ```
    ///
    /// # Errors
    ///
    /// The text is not a JWK Set, is longer than 512 KiB, has more than 2048 entries, or holds no usable key.
    pub fn from_jwks(text: &str) -> Result<Self, ConfigError> {
        Self::of_operator(text).map_err(problem)
    }

    /// Reads a file that holds a JWK Set, as [`from_jwks`](Self::from_jwks) does.
    ///
    /// The file is read once, now.
    ///
    /// ```
    /// let error = scopa::KeySet::from_jwks_file("/no/such/jwks.json").unwrap_err();
    /// assert!(error.to_string().contains("/no/such/jwks.json"));
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not UTF-8, or `from_jwks` does not take it.
    pub fn from_jwks_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let mut text = String::new();
        // One byte more than allowed, so that a longer file is refused and not cut.
        File::open(path)
            .and_then(|file| file.take(MAX_SET_BYTES as u64 + 1).read_to_string(&mut text))
            .map_err(|error| problem(format!("cannot read {}: {error}", path.display())))?;
        Self::of_operator(&text).map_err(|reason| problem(format!("{}: {reason}", path.display())))
    }

    /// Reads one public key in PEM: RSA, P-256, P-384, P-521 or Ed25519.
    ///
    /// The block is called `PUBLIC KEY` or `RSA PUBLIC KEY`. It holds no `kid`, so the key is tried for every
    /// token; [`with_kid`](Self::with_kid) gives it one.
    ///
    /// ```
    /// use scopa::KeySet;
    ///
    /// let keys = KeySet::from_pem(
    ///     "-----BEGIN PUBLIC KEY-----\n\
    ///      MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n\
    ///      -----END PUBLIC KEY-----\n",
    /// )?;
    /// assert_eq!(keys.len(), 1);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The text is a private key, a certificate, more than one PEM block, or a key too weak to verify with.
    pub fn from_pem(text: &str) -> Result<Self, ConfigError> {
        let key = pem::read(text).map_err(|reason| problem(format!("the PEM text: {reason}")))?;
        Ok(Self::new(vec![key], Vec::new()))
    }

    /// Takes a secret that the service shares with the issuer, for HMAC.
    ///
    /// It has no `kid`, so it is tried for every token; [`with_kid`](Self::with_kid) gives it one.
    ///
    /// ```
    /// use scopa::{Algorithm, KeySet};
    ///
    /// assert!(KeySet::from_secret(Algorithm::HS256, [7; 32]).is_ok());
    /// assert!(KeySet::from_secret(Algorithm::HS256, "secret").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// The algorithm is not HMAC, or the secret is shorter than its output: 32, 48 or 64
    /// bytes (RFC 7518 §3.2).
    ///
    /// # Security
    ///
    /// Whoever can verify with a secret can also sign with it. Take random bytes, not a password.
    pub fn from_secret(algorithm: Algorithm, secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let secret = secret.as_ref();
        let least = match algorithm {
            Algorithm::HS256 => 32,
            Algorithm::HS384 => 48,
            Algorithm::HS512 => 64,
            _ => 0,
        };
        if secret.len() < least {
            return Err(problem(format!(
                "a secret for {algorithm} must have at least {least} bytes (RFC 7518 §3.2), this one has {}",
                secret.len()
            )));
        }
        match PreparedKey::hmac(algorithm, secret) {
            Some(key) => Ok(Self::new(vec![key], Vec::new())),
            None => Err(problem(format!(
                "{algorithm} verifies with a public key, not a secret: use `KeySet::from_jwks` or `from_pem`"
            ))),
        }
    }

    /// Names the only key of the set, so that it fits just the tokens with this `kid`, and those with none.
    ///
    /// ```
    /// use scopa::{Algorithm, KeySet};
    ///
    /// let old = KeySet::from_secret(Algorithm::HS256, [1; 32])?.with_kid("old")?;
    /// let new = KeySet::from_secret(Algorithm::HS256, [2; 32])?.with_kid("new")?;
    /// assert_eq!(old.merge(new)?.len(), 2);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The set has more than one key.
    pub fn with_kid(self, kid: impl Into<String>) -> Result<Self, ConfigError> {
        match self.0.keys.all() {
            [key] => Ok(Self::new(vec![key.clone().named(Some(&kid.into()))], self.0.rejected.clone())),
            keys => Err(problem(format!("`with_kid` names a single key, this set has {}", keys.len()))),
        }
    }

    /// Joins two sets, as when keys are rotated or an issuer publishes several.
    ///
    /// Two public keys may share a `kid`: both are tried.
    ///
    /// ```
    /// use scopa::{Algorithm, KeySet};
    ///
    /// let secret = KeySet::from_secret(Algorithm::HS256, [7; 32])?;
    /// let public = KeySet::from_jwks(
    ///     r#"{"keys": [
    ///         {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    ///     ]}"#,
    /// )?;
    /// assert!(public.clone().merge(public.clone()).is_ok());
    /// assert!(public.merge(secret).is_err());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// One set holds secrets and the other public keys, or two secrets have the same `kid` and algorithm.
    pub fn merge(self, other: Self) -> Result<Self, ConfigError> {
        // RFC 8725 §2.1: mixing them is how a public key came to be taken for an HMAC secret.
        if self.is_hmac() != other.is_hmac() {
            return Err(problem(
                "secrets and public keys do not mix in one set: make two validators, one for each",
            ));
        }
        if let Some(kid) = self.0.keys.common_secret(&other.0.keys) {
            return Err(problem(format!(
                "two secrets have the `kid` `{}` and the same algorithm: give each its own `kid`",
                quoted(kid)
            )));
        }
        let keys = [self.0.keys.all(), other.0.keys.all()].concat();
        can_all_be_tried(&keys).map_err(problem)?;
        let rejected = [self.0.rejected.as_slice(), &other.0.rejected].concat();
        Ok(Self::new(keys, rejected))
    }

    /// Goes through the entries that were dropped from the JWK Set: one line each, with `kid` and reason.
    ///
    /// ```
    /// let keys = scopa::KeySet::from_jwks(
    ///     r#"{"keys": [
    ///         {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ///         {"kty": "EC", "crv": "secp256k1", "kid": "coin"}
    ///     ]}"#,
    /// )?;
    /// let dropped: Vec<&str> = keys.rejected().collect();
    /// assert_eq!(dropped, ["`coin`: `crv` is `secp256k1`, expected `P-256`, `P-384` or `P-521`"]);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn rejected(&self) -> impl Iterator<Item = &str> {
        self.0.rejected.iter().map(String::as_str)
    }

    /// Returns the number of usable keys.
    ///
    /// ```
    /// # use scopa::{Algorithm, KeySet};
    /// assert_eq!(KeySet::from_secret(Algorithm::HS512, [7; 64])?.len(), 1);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn len(&self) -> usize {
        self.0.keys.all().len()
    }

    /// Tells whether there is no usable key, which no constructor lets happen.
    ///
    /// ```
    /// # use scopa::{Algorithm, KeySet};
    /// assert!(!KeySet::from_secret(Algorithm::HS512, [7; 64])?.is_empty());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.keys.all().is_empty()
    }

    /// Returns the algorithms that at least one key can verify.
    pub(crate) fn algorithms(&self) -> Algorithms {
        self.0.algorithms
    }

    /// Tells whether a key has this very `kid`.
    pub(crate) fn names(&self, kid: &str) -> bool {
        self.0.keys.names(kid)
    }

    /// Takes keys that are the same as before for those: what they have verified stays verified.
    fn keeping(self, earlier: &Self) -> Self {
        let kept = |key: &PreparedKey| {
            let same = earlier.0.keys.namesakes(key).find(|known| known.is_same(key));
            same.unwrap_or(key).clone()
        };
        let keys = self.0.keys.all().iter().map(kept).collect();
        Self::new(keys, self.0.rejected.clone())
    }

    /// Retires the keys that are not in a newer set, made by [`keeping`](Self::keeping) these.
    fn retire_for(&self, newer: &Self) {
        let is_there = |key: &PreparedKey| newer.0.keys.namesakes(key).any(|newer| newer.is_same(key));
        self.0.keys.all().iter().filter(|key| !is_there(key)).for_each(PreparedKey::retire);
    }

    /// Tells whether both are the same set in memory.
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Tells whether these are secrets.
    pub(crate) fn is_hmac(&self) -> bool {
        self.0.algorithms.iter().any(Algorithm::is_hmac)
    }

    /// Verifies a signature over `message` with the keys that fit the `kid` and `alg` of a token's header, and returns
    /// the one that did.
    pub(crate) fn signing_key(
        &self,
        alg: Algorithm,
        kid: Option<&str>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<SigningKey, InvalidToken> {
        let mut candidates = self.0.keys.find(kid).peekable();
        if candidates.peek().is_none() {
            return Err(InvalidToken::UnknownKey(quoted(kid.unwrap_or_default())));
        }
        // RFC 8725 §3.1: each key is used with the algorithms it is for, whatever the token says.
        let fitting = |key: &'_ PreparedKey| key.check(alg).map(|check| check.verify(message, signature));
        let mut tried = candidates.filter_map(|key| Some((key, fitting(key)?))).take(MAX_TRIES).peekable();
        if tried.peek().is_none() {
            return Err(InvalidToken::KeyAlgorithmMismatch);
        }
        let verified = tried.find(|(_, is_verified)| *is_verified).map(|(key, _)| key.signing_key());
        verified.ok_or(InvalidToken::BadSignature)
    }

    #[cfg(test)]
    fn verify(
        &self,
        alg: Algorithm,
        kid: Option<&str>,
        message: &[u8],
        tag: &[u8],
    ) -> Result<(), InvalidToken> {
        self.signing_key(alg, kid, message, tag).map(drop)
    }

    fn new(keys: Vec<PreparedKey>, rejected: Vec<String>) -> Self {
        let algorithms = keys.iter().flat_map(PreparedKey::algorithms).collect();
        Self(Arc::new(Contents { keys: Index::new(keys), algorithms, rejected }))
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySet ")?;
        f.debug_list().entries(self.0.keys.all()).finish()
    }
}

/// Refuses more keys without `kid` than one token may be tried with: the last of them would never be.
fn can_all_be_tried(keys: &[PreparedKey]) -> Result<(), Reason> {
    let unnamed = || keys.iter().filter(|key| key.kid().is_none());
    let crowded =
        |algorithm: &Algorithm| unnamed().filter(|key| key.check(*algorithm).is_some()).count() > MAX_TRIES;
    match unnamed().flat_map(PreparedKey::algorithms).find(crowded) {
        None => Ok(()),
        Some(algorithm) => Err(format!(
            "more than {MAX_TRIES} keys without `kid` are for {algorithm}: give each its own `kid`"
        )
        .into()),
    }
}

/// Why a key was not taken: lower-case, without a dot, and never with key material in it.
pub(crate) type Reason = Cow<'static, str>;

fn problem(text: impl Into<Reason>) -> ConfigError {
    ConfigError::new("keys", text.into())
}

/// A token costs at most this many signature checks, also when it names no key.
const MAX_TRIES: usize = 4;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::fixtures::*;
    use super::*;

    fn named(mut jwk: Value, kid: &str) -> Value {
        jwk["kid"] = kid.into();
        jwk
    }

    fn set(keys: impl IntoIterator<Item = Value>) -> KeySet {
        KeySet::from_jwks(&jwks(keys)).unwrap()
    }

    fn secret(kid: &str) -> KeySet {
        KeySet::from_secret(Algorithm::HS256, [7; 32]).unwrap().with_kid(kid).unwrap()
    }

    #[test]
    fn the_examples_of_the_rfcs_verify_and_nothing_near_them_does() {
        for example in examples() {
            let keys = set([example.jwk.clone()]);
            let (message, signature) = example.parts();
            let verify =
                |message: &[u8], signature: &[u8]| keys.verify(example.algorithm, None, message, signature);
            assert_eq!(verify(message, &signature), Ok(()), "{}", example.algorithm);

            let mut flipped = signature.clone();
            flipped[7] ^= 1;
            let longer = [signature.as_slice(), &[0]].concat();
            let padded = [&[0], signature.as_slice()].concat();
            let zeros = vec![0; signature.len()];
            for bad in
                [&flipped, &signature[1..], &signature[..signature.len() - 1], &longer, &padded, &zeros, &[]]
            {
                assert_eq!(verify(message, bad), Err(InvalidToken::BadSignature), "{}", example.algorithm);
            }
            assert_eq!(verify(b"", &signature), Err(InvalidToken::BadSignature), "{}", example.algorithm);
        }
    }

    #[test]
    fn a_secret_verifies_only_the_whole_tag() {
        let keys = KeySet::from_secret(Algorithm::HS256, base64url(HS256_SECRET)).unwrap();
        let (message, tag) = parts(HS256_JWS);
        let longer = [tag.as_slice(), &[0]].concat();
        assert_eq!(keys.verify(Algorithm::HS256, Some("any"), message, &tag), Ok(()));
        for bad in [&tag[..31], &tag[..16], &[], &longer] {
            assert_eq!(keys.verify(Algorithm::HS256, None, message, bad), Err(InvalidToken::BadSignature));
        }
    }

    #[test]
    fn pem_and_jwk_are_the_same_key() {
        let pems = [(RSA_PEM, 0), (RSA_PKCS1_PEM, 0), (P256_PEM, 2), (P521_PEM, 3), (ED25519_PEM, 4)];
        for (pem, index) in pems {
            let example = &examples()[index];
            let (message, signature) = example.parts();
            let keys = KeySet::from_pem(pem).unwrap();
            assert_eq!(keys.verify(example.algorithm, Some("any"), message, &signature), Ok(()), "{pem}");
        }
    }

    #[test]
    fn the_kid_and_the_algorithm_decide_which_key_is_asked() {
        let [rs256, _, es256, es512, eddsa] = examples();
        let mut only_ps = named(rs256.jwk.clone(), "ps");
        only_ps["alg"] = "PS256".into();
        let keys = set([
            named(rs256.jwk.clone(), "rsa"),
            named(es256.jwk.clone(), "ec"),
            only_ps,
            // No `kid`: fits every token.
            eddsa.jwk.clone(),
        ]);
        let unknown = |kid: &str| Err(InvalidToken::UnknownKey(kid.to_owned()));
        let cases = [
            (&rs256, Some("rsa"), Ok(())),
            (&rs256, None, Ok(())),
            (&es256, Some("ec"), Ok(())),
            (&es256, None, Ok(())),
            (&eddsa, Some("rsa"), Ok(())),
            (&eddsa, Some("another"), Ok(())),
            (&rs256, Some("ec"), Err(InvalidToken::KeyAlgorithmMismatch)),
            (&rs256, Some("ps"), Err(InvalidToken::KeyAlgorithmMismatch)),
            (&rs256, Some("another"), Err(InvalidToken::KeyAlgorithmMismatch)),
            (&es512, None, Err(InvalidToken::KeyAlgorithmMismatch)),
        ];
        for (example, kid, expected) in cases {
            let (message, signature) = example.parts();
            let found = keys.verify(example.algorithm, kid, message, &signature);
            assert_eq!(found, expected, "{} {kid:?}", example.algorithm);
        }

        let all_named = set([named(rs256.jwk.clone(), "rsa")]);
        let (message, signature) = rs256.parts();
        for (kid, quoted) in [("RSA", "RSA"), ("", ""), ("a\nb", "a\\nb")] {
            assert_eq!(all_named.verify(Algorithm::RS256, Some(kid), message, &signature), unknown(quoted));
        }
    }

    #[test]
    fn public_keys_with_one_kid_are_both_tried() {
        let [rs256, ps384, ..] = examples();
        for order in [[&rs256, &ps384], [&ps384, &rs256]] {
            let keys = set(order.map(|example| named(example.jwk.clone(), "same")));
            assert_eq!(keys.len(), 2);
            for example in order {
                let (message, signature) = example.parts();
                assert_eq!(keys.verify(example.algorithm, Some("same"), message, &signature), Ok(()));
            }
        }
    }

    #[test]
    fn no_more_than_four_keys_are_tried() {
        let [rs256, ps384, ..] = examples();
        let (message, signature) = rs256.parts();
        for (before, expected) in [(3, Ok(())), (4, Err(InvalidToken::BadSignature))] {
            let others = (0..before).map(|at| named(ps384.jwk.clone(), &format!("other {at}")));
            let keys = set(others.chain([named(rs256.jwk.clone(), "ours")]));
            assert_eq!(keys.verify(Algorithm::RS256, None, message, &signature), expected);
        }
    }

    #[test]
    fn a_key_that_could_never_be_tried_is_refused_when_it_is_loaded() {
        let [_, _, es256, ..] = examples();
        let unnamed = |count| set(std::iter::repeat_n(es256.jwk.clone(), count));
        assert_eq!(unnamed(4).len(), 4);
        let error = unnamed(4).merge(unnamed(1)).unwrap_err().to_string();
        assert!(error.contains("ES256") && error.contains("`kid`"), "{error}");
        let jwks = serde_json::json!({"keys": vec![es256.jwk.clone(); 5]}).to_string();
        assert_eq!(KeySet::from_jwks(&jwks).unwrap_err().to_string(), error);
    }

    #[test]
    fn keys_for_other_algorithms_do_not_count_as_tried() {
        let [rs256, _, es256, ..] = examples();
        let (message, signature) = rs256.parts();
        let others = (0..10).map(|at| named(es256.jwk.clone(), &format!("other {at}")));
        let keys = set(others.chain([rs256.jwk.clone()]));
        assert_eq!(keys.verify(Algorithm::RS256, None, message, &signature), Ok(()));
    }

    #[test]
    fn a_bad_entry_does_not_spoil_the_set() {
        let keys =
            set([json!({"kid": 7}), Value::Null, named(rsa(), "good"), json!({"kid": "x\ny", "kty": "oct"})]);
        assert_eq!(keys.len(), 1);
        let rejected: Vec<_> = keys.rejected().collect();
        assert_eq!(
            rejected[..2],
            ["key 1 of the set: `kid` must be a string", "key 2 of the set: not a JSON object"]
        );
        assert!(rejected[2].starts_with("`x\\ny`: a secret"), "{}", rejected[2]);
        assert_eq!(rejected.len(), 3);
    }

    #[test]
    fn what_is_no_jwk_set_is_refused_with_its_reason() {
        let many = |count| jwks((0..count).map(|at| named(ed25519(), &at.to_string())));
        let cases = [
            (String::new(), "not JSON"),
            ("{".to_owned(), "not JSON"),
            ("[]".to_owned(), "expected a JWK Set"),
            (json!([[rsa()]]).to_string(), "expected a JWK Set"),
            ("{}".to_owned(), "expected a JWK Set"),
            (r#"{"keys": {}}"#.to_owned(), "expected a JWK Set"),
            (rsa().to_string(), "this is a single JWK"),
            (jwks([]), "no usable key: it is empty"),
            (
                jwks([json!({"kid": "a"}), json!(1)]),
                "`a`: `kty` is missing; key 2 of the set: not a JSON object",
            ),
            (many(2049), "has 2049 keys, at most 2048"),
            (format!("{}{}", many(1), " ".repeat(512 * 1024)), "longer than 524288 bytes"),
        ];
        for (text, expected) in cases {
            let error = KeySet::from_jwks(&text).unwrap_err();
            assert!(error.to_string().contains(expected), "`{error}`, expected `{expected}`");
            assert_eq!(error.setting(), "keys");
        }
        assert_eq!(KeySet::from_jwks(&many(2048)).unwrap().len(), 2048);
    }

    #[test]
    fn a_file_is_read_as_its_text_would_be_and_named_when_it_is_wrong() {
        let folder = std::env::temp_dir().join(format!("scopa-jwks-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            KeySet::from_jwks_file(&path).map(|keys| keys.len()).map_err(|error| error.to_string())
        };
        assert_eq!(write("good.json", &jwks([rsa(), p256()])), Ok(2));
        for (name, text, expected) in [
            ("empty.json", jwks([]), "it is empty"),
            ("long.json", format!("{}{}", jwks([rsa()]), " ".repeat(512 * 1024)), "longer than 524288 bytes"),
        ] {
            let error = write(name, &text).unwrap_err();
            assert!(error.contains(name) && error.contains(expected), "{error}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_secret_is_at_least_as_long_as_the_hash() {
        for (algorithm, least) in [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)] {
            for length in [0, 1, least - 1] {
                let error = KeySet::from_secret(algorithm, vec![7; length]).unwrap_err().to_string();
                assert!(error.contains(&format!("at least {least} bytes")), "{error}");
            }
            for length in [least, least + 1, 200] {
                assert!(KeySet::from_secret(algorithm, vec![7; length]).is_ok(), "{algorithm} {length}");
            }
        }
    }

    #[test]
    fn a_secret_is_only_for_hmac() {
        for algorithm in Algorithms::asymmetric().iter() {
            let error = KeySet::from_secret(algorithm, [7; 64]).unwrap_err().to_string();
            assert!(error.contains("KeySet::from_jwks"), "{error}");
        }
    }

    #[test]
    fn secrets_and_public_keys_do_not_mix() {
        for (one, other) in [(secret("a"), set([rsa()])), (set([rsa()]), secret("a"))] {
            let error = one.merge(other).unwrap_err().to_string();
            assert!(error.contains("two validators"), "{error}");
        }
    }

    #[test]
    fn two_secrets_under_one_kid_and_algorithm_are_refused() {
        let other_hash = KeySet::from_secret(Algorithm::HS512, [7; 64]).unwrap();
        let unnamed = KeySet::from_secret(Algorithm::HS256, [9; 32]).unwrap();
        let error = secret("a").merge(secret("b")).unwrap().merge(secret("b")).unwrap_err().to_string();
        assert!(error.contains("`kid` `b`"), "{error}");
        for (one, other) in [
            (secret("a"), secret("b")),
            (secret("a"), other_hash.with_kid("a").unwrap()),
            (secret("a"), unnamed.clone()),
            (unnamed.clone(), unnamed),
        ] {
            assert_eq!(one.merge(other).unwrap().len(), 2);
        }
    }

    #[test]
    fn a_merged_set_verifies_with_the_keys_of_both_and_keeps_the_reasons() {
        let [rs256, _, es256, ..] = examples();
        let one = set([named(rs256.jwk.clone(), "a"), json!({"kid": "bad"})]);
        let merged = one.merge(set([named(es256.jwk.clone(), "b")])).unwrap();
        assert_eq!(merged.algorithms().to_string(), "RS256, RS384, RS512, PS256, PS384, PS512, ES256");
        assert_eq!(merged.rejected().collect::<Vec<_>>(), ["`bad`: `kty` is missing"]);
        for (example, kid) in [(rs256, "a"), (es256, "b")] {
            let (message, signature) = example.parts();
            assert_eq!(merged.verify(example.algorithm, Some(kid), message, &signature), Ok(()));
        }
    }

    #[test]
    fn only_the_single_key_of_a_set_can_be_named() {
        let [rs256, ..] = examples();
        let (message, signature) = rs256.parts();
        let keys = KeySet::from_pem(RSA_PEM).unwrap().with_kid("a").unwrap();
        assert_eq!(keys.verify(Algorithm::RS256, Some("a"), message, &signature), Ok(()));
        assert_eq!(
            keys.verify(Algorithm::RS256, Some("b"), message, &signature),
            Err(InvalidToken::UnknownKey("b".to_owned()))
        );
        assert!(set([rsa(), p256()]).with_kid("a").unwrap_err().to_string().contains("has 2"));
    }

    #[test]
    fn debug_shows_names_and_algorithms_and_no_secret() {
        let keys = KeySet::from_secret(Algorithm::HS256, "swordfish swordfish swordfish swordfish").unwrap();
        assert_eq!(format!("{keys:?}"), "KeySet [Key { kid: None, algorithms: {HS256} }]");
        assert_eq!(format!("{:?}", secret("a")), "KeySet [Key { kid: Some(\"a\"), algorithms: {HS256} }]");
    }

    #[test]
    fn a_key_set_is_shared_between_threads() {
        fn is_shared<T: Send + Sync + 'static>() {}
        is_shared::<KeySet>();
    }

    /// Puts a newer set in the place of another, as when it has been fetched.
    fn renew(old: &KeySet, newer: KeySet) -> KeySet {
        let newer = newer.keeping(old);
        old.retire_for(&newer);
        newer
    }

    fn key_of(set: &KeySet, example: &Example, kid: Option<&str>) -> SigningKey {
        let (message, signature) = example.parts();
        set.signing_key(example.algorithm, kid, message, &signature).unwrap()
    }

    fn rs256() -> Example {
        let [rs256, ..] = examples();
        rs256
    }

    #[test]
    fn a_key_is_one_and_the_same_until_a_set_comes_without_it() {
        let example = rs256();
        let mut current = set([named(p256(), "a"), named(rsa(), "k")]);
        let key = key_of(&current, &example, Some("k"));
        for newer in [
            set([named(rsa(), "k"), named(ed25519(), "b")]),
            set([named(rsa(), "k")]),
            set([named(p521(), "c"), named(rsa(), "k"), named(p256(), "a")]),
        ] {
            current = renew(&current, newer);
            assert!(!key.is_retired());
            assert!(!key_of(&current, &example, Some("k")).is_retired());
        }
        current = renew(&current, set([named(p256(), "a")]));
        assert!(key.is_retired());
        // It comes back, as another one: what was remembered under the first must not live again.
        current = renew(&current, set([named(rsa(), "k")]));
        assert!(key.is_retired());
        let again = key_of(&current, &example, Some("k"));
        assert!(!again.is_retired());
        renew(&current, set([named(p256(), "a")]));
        assert!(again.is_retired());
    }

    #[test]
    fn what_decides_over_a_token_makes_another_key_and_nothing_else_does() {
        let with = |mut jwk: Value, member: &str, value: &str| {
            jwk[member] = value.into();
            jwk
        };
        let key = || named(rsa(), "k");
        for (name, newer, is_another) in [
            ("the same", key(), false),
            ("with a use", with(key(), "use", "sig"), false),
            ("with a member nobody knows", with(key(), "x", "y"), false),
            ("with another kid", named(rsa(), "K"), true),
            ("without a kid", rsa(), true),
            ("for fewer algorithms", with(key(), "alg", "RS256"), true),
            ("with another exponent", with(key(), "e", "AQAD"), true),
            ("with another modulus", with(key(), "n", HOBBIT_N), true),
            ("of another type", named(p256(), "k"), true),
        ] {
            let old = set([key()]);
            let signing = key_of(&old, &rs256(), Some("k"));
            renew(&old, set([newer]));
            assert_eq!(signing.is_retired(), is_another, "{name}");
        }
        // And a key that was for one algorithm is another one when it is for all.
        let old = set([with(key(), "alg", "RS256")]);
        let signing = key_of(&old, &rs256(), Some("k"));
        renew(&old, set([key()]));
        assert!(signing.is_retired());
    }

    #[test]
    fn each_name_of_a_key_ends_by_itself() {
        let example = rs256();
        let old = set([named(rsa(), "a"), named(rsa(), "b"), rsa()]);
        let keys = [Some("a"), Some("b"), None].map(|kid| key_of(&old, &example, kid));
        // A token without `kid` is verified by the first that can.
        let newer = renew(&old, set([named(rsa(), "b")]));
        assert_eq!(keys.each_ref().map(SigningKey::is_retired), [true, false, true]);
        renew(&newer, set([rsa()]));
        assert!(keys[1].is_retired());
    }

    #[test]
    fn a_key_that_is_there_twice_leaves_with_the_last() {
        let example = rs256();
        let old = set([named(rsa(), "k"), named(rsa(), "k")]);
        let key = key_of(&old, &example, Some("k"));
        let newer = renew(&old, set([named(rsa(), "k")]));
        assert!(!key.is_retired());
        let newer = renew(&newer, set([named(rsa(), "k"), named(rsa(), "k")]));
        assert!(!key.is_retired());
        renew(&newer, set([named(p256(), "k")]));
        assert!(key.is_retired());
    }
}
