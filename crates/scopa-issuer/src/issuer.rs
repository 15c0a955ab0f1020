use std::fmt;
use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use scopa::{ConfigError, Hierarchy, Validator, ValidatorBuilder};

use crate::build::IssuerBuilder;
use crate::client::{Clients, SignedTokens};
use crate::crypto::DigestKey;
use crate::inner::Inner;
use crate::key::SigningKeys;
use crate::store::{Store, StoreError};
use crate::token::Mint;

/// Gives out access tokens: an OAuth 2.0 authorization server (RFC 6749) without sockets, and without a framework.
///
/// It takes a request and gives an answer; an adapter carries both. Its people are the host's ([`Login`](crate::Login)), its
/// records the [`Store`]'s. A clone is the same issuer.
///
/// ```
/// use bytes::Bytes;
/// use http::Request;
/// use scopa_issuer::DevIssuer;
///
/// # futures_util::FutureExt::now_or_never(async {
/// let dev = DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
/// let form = format!(
///     "grant_type=client_credentials&client_id={}&client_secret={}",
///     dev.client_id(),
///     dev.client_secret(),
/// );
/// let request = Request::post("/oauth2/token")
///     .header("content-type", "application/x-www-form-urlencoded")
///     .body(Bytes::from(form))?;
/// let answer = dev.issuer().respond(request).await;
/// assert_eq!(answer.status(), 200);
/// assert_eq!(answer.headers()["cache-control"], "no-store");
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Issuer {
    pub(crate) inner: Arc<Inner>,
}

impl Issuer {
    /// Starts an issuer: its identifier (`iss`, RFC 8414 §2) as clients and APIs know it, where it keeps its records, and the key
    /// under which it does.
    pub fn builder(issuer: impl Into<String>, store: impl Store, digest_key: DigestKey) -> IssuerBuilder {
        IssuerBuilder::new(issuer.into(), Arc::new(store), digest_key)
    }

    /// Returns its identifier.
    pub fn identifier(&self) -> &str {
        &self.inner.identifier
    }

    /// Answers a request to one of its [`paths`](Self::paths), and any other with 404.
    ///
    /// An adapter hands over at most [`body_limit`](Self::body_limit) bytes of the body and one more, which tells that it was
    /// longer.
    pub fn respond(&self, request: Request<Bytes>) -> impl Future<Output = Response<Bytes>> + Send + 'static {
        let inner = self.inner.clone();
        async move { inner.respond(&request).await }
    }

    /// Returns the paths of all its endpoints. That of the keys is among them if there are any to publish.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let Inner { endpoints, login, metadata_paths, .. } = &*self.inner;
        let optional = [endpoints.introspection.as_deref(), endpoints.revocation.as_deref()];
        let authorize = login.is_some().then_some(&*endpoints.authorize);
        let jwks = self.inner.publishes_keys().then_some(&*endpoints.jwks);
        [&*endpoints.token]
            .into_iter()
            .chain(jwks)
            .chain(optional.into_iter().flatten())
            .chain(authorize)
            .chain(metadata_paths.iter().map(String::as_str))
    }

    /// Returns how many bytes a body may have.
    pub fn body_limit(&self) -> usize {
        self.inner.body_limit
    }

    /// Returns the scopes that there are, and what they include.
    ///
    /// ```
    /// let dev = scopa_issuer::DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
    /// assert!(dev.issuer().hierarchy().is_empty());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn hierarchy(&self) -> &Hierarchy {
        &self.inner.scopes.hierarchy
    }

    /// Returns the register of its clients.
    pub fn clients(&self) -> Clients<'_> {
        let Inner { store, digest_key, clock, scopes, .. } = &*self.inner;
        let signed = SignedTokens {
            format: self.inner.token_format,
            longest: self.inner.own_tokens.as_ref().map(|_| self.inner.longest_lifetime),
        };
        Clients::new(store, digest_key, clock, &scopes.hierarchy, signed)
    }

    /// Signs with other keys from now on. Tokens that the former ones signed are good for those who still have these.
    ///
    /// # Errors
    /// The issuer was built without keys, or these cannot be shown where those could.
    pub fn set_signing_keys(&self, keys: SigningKeys) -> Result<(), ConfigError> {
        let before = self.inner.mint.load();
        match &*before {
            None => Err(ConfigError::new(
                "signing_keys",
                "this issuer was built without; give it some when it is built",
            )),
            Some(before) if before.keys().are_public() != keys.are_public() => Err(ConfigError::new(
                "signing_keys",
                "APIs have public keys, or a secret, and cannot change that by themselves",
            )),
            Some(before) => {
                let mint = Mint::new(keys, before.shape().clone())?;
                self.inner.mint.store(Some(Arc::new(mint)));
                Ok(())
            }
        }
    }

    /// Ends what somebody has consented to, for all clients or one: after the end of an account, or at the person's wish.
    /// Returns how many grants ended.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn end_grants(&self, subject: &str, client: Option<&str>) -> Result<u64, StoreError> {
        self.inner.store.end_grants_of(subject, client).await
    }

    /// Removes what has expired from the store, some thousand records at most, and returns how many went. To be called now
    /// and then: nothing is judged by it, it only makes room.
    ///
    /// # Errors
    /// The store cannot answer.
    pub async fn purge(&self) -> Result<u64, StoreError> {
        self.inner.store.purge(self.inner.clock.now(), MOST_PURGED).await
    }

    /// Starts a validator for an API in the same process: it takes this issuer's signed tokens, with the same keys, scopes and
    /// clock.
    ///
    /// For opaque tokens too, and tokens that are remembered, an API asks over [`local`](Self::local).
    pub fn validator(&self, audience: impl Into<String>) -> ValidatorBuilder {
        let Inner { identifier, own_keys, scopes, .. } = &*self.inner;
        own_keys.trusted_by(Validator::builder(identifier, audience)).hierarchy(scopes.hierarchy.clone())
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("identifier", &self.inner.identifier).finish_non_exhaustive()
    }
}

const MOST_PURGED: usize = 1000;
