use std::sync::OnceLock;

use scopa::{KeySet, KeySource, Validator, ValidatorBuilder};

use crate::clock::ManualClock;
use crate::late::{self, LateKeys};
use crate::signing::{JWKS, SECRET};
use crate::token::TokenBuilder;

/// A virtual authorization server: signs access tokens for one API, and gives the validator that takes them.
///
/// Its keys are fixed, public, and protect nothing. Its time is a [`ManualClock`] that stands at
/// 2026-11-22T07:46:40Z until the test moves it. A clone shares the clock.
///
/// ```
/// use scopa::RefusalKind;
/// use scopa_testing::TestIssuer;
///
/// let issuer = TestIssuer::new();
/// let validator = issuer.validator().build()?;
///
/// let bearer = issuer.token().subject("user-7").scope("read").bearer();
/// let access = validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap()?;
/// assert_eq!(access.subject(), Some("user-7"));
///
/// let late = issuer.token().expired().bearer();
/// let refusal = validator.authenticate([late.as_bytes()]).now_or_later().unwrap().unwrap_err();
/// assert_eq!(refusal.kind(), RefusalKind::InvalidToken);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TestIssuer {
    issuer: String,
    audience: String,
    clock: ManualClock,
}

impl TestIssuer {
    /// Makes the issuer `https://id.example.com`, for the API `https://api.example.com`.
    pub fn new() -> Self {
        Self { issuer: ISSUER.into(), audience: AUDIENCE.into(), clock: ManualClock::at(START) }
    }

    /// Calls the issuer by another identifier (`iss`). Its keys stay the same.
    ///
    /// ```
    /// # use scopa_testing::TestIssuer;
    /// assert_eq!(TestIssuer::new().with_issuer("https://login.test").issuer(), "https://login.test");
    /// ```
    #[must_use]
    pub fn with_issuer(self, issuer: impl Into<String>) -> Self {
        Self { issuer: issuer.into(), ..self }
    }

    /// Issues for another API (`aud`).
    ///
    /// ```
    /// # use scopa_testing::TestIssuer;
    /// assert_eq!(TestIssuer::new().with_audience("https://crashes.test").audience(), "https://crashes.test");
    /// ```
    #[must_use]
    pub fn with_audience(self, audience: impl Into<String>) -> Self {
        Self { audience: audience.into(), ..self }
    }

    /// Takes its time from another clock.
    ///
    /// For a service that builds its own validator, with the clock of the machine:
    ///
    /// ```
    /// use scopa::{Clock, SystemClock};
    /// use scopa_testing::{ManualClock, TestIssuer};
    ///
    /// let machine = SystemClock::default();
    /// let issuer = TestIssuer::new().with_clock(ManualClock::at(machine.now()));
    /// assert!(issuer.clock().now() <= machine.now());
    /// ```
    #[must_use]
    pub fn with_clock(self, clock: ManualClock) -> Self {
        Self { clock, ..self }
    }

