//! What tokens are signed with, and when.

#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
mod der;
mod jwk;
mod kind;
mod pem;
mod published;
#[cfg(not(feature = "aws-lc-rs"))]
mod rust_crypto;
mod schedule;

use std::fmt;
use std::sync::Arc;

use scopa::{Algorithm, ConfigError, KeySet};
use zeroize::Zeroizing;

#[cfg(feature = "aws-lc-rs")]
use self::aws_lc as back_end;
use self::back_end::PrivateKey;
use self::jwk::PublicJwk;
use self::pem::PrivateDer;
pub(crate) use self::published::Published;
#[cfg(not(feature = "aws-lc-rs"))]
use self::rust_crypto as back_end;
pub use self::schedule::SigningKeys;
use crate::json::quoted;

/// A private key, or a secret for HMAC, that access tokens are signed with.
///
/// Checked and prepared once, for one algorithm. Take [`ES256`](Algorithm::ES256) unless those who check the tokens cannot: keys and
/// signatures are short. A clone shares the key.
///
/// ```
/// use scopa::Algorithm;
/// use scopa_issuer::SigningKey;
///
/// let key = SigningKey::generate(Algorithm::ES256)?;
/// let pem = key.to_pem().unwrap();
/// let again = SigningKey::from_pem(Algorithm::ES256, pem.as_str())?;
/// assert_eq!(again.id(), key.id());
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct SigningKey {
    body: Arc<Body>,
    kid: Option<Arc<str>>,
}

struct Body {
    algorithm: Algorithm,
    private: PrivateKey,
    check: Check,
}

/// By what its tokens are checked.
enum Check {
    Public(PublicJwk),
    Secret(KeySet),
}

impl SigningKey {
    /// Makes a new private key: RSA with 2048 bits, else on the curve of the algorithm.
    ///
    /// It is gone with the process unless [`to_pem`](Self::to_pem) is kept.
    ///
    /// # Errors
    ///
    /// The algorithm is HMAC, whose secret both sides must know: see [`from_secret`](Self::from_secret).
    pub fn generate(algorithm: Algorithm) -> Result<Self, ConfigError> {
        if kind::Kind::of(algorithm).is_none() {
            return Err(problem(format!(
                "{algorithm} signs with a secret that those who check the tokens know, too: \
                 use `SigningKey::from_secret`"
            )));
        }
        let private = PrivateKey::generate(algorithm)
            .ok_or_else(|| problem(format!("no key for {algorithm} can be made here")))?;
        Self::with_public_half(algorithm, private)
    }

    /// Reads a private key in PEM: PKCS#8 (`PRIVATE KEY`), or the older `EC PRIVATE KEY` and `RSA PRIVATE KEY`.
    ///
    /// ```
    /// use scopa::Algorithm;
    /// use scopa_issuer::SigningKey;
    ///
    /// // RFC 8037 §A.1.
    /// let pem = "-----BEGIN PRIVATE KEY-----\n\
    ///     MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    ///     -----END PRIVATE KEY-----\n";
    /// let key = SigningKey::from_pem(Algorithm::EdDSA, pem)?;
    /// assert_eq!(key.id(), Some("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
    ///
    /// let error = SigningKey::from_pem(Algorithm::ES256, pem).unwrap_err();
    /// assert!(error.to_string().contains("this one is Ed25519, which goes with EdDSA"));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The text is not one private key in clear, the key is for another algorithm, or it is an RSA key of less than 2048 bits.
    pub fn from_pem(algorithm: Algorithm, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let der = PrivateDer::read(algorithm, pem.as_ref()).map_err(problem)?;
        let private = PrivateKey::read(algorithm, &der)
            .ok_or_else(|| problem("the private key is damaged: its numbers do not fit each other"))?;
        Self::with_public_half(algorithm, private)
    }

