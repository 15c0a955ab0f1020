use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopa::{Algorithm, Clock as _};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::issuer::TestIssuer;
use crate::signing::{self, Signer};

/// An access token in the making: good as it starts, until the test changes it.
///
/// It starts as RFC 9068 §2 wants it, signed with ES256: `iss` and `aud` of the issuer, `sub` `user-1`,
/// `client_id` `client-1`, `iat` now, `exp` an hour later, a `jti` of its own, and no scope. Each method changes
/// one thing; the order of calls matters only where two change the same.
///
/// ```
/// use scopa::InvalidToken;
/// use scopa_testing::TestIssuer;
///
/// let issuer = TestIssuer::new();
/// let validator = issuer.validator().build()?;
/// let reason = |bearer: String| {
///     let refusal = validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().unwrap_err();
///     std::error::Error::source(&refusal).unwrap().downcast_ref::<InvalidToken>().unwrap().code()
/// };
/// assert_eq!(reason(issuer.token().expired().bearer()), "expired");
/// assert_eq!(reason(issuer.token().audience("https://other.example.com").bearer()), "wrong_audience");
/// assert_eq!(reason(issuer.token().without("exp").bearer()), "missing_claim");
/// assert_eq!(reason(issuer.token().signed_by_a_stranger().bearer()), "bad_signature");
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
#[must_use = "a token is nothing until `sign` or `bearer`"]
pub struct TokenBuilder {
    header: Map<String, Value>,
    claims: Map<String, Value>,
    raw_header: Option<String>,
    raw_claims: Option<String>,
    algorithm: Algorithm,
    seal: Seal,
    tampered: bool,
    now: u64,
}

/// What stands behind the second dot.
#[derive(Debug, Clone, Copy)]
enum Seal {
    SignedBy(Signer),
    Empty,
}

impl TokenBuilder {
    pub(crate) fn new(issuer: &TestIssuer) -> Self {
        let now = issuer.clock().now();
        let mut token = Self {
            header: Map::new(),
            claims: Map::new(),
            raw_header: None,
            raw_claims: None,
            algorithm: Algorithm::ES256,
            seal: Seal::SignedBy(Signer::Issuer),
            tampered: false,
            now,
        };
        token.header.insert("typ".into(), "at+jwt".into());
        token
            .algorithm(Algorithm::ES256)
            .issuer(issuer.issuer())
            .audience(issuer.audience())
            .subject("user-1")
            .client_id("client-1")
            .claim("iat", now)
            .claim("jti", format!("token-{}", TOKENS.fetch_add(1, Ordering::Relaxed)))
            .expires_in(LIFETIME)
    }

