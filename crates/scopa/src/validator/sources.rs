//! Where a validator's word comes from: keys, the issuer's endpoints, other issuers, revocation.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use crate::access::Access;
use crate::fetch::{BoxFuture, Fetch};
use crate::introspect::Introspection;
use crate::key::{KeySet, KeySource, Terms};
use crate::revocation::Revocation;
use crate::token_cache::TokenCache;

use super::ValidatorBuilder;
use super::tenants::Resolver;

/// What the tokens of one issuer are proven by.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) keys: Option<KeysFrom>,
    pub(super) terms: Terms,
    pub(super) introspection: Option<(Introspection, Arc<dyn Fetch>)>,
}

pub(super) enum KeysFrom {
    Set(KeySet),
    Source(Arc<dyn KeySource>),
    Discovery(Arc<dyn Fetch>),
    Uri(String, Arc<dyn Fetch>),
}

/// Finds what a caller may do, where that does not stand in the token.
pub(super) type PermissionSource = dyn Fn(&Access) -> FoundPermissions + Send + Sync;

type FoundPermissions = BoxFuture<'static, Result<Vec<String>, Box<dyn Error + Send + Sync>>>;

/// What concerns a validator as a whole, beside its first issuer.
#[derive(Default)]
pub(super) struct Others {
    pub(super) issuers: Vec<ValidatorBuilder>,
    pub(super) tenants: Option<(usize, Arc<Resolver>)>,
    pub(super) revocation: Option<Arc<dyn Revocation>>,
    pub(super) permissions: Option<Arc<PermissionSource>>,
    pub(super) token_cache: Option<TokenCache>,
}

impl ValidatorBuilder {
    /// Sets the keys that tokens are verified with, as they are now.
    ///
    /// This, [`discover`](Self::discover), [`jwks_uri`](Self::jwks_uri) or [`key_source`](Self::key_source) is required,
    /// unless every token is [introspected](Self::introspect). The last of them counts.
    pub fn keys(self, keys: KeySet) -> Self {
        self.keys_from(KeysFrom::Set(keys))
    }

    /// Sets a source of keys of your own, which may change while the service runs.
    pub fn key_source(self, source: impl KeySource) -> Self {
        self.keys_from(KeysFrom::Source(Arc::new(source)))
    }

