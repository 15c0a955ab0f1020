use base64_simd::URL_SAFE_NO_PAD;
use scopa::{ConfigError, KeySet};

use super::claims::TokenClaims;
use super::shape::TokenShape;
use crate::json::quoted;
use crate::key::{Published, SignError, SigningKey, SigningKeys};

/// Makes signed access tokens of one shape, with one schedule of keys.
///
/// Where keys are changed, it is made anew.
#[derive(Debug)]
pub(crate) struct Mint {
    shape: TokenShape,
    published: Published,
    /// One for each key, in the order of time.
    headers: Vec<Header>,
}

/// What stands before the claims of each token of one key, written once.
#[derive(Debug)]
struct Header {
    /// The encoded header, and the dot.
    text: String,
    /// The length of the dot and the signature.
    signature: usize,
}

impl Mint {
    /// Checks the shape, and tries each key.
    pub(crate) fn new(keys: SigningKeys, shape: TokenShape) -> Result<Self, ConfigError> {
        shape.check()?;
        let headers = keys.all().map(|key| Header::new(key, &shape)).collect::<Result<_, _>>()?;
        Ok(Self { shape, published: Published::new(keys)?, headers })
    }

    /// Signs a token with the key of the time.
    pub(crate) fn token(&self, claims: &TokenClaims<'_>) -> Result<String, SignError> {
        let keys = self.published.keys();
        let header = self.headers.get(keys.place(claims.issued_at)).ok_or(SignError)?;
        let payload = claims.write(&self.shape);
        let mut token = String::with_capacity(
            header.text.len() + URL_SAFE_NO_PAD.encoded_length(payload.len()) + header.signature,
        );
        token.push_str(&header.text);
        URL_SAFE_NO_PAD.encode_append(payload, &mut token);
        keys.current(claims.issued_at).sign(&mut token)?;
        Ok(token)
    }

    /// Returns the shape.
    pub(crate) fn shape(&self) -> &TokenShape {
        &self.shape
    }

    /// Returns the keys and their times.
    pub(crate) fn keys(&self) -> &SigningKeys {
        self.published.keys()
    }

    /// Returns the JWK Set (RFC 7517 §5) to publish: keys to come, the current one, and former ones for as long as a token
    /// of theirs may live. `longest` is the longest life of a token, in seconds.
    pub(crate) fn jwks(&self, now: u64, longest: u64) -> &str {
        self.published.jwks(now, longest)
    }

    /// Returns the same keys for a validator in this process; secrets, too.
    pub(crate) fn key_set(&self, now: u64, longest: u64) -> Option<KeySet> {
        self.published.key_set(now, longest)
    }
}

impl Header {
    fn new(key: &SigningKey, shape: &TokenShape) -> Result<Self, ConfigError> {
        // RFC 7515 §4.1.1, §4.1.9, §4.1.4.
        let mut json = format!(r#"{{"alg":"{}""#, key.algorithm());
        for (name, value) in [("typ", shape.typ.as_deref()), ("kid", key.id())] {
            if let Some(value) = value {
                json.push_str(&format!(r#","{name}":{}"#, quoted(value)));
            }
        }
        json.push('}');
        let mut text = URL_SAFE_NO_PAD.encode_to_string(json);
        text.push('.');
        let mut signed = text.clone();
        key.sign(&mut signed).map_err(|error| ConfigError::new("signing_keys", error.to_string()))?;
        Ok(Self { signature: signed.len() - text.len(), text })
    }
}
