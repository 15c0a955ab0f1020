use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use scopa_axum::issuer::{
    Approval, ClientDraft, ClientError, DigestKey, Endpoints, Issuer, SigningKey, SigningKeys, Store,
    TokenShape,
};
use scopa_axum::{Algorithm, Clock, ConfigError, Validator, hear_out, issuer_routes};
use tokio::time::timeout;

use crate::document::TOKENS;
use crate::refused::Refused;
use crate::routes::routes;
use crate::scopes::hierarchy;
use crate::symbols::Uploads;

/// The service: it gives out tokens, and takes them. A clone is the same service.
#[derive(Clone, FromRef)]
pub struct CrashReports {
    issuer: Issuer,
    auth: Validator,
    uploads: Uploads,
}

/// What instances share beside the store.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Under this one the store has its digests, and addresses for uploads are signed.
    pub digest: DigestKey,
    /// This one signs tokens.
    pub signing: SigningKey,
}

impl Keys {
    /// Reads the keys from a folder, where they are made at the first start.
    ///
    /// # Errors
    /// They can neither be read nor made.
    pub fn in_folder(folder: &Path) -> Result<Self, ConfigError> {
        let digest = DigestKey::in_file(folder.join("digest.key"))?;
        Ok(Self { digest, signing: SigningKey::in_file(Algorithm::RS256, folder.join("signing.pem"))? })
    }
}

impl CrashReports {
    /// Makes the service that clients reach at `origin`, through a proxy if one is named.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub fn new(
        origin: &str,
        proxy: Option<IpAddr>,
        keys: Keys,
        store: impl Store,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        let store: Arc<dyn Store> = Arc::new(store);
        let uploads = Uploads {
            origin: origin.into(),
            key: keys.digest.clone(),
            store: store.clone(),
            clock: clock.clone(),
        };
        let issuer = Issuer::builder(origin, store, keys.digest)
            .audience(AUDIENCE)
            // The header of its tokens is `{"typ":"JWT","alg":"RS256"}`.
            .signing_keys(SigningKeys::new(keys.signing.without_kid()))
            .token_shape(TokenShape::rfc9068().typ("JWT"))
            .hierarchy(hierarchy()?)
            .endpoints(Endpoints::default().token(TOKENS).without_introspection().without_revocation())
            .accept_multipart()
            .behind_proxy(proxy)
            .clock(clock)
            .build()?;
        // At `exp` it is over. Instances whose clocks differ need as much leeway.
        let auth = issuer.validator(AUDIENCE).leeway(Duration::ZERO);
        // Asks the store about each token: with its client it ends, on every instance.
        let auth = auth.revocation(issuer.revocation()).build()?;
        Ok(Self { issuer, auth, uploads })
    }

    /// Takes the tokens that another validator accepts, instead of its own.
    #[must_use]
    pub fn with_validator(self, auth: Validator) -> Self {
        Self { auth, ..self }
    }

    /// Gives out a token for a person of a database, with full rights there, as the website does for those who have signed in.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn token_for(&self, person: &str, database: &str) -> Result<String, ClientError> {
        let website = ClientDraft::host("Website").scopes("unrestricted".parse()?);
        self.issuer.clients().declare(WEBSITE, website).await?;
        let token = self.issuer.issue(WEBSITE, Approval::new(person).claim("database", database)).await?;
        Ok(token.as_str().to_owned())
    }

    /// Removes what has expired from the store: nothing is judged by it, it only makes room.
    pub async fn tidy_up(&self) {
        if let Err(error) = self.issuer.purge().await {
            tracing::warn!(%error, "expired records stay for now");
        }
    }

    /// Makes the service as axum serves it.
    ///
    /// # Errors
    /// Names the route that is wrong.
    pub fn router(self) -> Result<Router, ConfigError> {
        let issuer = issuer_routes(self.issuer.clone());
        let router = routes(&self.issuer)?
            .fallback(async || Refused::NOT_FOUND)
            .method_not_allowed_fallback(async || Refused::METHOD);
        // Who is refused may be sending still; who sends for ever is not waited for.
        Ok(router.with_state(self).merge(issuer).layer(from_fn(hear_out)).layer(from_fn(in_time)))
    }
}

async fn in_time(request: Request, next: Next) -> Result<Response, Refused> {
    timeout(LONGEST_REQUEST, next.run(request)).await.map_err(|_| Refused::TOO_SLOW)
}

impl fmt::Debug for CrashReports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrashReports").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// How the API calls itself in tokens (`aud`).
const AUDIENCE: &str = "bugsplat";
/// How long a request may take, with all that its client sends.
const LONGEST_REQUEST: Duration = Duration::from_secs(300);
/// The client that people's tokens belong to.
const WEBSITE: &str = "website";