    /// Takes the keys that the issuer publishes, found by its metadata (OpenID Connect Discovery 1.0, RFC 8414), and
    /// keeps up with them.
    ///
    /// Nothing is fetched before the first token comes, or [`keep_fresh`](crate::Validator::keep_fresh) runs: a service
    /// starts while its issuer is down, and answers 503 until it is back.
    ///
    /// ```
    /// use scopa::Validator;
    /// use scopa_testing::TestProvider;
    ///
    /// let provider = TestProvider::new(); // in a service: `HttpClient::new()?`
    /// let validator = Validator::builder("https://id.example.com", "https://api.example.com")
    ///     .discover(provider.clone())
    /// #   .clock(provider.clock())
    ///     .build()?;
    /// let bearer = provider.issuer().token().bearer();
    /// assert!(validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().is_ok());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn discover(self, fetch: impl Fetch) -> Self {
        self.keys_from(KeysFrom::Discovery(Arc::new(fetch)))
    }

    /// Takes the keys that the issuer publishes at this address (`jwks_uri`), for issuers without metadata, or that are
    /// reached by another name from here.
    pub fn jwks_uri(self, uri: impl Into<String>, fetch: impl Fetch) -> Self {
        self.keys_from(KeysFrom::Uri(uri.into(), Arc::new(fetch)))
    }

    /// Sets how long published keys are fresh where the issuer's `Cache-Control` says nothing. 10 minutes by default.
    ///
    /// What it says counts between 30 seconds and 24 hours. Newer keys are fetched ahead, after four fifths of the time.
    pub fn key_freshness(mut self, time: Duration) -> Self {
        self.sources.terms.fresh = time;
        self
    }

    /// Sets how long published keys serve past their freshness while the issuer is out of reach. An hour by default.
    pub fn key_stale_if_error(mut self, time: Duration) -> Self {
        self.sources.terms.stale_if_error = time;
        self
    }

    /// Sets how far apart the issuer is asked for keys that it has not published yet. 30 seconds by default.
    ///
    /// So often, at most, can callers with made-up keys have it asked. So long may a new key be unknown that the issuer uses
    /// before it was due to be fetched; longer, up to [`key_freshness`](Self::key_freshness), where its `kid` was asked for
    /// in vain before.
    pub fn key_cooldown(mut self, time: Duration) -> Self {
        self.sources.terms.cooldown = time;
        self
    }

    /// Asks the issuer about tokens that only it can read (RFC 7662).
    ///
    /// Beside keys: signed tokens are verified with them, and all others are asked about. Without keys: every token.
    pub fn introspect(mut self, introspection: Introspection, fetch: impl Fetch) -> Self {
        self.sources.introspection = Some((introspection, Arc::new(fetch)));
        self
    }

    /// Accepts tokens of another issuer, too, by rules and keys of its own.
    ///
    /// A token is judged by the rules of the issuer that it names, and by those alone. What is said of the answers
    /// ([`realm`](Self::realm), [`status`](Self::status), ..), of [`tenants`](Self::tenants), of
    /// [`revocation`](Self::revocation) and of the [`token_cache`](Self::token_cache) is said once, on the first. Without a
    /// [`hierarchy`](Self::hierarchy) of its own it has that of the first.
    ///
    /// ```
    /// # use scopa::{Hierarchy, Validator};
    /// # use scopa_testing::TestIssuer;
    /// let staff = TestIssuer::new();
    /// let partners = TestIssuer::new().with_issuer("https://partners.example.com").with_audience("crash-api");
    /// let validator = staff.validator().or_issuer(partners.validator().scope_claim("scp")).build()?;
    /// for bearer in [staff.token().bearer(), partners.token().bearer()] {
    ///     assert!(validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().is_ok());
    /// }
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn or_issuer(mut self, other: ValidatorBuilder) -> Self {
        self.others.issuers.push(other);
        self
    }

    /// Accepts tokens of issuers that become known only while the service runs, such as one for each customer.
    ///
    /// `resolve` is given the `iss` of a token that no other issuer fits, taken from the token unproven, and says what is
    /// accepted of this very issuer, or `None`. Whoever is not kept is looked up with each token, so it looks into a list
    /// at hand and waits for nothing; whoever is kept is looked up again once a minute.
    ///
    /// At most `most` tenants are kept at a time, with their keys; those not heard of for longest make room, but none that
    /// was used within the last minute: then others are answered 503. A tenant's tokens are signed, not introspected, and
    /// it has the [`hierarchy`](Self::hierarchy) of the first issuer, for which policies were prepared at the start.
    ///
    /// ```
    /// # use scopa_testing::TestProvider;
    /// # let provider = TestProvider::new();
    /// # let http = provider.clone();
    /// let tenants = ["https://acme.id.example.com", "https://zoo.id.example.com"];
    /// let validator = scopa::Validator::builder("https://id.example.com", "https://api.example.com")
    ///     .discover(http.clone())
    ///     .tenants(100, move |issuer| {
    ///         let known = tenants.contains(&issuer);
    ///         known.then(|| scopa::Validator::builder(issuer, "https://api.example.com").discover(http.clone()))
    ///     })
    ///     .build()?;
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    ///
    /// # Security
    /// The list decides to whom the service talks: never make a builder for every issuer that a token names.
    pub fn tenants(
        mut self,
        most: usize,
        resolve: impl Fn(&str) -> Option<ValidatorBuilder> + Send + Sync + 'static,
    ) -> Self {
        self.others.tenants = Some((most, Arc::new(resolve)));
        self
    }

    /// Asks this of each token that is accepted otherwise: whether it was revoked.
    pub fn revocation(mut self, revocation: impl Revocation) -> Self {
        self.others.revocation = Some(Arc::new(revocation));
        self
    }

    /// Asks for the permissions of each caller whose token is accepted, where they are kept outside of the token: a change is felt
    /// at the next request.
    ///
    /// The last question of all, after that for a [`revocation`](Self::revocation), also for tokens that are remembered; a
    /// cache, if you want one, is yours. It bounds its own waiting. An error means that nobody knows: 503 and `Retry-After`. What
    /// [`permission_claim`](Self::permission_claim) would read does not count beside it, so `build` refuses both.
    ///
    /// ```
    /// use scopa::{Policy, Requirement, scopes};
    ///
    /// scopes! { fn hierarchy; Jobs = "jobs" }
    ///
    /// struct EndJobs;
    /// impl Requirement for EndJobs {
    ///     fn policy() -> Policy {
    ///         Policy::from(Jobs).and(Policy::permission("OWNER"))
    ///     }
    /// }
    ///
    /// # let issuer = scopa_testing::TestIssuer::new();
    /// let validator = issuer
    ///     .validator()
    ///     .hierarchy(hierarchy()?.to_builder().permissions(["OWNER"]).build()?)
    ///     .permission_source(|caller| {
    ///         let found = if caller.subject() == Some("alice") { vec!["OWNER".to_owned()] } else { Vec::new() };
    ///         async { Ok(found) } // in a service: asks a database
    ///     })
    ///     .build()?;
    /// let policy = validator.policy_of::<EndJobs>()?;
    /// let status = |subject: &str| {
    ///     let field = issuer.token().subject(subject).scope("jobs").bearer();
    ///     let outcome = validator.admit(policy, None, [field.as_bytes()], |_| None).now_or_later().unwrap();
    ///     outcome.map_or_else(|refusal| refusal.status().as_u16(), |_| 200)
    /// };
    /// assert_eq!((status("alice"), status("bob")), (200, 403));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn permission_source<F>(mut self, find: impl Fn(&Access) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Vec<String>, Box<dyn Error + Send + Sync>>> + Send + 'static,
    {
        self.others.permissions =
            Some(Arc::new(move |access: &Access| Box::pin(find(access)) as FoundPermissions));
        self
    }

    /// Sets how verified tokens are remembered; [`TokenCache::off`] for not at all.
    ///
    /// Tokens that are introspected, or verified with a [`key_source`](Self::key_source), are not remembered here.
    pub fn token_cache(mut self, cache: TokenCache) -> Self {
        self.others.token_cache = Some(cache);
        self
    }

    fn keys_from(mut self, keys: KeysFrom) -> Self {
        self.sources.keys = Some(keys);
        self
    }
}