    /// Takes a secret for HS256, HS384 or HS512, shared with those who check the tokens. It has no `kid`.
    ///
    /// ```
    /// use scopa::Algorithm;
    /// use scopa_issuer::SigningKey;
    ///
    /// assert_eq!(SigningKey::from_secret(Algorithm::HS256, [7; 32])?.id(), None);
    /// assert!(SigningKey::from_secret(Algorithm::HS256, "secret").is_err());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The algorithm is not HMAC, or the secret is shorter than its output: 32, 48 or 64 bytes (RFC 7518 §3.2).
    ///
    /// # Security
    ///
    /// Whoever can check tokens with it can make them, too. Take random bytes, and a private key where you can.
    pub fn from_secret(algorithm: Algorithm, secret: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let secret = secret.as_ref();
        let private = PrivateKey::secret(algorithm, secret).ok_or_else(|| {
            problem(format!(
                "{algorithm} signs with a private key, not a secret: use `SigningKey::from_pem` or `generate`"
            ))
        })?;
        let check = Check::Secret(KeySet::from_secret(algorithm, secret).map_err(renamed)?);
        Ok(Self { body: Arc::new(Body { algorithm, private, check }), kid: None })
    }

    fn with_public_half(algorithm: Algorithm, private: PrivateKey) -> Result<Self, ConfigError> {
        let public = private.public().ok_or_else(|| problem("the key has no public half"))?;
        let kid = Some(Arc::from(public.thumbprint()));
        let key = Self { body: Arc::new(Body { algorithm, private, check: Check::Public(public) }), kid };
        // What no validator would take is not signed with.
        key.key_set().map_err(renamed)?;
        Ok(key)
    }

    /// Names it (`kid`). Without, a private key is called by its thumbprint (RFC 7638).
    ///
    /// ```
    /// # use scopa_issuer::SigningKey;
    /// let key = SigningKey::generate(scopa::Algorithm::EdDSA)?.kid("2026-11");
    /// assert_eq!(key.id(), Some("2026-11"));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    #[must_use]
    pub fn kid(self, kid: impl Into<String>) -> Self {
        Self { kid: Some(kid.into().into()), ..self }
    }

    /// Leaves `kid` out of its tokens and of the published key: those who check must try each key.
    ///
    /// ```
    /// # use scopa_issuer::SigningKey;
    /// assert_eq!(SigningKey::generate(scopa::Algorithm::EdDSA)?.without_kid().id(), None);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    #[must_use]
    pub fn without_kid(self) -> Self {
        Self { kid: None, ..self }
    }

    /// Returns the `kid` that its tokens carry.
    pub fn id(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Returns the algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.body.algorithm
    }

    /// Writes the private key as PKCS#8 in PEM, to be kept where only the issuer can read it. A secret is not written.
    pub fn to_pem(&self) -> Option<Zeroizing<String>> {
        self.body.private.pkcs8().map(|der| pem::write(&der))
    }

    /// Signs what stands in `token`, and adds a dot and the signature.
    pub(crate) fn sign(&self, token: &mut String) -> Result<(), SignError> {
        self.body.private.sign(token).ok_or(SignError)
    }

    /// Tells whether it is a secret, which is never published.
    fn is_secret(&self) -> bool {
        matches!(self.body.check, Check::Secret(_))
    }

    /// Writes the JWK to publish (RFC 7517 §4); a secret has none.
    fn jwk(&self) -> Option<String> {
        let Check::Public(public) = &self.body.check else { return None };
        let kid = self.kid.as_deref().map(|kid| format!(r#","kid":{}"#, quoted(kid))).unwrap_or_default();
        Some(format!(r#"{{{},"use":"sig","alg":"{}"{kid}}}"#, public.members(), self.body.algorithm))
    }

    /// Returns what checks its tokens.
    fn key_set(&self) -> Result<KeySet, ConfigError> {
        match (&self.body.check, self.kid.as_deref()) {
            (Check::Public(_), _) => {
                KeySet::from_jwks(&format!(r#"{{"keys":[{}]}}"#, self.jwk().unwrap_or_default()))
            }
            (Check::Secret(keys), None) => Ok(keys.clone()),
            (Check::Secret(keys), Some(kid)) => keys.clone().with_kid(kid),
        }
    }
}

/// Algorithm and name, nothing of the key.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.body.algorithm)
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// The back end could not sign: it has no random numbers, or no memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignError;

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the token cannot be signed")
    }
}

impl std::error::Error for SignError {}

fn problem(text: impl Into<String>) -> ConfigError {
    ConfigError::new("signing_key", text)
}

/// Says a mistake that the core found in the words of this setting.
fn renamed(error: ConfigError) -> ConfigError {
    let text = error.to_string();
    problem(text.strip_prefix("keys: ").unwrap_or(&text))
}

#[cfg(test)]
mod tests;
