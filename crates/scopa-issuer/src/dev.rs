use std::fmt;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use scopa::{Algorithm, ConfigError, ValidatorBuilder};

use crate::build::IssuerBuilder;
use crate::client::{ClientDraft, ClientSecret};
use crate::crypto::DigestKey;
use crate::issuer::Issuer;
use crate::key::{SigningKey, SigningKeys};
use crate::store::MemoryStore;

/// An issuer for local work, examples and tests: its keys and records are thrown away with it, and it has one client, a machine that
/// may have every scope.
///
/// ```
/// use scopa::Hierarchy;
/// use scopa_issuer::DevIssuer;
///
/// let hierarchy = Hierarchy::builder().scopes(["read"]).template("team_{id}", "[0-9]+").build()?;
/// let dev = DevIssuer::with("http://127.0.0.1:9000", "https://api.example.com", |issuer| issuer.hierarchy(hierarchy))?;
/// assert_eq!(dev.issuer().identifier(), "http://127.0.0.1:9000");
/// assert!(dev.validator().build().is_ok());
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub struct DevIssuer {
    issuer: Issuer,
    audience: String,
    client_id: String,
    secret: ClientSecret,
}

impl DevIssuer {
    /// Makes one without scopes.
    ///
    /// # Errors
    /// The identifier is no URL, or the system gives no random numbers.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Result<Self, ConfigError> {
        Self::with(issuer, audience, |issuer| issuer)
    }

    /// Makes one with settings of its own: scopes, a login, a clock.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub fn with(
        issuer: impl Into<String>,
        audience: impl Into<String>,
        configure: impl FnOnce(IssuerBuilder) -> IssuerBuilder,
    ) -> Result<Self, ConfigError> {
        let audience = audience.into();
        let builder = Issuer::builder(issuer, MemoryStore::new(), DigestKey::generate()?)
            .audience(&audience)
            .signing_keys(SigningKeys::new(SigningKey::generate(Algorithm::ES256)?));
        let issuer = configure(builder).build()?;
        let scopes: Vec<&str> = issuer.inner.scopes.hierarchy.scopes().collect();
        let draft = ClientDraft::machine("development").scopes(scopes.join(" ").parse()?);
        let wrong = |problem: String| ConfigError::new("client", problem);
        let (client_id, secret) = {
            let clients = issuer.clients();
            let mut created = pin!(clients.create(draft));
            // A store in memory has its answer at once.
            match created.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Ok((client, Some(secret)))) => (client.id().to_owned(), secret),
                Poll::Ready(Ok((_, None))) | Poll::Pending => return Err(wrong("could not be made".into())),
                Poll::Ready(Err(error)) => return Err(wrong(error.to_string())),
            }
        };
        Ok(Self { issuer, audience, client_id, secret })
    }

    /// Returns the issuer, to be mounted.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Returns the id of its client.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the secret of its client.
    pub fn client_secret(&self) -> &str {
        self.secret.as_str()
    }

    /// Starts a validator for the API that its tokens are for.
    pub fn validator(&self) -> ValidatorBuilder {
        self.issuer.validator(&self.audience)
    }
}

impl fmt::Debug for DevIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DevIssuer")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
