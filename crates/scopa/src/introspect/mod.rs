//! Token introspection (RFC 7662): asks the issuer about tokens that only it can read.

mod answer;
mod introspector;

use std::fmt;
use std::time::Duration;

use crate::claim_path::ClaimPath;

pub(crate) use introspector::{Introspector, Memory, Verdict};

/// How to ask an issuer about tokens that only it can read (RFC 7662).
///
/// The service is a client of the issuer for that, with an identifier and a secret of its own. The endpoint is the one
/// of the issuer's metadata, unless [`endpoint`](Self::endpoint) names it.
///
/// ```
/// use std::time::Duration;
/// use scopa::{Introspection, Validator};
///
/// # fn http() -> impl scopa::Fetch { scopa_testing::TestProvider::new() }
/// let validator = Validator::builder("https://id.example.com", "https://api.example.com")
///     .introspect(Introspection::new("crash-api", "the secret of crash-api").cache_for(Duration::from_secs(10)), http())
///     .build()?;
/// # Ok::<(), scopa::ConfigError>(())
/// ```
///
/// # Security
/// A token is sent to the endpoint and nowhere else, over `https`. An answer is kept by a digest of the token, so that a
/// token that was revoked is accepted for at most [`cache_for`](Self::cache_for) longer.
#[derive(Clone)]
#[must_use = "it does nothing until it is given to `ValidatorBuilder::introspect`"]
pub struct Introspection {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) is_post: bool,
    pub(crate) is_signed: bool,
    pub(crate) is_audience_optional: bool,
    pub(crate) scope_claim: ClaimPath,
    pub(crate) cache_for: Duration,
}

impl Introspection {
    /// Asks as this client, by HTTP Basic (RFC 6749 §2.3.1).
    pub fn new(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            endpoint: None,
            is_post: false,
            is_signed: false,
            is_audience_optional: false,
            scope_claim: ClaimPath::from("scope"),
            cache_for: Duration::from_secs(30),
        }
    }

    /// Asks at this address, instead of the one in the issuer's metadata.
    pub fn endpoint(self, url: impl Into<String>) -> Self {
        Self { endpoint: Some(url.into()), ..self }
    }

    /// Sends identifier and secret in the body instead (`client_secret_post`), for issuers that take nothing else.
    pub fn client_secret_post(self) -> Self {
        Self { is_post: true, ..self }
    }

    /// Asks for signed answers (RFC 9701) and takes no others. The validator needs the issuer's keys for that.
    pub fn signed(self) -> Self {
        Self { is_signed: true, ..self }
    }

    /// Reads the scopes of an answer from this member, instead of `scope` (RFC 7662 §2.2).
    pub fn scope_claim(self, claim: impl Into<ClaimPath>) -> Self {
        Self { scope_claim: claim.into(), ..self }
    }

    /// Keeps an answer for this long, and never beyond the token's end. 30 s by default, at most an hour; zero asks each
    /// time.
    ///
    /// That a token is not active is kept for at most five seconds.
    pub fn cache_for(self, time: Duration) -> Self {
        Self { cache_for: time, ..self }
    }

    /// Accepts an answer that names no audience.
    ///
    /// # Security
    /// Then it is up to the issuer to call a token active only for the APIs it is meant for (RFC 7662 §4).
    pub fn dangerously_accept_missing_audience(self) -> Self {
        Self { is_audience_optional: true, ..self }
    }
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspection")
            .field("client_id", &self.client_id)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