    /// Returns the issuer identifier (`iss`).
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the identifier of the API (`aud`).
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// Returns the clock: the very one, to be moved.
    ///
    /// ```
    /// use std::time::Duration;
    /// # use scopa_testing::TestIssuer;
    /// let issuer = TestIssuer::new();
    /// let validator = issuer.validator().build()?;
    /// let bearer = issuer.token().expires_in(Duration::from_secs(60)).bearer();
    /// let accepted = || validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().is_ok();
    ///
    /// assert!(accepted());
    /// issuer.clock().advance(Duration::from_secs(600));
    /// assert!(!accepted());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn clock(&self) -> ManualClock {
        self.clock.clone()
    }

    /// Returns the JWK Set (RFC 7517 §5), as its `jwks_uri` would serve it.
    ///
    /// One entry for each algorithm, with `alg` and `use`. A `kid` is the algorithm in lower case (`rs256`,
    /// `ps256`, `es256`, `es384`), and `ed25519`.
    ///
    /// ```
    /// let jwks = scopa_testing::TestIssuer::new().jwks();
    /// assert!(jwks.contains(r#""kid": "es256""#));
    /// ```
    pub fn jwks(&self) -> String {
        JWKS.to_owned()
    }

    /// Returns the same keys, ready for a validator.
    ///
    /// ```
    /// assert_eq!(scopa_testing::TestIssuer::new().keys().rejected().count(), 0);
    /// ```
    pub fn keys(&self) -> KeySet {
        key_set()
    }

    /// Starts a validator that takes this issuer's tokens: issuer, audience, keys and clock are set.
    ///
    /// ```
    /// # let issuer = scopa_testing::TestIssuer::new();
    /// let validator = issuer.validator().rfc9068().scope_claim("scp").build()?;
    /// let bearer = issuer.token().claim("scp", ["read"]).bearer();
    /// assert!(validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().is_ok());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn validator(&self) -> ValidatorBuilder {
        Validator::builder(&self.issuer, &self.audience).keys(self.keys()).clock(self.clock())
    }

    /// Starts an access token (RFC 9068) that is good now: change what the test is about, then sign it.
    pub fn token(&self) -> TokenBuilder {
        TokenBuilder::new(self)
    }

    /// Signs a token with these scopes, separated by spaces, as the value of `Authorization`.
    ///
    /// ```
    /// let bearer = scopa_testing::TestIssuer::new().bearer_with("crashes:read team_7");
    /// assert!(bearer.starts_with("Bearer ey"));
    /// ```
    pub fn bearer_with(&self, scope: &str) -> String {
        self.token().scope(scope).bearer()
    }

    /// Returns the 64 bytes that tokens with HS256, HS384 and HS512 are signed with.
    ///
    /// ```
    /// use scopa::{Algorithm, KeySet};
    /// use scopa_testing::TestIssuer;
    ///
    /// let issuer = TestIssuer::new();
    /// let secret = KeySet::from_secret(Algorithm::HS256, TestIssuer::secret())?;
    /// let validator = issuer.validator().keys(secret).build()?;
    /// let bearer = issuer.token().algorithm(Algorithm::HS256).bearer();
    /// assert!(validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().is_ok());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn secret() -> &'static [u8] {
        SECRET
    }

    /// Gives keys that cannot be had: whoever presents a token is answered 503.
    ///
    /// ```
    /// # use scopa_testing::TestIssuer;
    /// # use futures_util::FutureExt as _;
    /// let issuer = TestIssuer::new();
    /// let validator = issuer.validator().key_source(TestIssuer::keys_out_of_reach()).build()?;
    /// let bearer = issuer.token().bearer();
    /// let refusal = validator.authenticate([bearer.as_bytes()]).now_or_never().unwrap().unwrap_err();
    /// assert_eq!(refusal.status(), 503);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn keys_out_of_reach() -> impl KeySource {
        late::OutOfReach
    }

    /// Gives keys that are waited for, until the test lets them arrive or fail.
    ///
    /// ```
    /// # use scopa_testing::TestIssuer;
    /// # use futures_util::FutureExt as _;
    /// let issuer = TestIssuer::new();
    /// let (late, source) = TestIssuer::keys_later();
    /// let validator = issuer.validator().key_source(source).build()?;
    /// let bearer = issuer.token().bearer();
    ///
    /// let mut caller = validator.authenticate([bearer.as_bytes()]);
    /// assert!((&mut caller).now_or_never().is_none());
    /// late.arrive();
    /// assert!(caller.now_or_never().unwrap().is_ok());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn keys_later() -> (LateKeys, impl KeySource) {
        late::later()
    }
}

impl Default for TestIssuer {
    fn default() -> Self {
        Self::new()
    }
}

/// Reads the fixed keys, once for all tests of a process.
#[expect(clippy::expect_used, reason = "the text is a constant of this crate, and a test reads it")]
pub(crate) fn key_set() -> KeySet {
    static KEYS: OnceLock<KeySet> = OnceLock::new();
    KEYS.get_or_init(|| KeySet::from_jwks(JWKS).expect("the fixed keys are well formed")).clone()
}

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";
/// 2026-11-22T07:46:40Z.
const START: u64 = 1_795_333_600;