    /// Sets the issuer (`iss`).
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.claim("iss", issuer.into())
    }

    /// Sets the one audience (`aud`). For several: `claim("aud", ["a", "b"])`.
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", audience.into())
    }

    /// Sets the subject (`sub`).
    pub fn subject(self, subject: impl Into<String>) -> Self {
        self.claim("sub", subject.into())
    }

    /// Sets the client (`client_id`).
    pub fn client_id(self, client: impl Into<String>) -> Self {
        self.claim("client_id", client.into())
    }

    /// Sets the scopes as one string, separated by spaces (RFC 9068 §2.2.3).
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.claim("scope", scope.into())
    }

    /// Sets the scopes as a JSON array, as some identity providers write them.
    pub fn scopes(self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.claim("scope", scopes.into_iter().map(Into::into).collect::<Vec<String>>())
    }

    /// Sets any claim to what the value is in JSON.
    ///
    /// ```
    /// # let issuer = scopa_testing::TestIssuer::new();
    /// # let validator = issuer.validator().build()?;
    /// let bearer = issuer.token().claim("tier", 3).claim("groups", ["a", "b"]).bearer();
    /// let access = validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap()?;
    /// assert_eq!(access.claim::<u8>("tier")?, Some(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn claim(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        self.claims.insert(name.into(), json(value));
        self
    }

    /// Leaves a claim out.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Lets the token expire this long after it was started.
    pub fn expires_in(self, lifetime: Duration) -> Self {
        let expires_at = self.now.saturating_add(lifetime.as_secs());
        self.claim("exp", expires_at)
    }

    /// Makes a token that expired an hour ago, longer than any leeway.
    pub fn expired(self) -> Self {
        let expired_at = self.now.saturating_sub(LIFETIME.as_secs());
        self.claim("iat", expired_at.saturating_sub(LIFETIME.as_secs())).claim("exp", expired_at)
    }

    /// Makes a token that is good only in an hour (`nbf`), for an hour.
    pub fn not_yet_valid(self) -> Self {
        let valid_from = self.now.saturating_add(LIFETIME.as_secs());
        self.claim("nbf", valid_from).claim("exp", valid_from.saturating_add(LIFETIME.as_secs()))
    }

    /// Sets any header member, `alg` and `kid` included. The key that signs stays.
    #[track_caller]
    pub fn header(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        self.header.insert(name.into(), json(value));
        self
    }

    /// Leaves a header member out.
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Signs with another algorithm, under the `kid` of its key: all of [`Algorithm`] but ES512.
    ///
    /// HS256, HS384 and HS512 take [`TestIssuer::secret`] and no `kid`. Sets `alg` and `kid`, so call
    /// [`header`](Self::header) afterwards to lie about them.
    pub fn algorithm(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self.header.insert("alg".into(), algorithm.name().into());
        match signing::kid(algorithm) {
            Some(kid) => self.header.insert("kid".into(), kid.into()),
            None => self.header.remove("kid"),
        };
        self
    }

    /// Signs with a key that the issuer never had, of the same kind, and names the issuer's `kid`.
    pub fn signed_by_a_stranger(mut self) -> Self {
        self.seal = Seal::SignedBy(Signer::Stranger);
        self
    }

    /// Leaves the token unsigned: `alg` is `none` and the signature empty (RFC 7515 §A.5).
    pub fn unsigned(mut self) -> Self {
        self.seal = Seal::Empty;
        self.header("alg", "none")
    }

    /// Changes the claims after the token was signed, by one space: the same JSON in other bytes, which only a
    /// signature over the very bytes refuses (RFC 7515 §5.2).
    pub fn tampered(mut self) -> Self {
        self.tampered = true;
        self
    }

    /// Takes this text for the header, to the letter, instead of what the other methods say. The key that signs
    /// stays that of [`algorithm`](Self::algorithm).
    ///
    /// For shapes that no honest issuer writes: members twice, other types, no JSON at all.
    pub fn raw_header(mut self, text: impl Into<String>) -> Self {
        self.raw_header = Some(text.into());
        self
    }

    /// Takes this text for the claims, to the letter, and signs it.
    pub fn raw_claims(mut self, text: impl Into<String>) -> Self {
        self.raw_claims = Some(text.into());
        self
    }

    /// Signs, and returns the compact form (RFC 7515 §7.1).
    ///
    /// Stops the test when there is no key for the algorithm.
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake of the test's author, who reads the message")]
    pub fn sign(&self) -> String {
        let header = self.raw_header.clone().unwrap_or_else(|| text(&self.header));
        let claims = self.raw_claims.clone().unwrap_or_else(|| text(&self.claims));
        let input = compact(&header, &claims);
        let signature = match self.seal {
            Seal::Empty => String::new(),
            Seal::SignedBy(signer) => match signer.sign(self.algorithm, input.as_bytes()) {
                Some(signature) => URL_SAFE_NO_PAD.encode(signature),
                None => panic!("the test issuer has no key for {}; take ES256 or ES384", self.algorithm),
            },
        };
        let sent = if self.tampered { compact(&header, &format!("{claims} ")) } else { input };
        format!("{sent}.{signature}")
    }

    /// Signs, and returns the value of `Authorization`: `Bearer`, a space and the token.
    #[track_caller]
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.sign())
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a mistake of the test's author, who reads the message")]
fn json(value: impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| {
        panic!("not a JSON value ({error}); give text, numbers, lists or maps with text as keys")
    })
}

fn compact(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn text(members: &Map<String, Value>) -> String {
    Value::Object(members.clone()).to_string()
}

/// Counts the tokens of the process, so that each has a `jti` of its own.
static TOKENS: AtomicU64 = AtomicU64::new(1);

const LIFETIME: Duration = Duration::from_secs(3600);
