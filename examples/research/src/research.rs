use std::convert::Infallible;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use scopa_tower::issuer::{
    Approval, CallerAddress, ClientDraft, DigestKey, Endpoints, IssuedToken, Issuer, SigningKey, SigningKeys,
    Store, TokenShape,
};
use scopa_tower::{Algorithm, BoxFuture, Clock, ConfigError, Refusal, RefusalKind};
use tower::Service as _;

use crate::answer::Answer;
use crate::api::routes;
use crate::applications::OURS;
use crate::call::Service;
use crate::document::document;
use crate::login::{People, SignIn};
use crate::notes::Notes;
use crate::router::Router;
use crate::scopes::{Applications, Team, hierarchy};
use crate::settings::{Settings, Statuses};

/// The whole service: an issuer, and an API that takes its tokens. A tower service; a clone is the same.
#[derive(Debug, Clone)]
pub struct Research {
    service: Arc<Service>,
    router: Router,
    allowed: Arc<[IpAddr]>,
}

/// What outlives the process beside the database.
#[derive(Debug)]
pub struct Keys {
    /// Of the digests in the database.
    pub digest: DigestKey,
    /// Signs tokens.
    pub signing: SigningKey,
}

impl Keys {
    /// Reads the keys in a folder, or makes them at the first start.
    ///
    /// # Errors
    /// They cannot be read or made.
    pub fn in_folder(folder: &Path, algorithm: Algorithm) -> Result<Self, ConfigError> {
        // A secret has a file of its own, and never stands beside a public key (RFC 8725 §2.1).
        let file = format!("signing.{}", algorithm.name().to_ascii_lowercase());
        Ok(Self {
            digest: DigestKey::in_file(folder.join("digest.key"))?,
            signing: SigningKey::in_file(algorithm, folder.join(file))?,
        })
    }
}

impl Research {
    /// Puts the service together.
    ///
    /// # Errors
    /// Names the setting that is wrong.
    pub fn new(
        settings: &Settings,
        keys: Keys,
        people: People,
        store: impl Store,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConfigError> {
        let origin = settings.origin.clone();
        if origin.ends_with('/') {
            return Err(ConfigError::new("origin", "leave out the slash at its end: paths are added to it"));
        }
        let audience = format!("{origin}/v1");
        let issuer = Issuer::builder(&origin, store, keys.digest)
            .audience(&audience)
            .endpoints(
                Endpoints::default()
                    .token(TOKEN)
                    .authorize(AUTHORIZE)
                    .revocation(REVOKE)
                    .jwks(JWKS)
                    .without_introspection(),
            )
            .accept_json()
            .token_type("bearer")
            .token_shape(TokenShape::rfc9068().typ("JWT"))
            .signing_keys(SigningKeys::new(keys.signing))
            .access_lifetime(Duration::from_secs(3600))
            .hierarchy(hierarchy()?)
            .at_most_one(Team::SCOPE)
            .login(SignIn { people, origin })
            .clock(clock)
            .build()?;
        // In the same process: what was revoked, or taken from an application, is refused at once. One clock, so no leeway.
        let auth = issuer.validator(audience).revocation(issuer.revocation()).leeway(Duration::ZERO);
        let auth = match settings.statuses {
            Statuses::Rfc6750 => auth,
            Statuses::Vendor => auth.status(RefusalKind::InsufficientScope, 401),
        };
        let routes = routes();
        let document = document(&routes, &issuer, settings.statuses);
        let service = Arc::new(Service { issuer, notes: Notes::new() });
        let router = Router::new(routes, &auth.build()?, &service, document)?;
        Ok(Self { service, router, allowed: settings.allowed.iter().map(IpAddr::to_canonical).collect() })
    }

    /// Returns the issuer.
    pub fn issuer(&self) -> &Issuer {
        &self.service.issuer
    }

    /// Issues a token with which the vendor's own people make applications.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn admin(&self) -> Result<IssuedToken, Box<dyn std::error::Error + Send + Sync>> {
        let scopes = Applications::SCOPE.parse()?;
        let draft = ClientDraft::host("the vendor's own website").scopes(scopes);
        self.issuer().clients().declare(OURS, draft).await?;
        Ok(self.issuer().issue(OURS, Approval::new("admin")).await?)
    }

    async fn answer(self, request: Request<Incoming>) -> Answer {
        // Before any token is read.
        let caller = request.extensions().get().map(|CallerAddress(address)| address.to_canonical());
        if !self.allowed.is_empty() && !caller.is_some_and(|caller| self.allowed.contains(&caller)) {
            return Refusal::forbidden().into();
        }
        let path = request.uri().path();
        let mut issuer = self.issuer().clone();
        if issuer.paths().any(|other| other == path) {
            return issuer.call(request).await.unwrap_or_else(|never| match never {});
        }
        self.router.answer(request).await
    }
}

impl tower::Service<Request<Incoming>> for Research {
    type Response = Answer;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let answer = self.clone().answer(request);
        Box::pin(async { Ok(answer.await) })
    }
}

/// Where tokens are asked for.
pub(crate) const TOKEN: &str = "/v1/oauth/token";
/// Where people sign in.
pub(crate) const AUTHORIZE: &str = "/v1/oauth/authorize";
/// Where tokens are given back.
pub(crate) const REVOKE: &str = "/v1/oauth/revoke";
const JWKS: &str = "/v1/oauth/jwks";
