use std::borrow::Cow;
use std::sync::Arc;

use http::request::Parts;
use scopa::{ConfigError, Guard, Policy, Validator};
use tower_layer::Layer;

use crate::choose::{By, ByRequest, path};
use crate::protect::Protect;

/// Puts a guard before a service: authenticates each caller, authorizes the request, and leaves the
/// [`Access`](crate::Access) in the request's extensions.
///
/// A refused request never reaches the service; its answer is the one that every adapter gives, in the form of
/// gRPC for a gRPC request. An admitted one reaches it as it came, but for the `Authorization` field, which is marked
/// sensitive so that trace layers do not print it.
///
/// The service must be `Clone`: on a refusal the instance that was polled ready is dropped with the permit that it
/// holds, and while keys are waited for a clone takes its place. For a service that is not, see
/// [`AuthorizeLayer`](crate::AuthorizeLayer).
///
/// ```
/// use scopa_tower::{Access, ProtectLayer};
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// # let issuer = scopa_testing::TestIssuer::new();
/// # let validator = issuer.validator().build()?;
/// # let bearer = issuer.token().subject("user-1").scope("read").bearer();
/// let hello = service_fn(|request: http::Request<String>| async move {
///     let caller = request.extensions().get::<Access>().and_then(Access::subject).unwrap_or("stranger");
///     Ok::<_, std::convert::Infallible>(http::Response::new(format!("hello, {caller}")))
/// });
/// let service = ServiceBuilder::new().layer(ProtectLayer::new(validator).require("read")?).service(hello);
///
/// let request = http::Request::get("/").header("authorization", bearer).body(String::new())?;
/// assert_eq!(service.clone().oneshot(request).await?.body(), "hello, user-1");
///
/// let request = http::Request::get("/").body(String::new())?;
/// assert_eq!(service.oneshot(request).await?.status(), 401);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct ProtectLayer<C = Guard> {
    pub(crate) guard: C,
}

impl ProtectLayer {
    /// Asks every request for a token that the validator accepts, and nothing more.
    pub fn new(validator: Validator) -> Self {
        Self::from(Guard::new(validator))
    }

    /// Asks for this policy, too.
    ///
    /// ```
    /// # use scopa_tower::ProtectLayer;
    /// # let validator = scopa_testing::TestIssuer::new().validator().build()?;
    /// # let hierarchy = scopa_tower::Hierarchy::builder().template("team_{id}", "").build()?;
    /// # let teams = scopa_testing::TestIssuer::new().validator().hierarchy(hierarchy).build()?;
    /// let layer = ProtectLayer::new(validator).require("read")?;
    ///
    /// let error = ProtectLayer::new(teams).require("team_{id}").unwrap_err();
    /// assert!(error.to_string().contains("`{id}`"));
    /// # Ok::<(), scopa_tower::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// Names what the hierarchy does not declare, and a placeholder: this layer has no value for one.
    pub fn require(self, policy: impl Into<Policy>) -> Result<Self, ConfigError> {
        let guard = self.guard.require(policy)?;
        guard.unbound("use `require_bound` and say where it comes from").map(Self::from)
    }

    /// Leaves these paths open to everyone: `"/health"` for `GET` and `HEAD`, `"POST /hook"` for another method.
    ///
    /// Compared letter by letter with the path that the layer sees: inside a nested router, what is left of it.
    #[must_use]
    pub fn public(self, paths: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self::from(self.guard.public(paths))
    }

    /// Lets callers without credentials in as anonymous. A bad token is refused all the same.
    #[must_use]
    pub fn optional(self) -> Self {
        Self::from(self.guard.optional())
    }

    /// Asks for this policy, too, and says where the values of its placeholders come from.
    ///
    /// Call it last: [`public`](Self::public) and [`optional`](Self::optional) go before it. `values` gets the name of
    /// a placeholder and the request. Where it has no value the request is answered 500,
    /// so put the layer on routes that have one.
    ///
    /// ```
    /// use scopa_tower::{ProtectLayer, scopes};
    /// scopes! { fn hierarchy; Team(id) = "team_{id}" }
    ///
    /// # let validator = scopa_testing::TestIssuer::new().validator().hierarchy(hierarchy()?).build()?;
    /// let layer = ProtectLayer::new(validator).require_bound(Team::SCOPE, |placeholder, request| {
    ///     assert_eq!(placeholder, "id");
    ///     request.uri.path().strip_prefix("/teams/").map(Into::into)
    /// })?;
    /// # Ok::<(), scopa_tower::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// Names what the hierarchy does not declare.
    pub fn require_bound(
        self,
        policy: impl Into<Policy>,
        values: impl for<'p> Fn(&str, &'p Parts) -> Option<Cow<'p, str>> + Send + Sync + 'static,
    ) -> Result<ProtectLayer<ByRequest>, ConfigError> {
        let by = By::Guard(self.guard.require(policy)?, path, Some(Arc::new(values)));
        Ok(ProtectLayer { guard: ByRequest(by) })
    }
}

impl ProtectLayer<ByRequest> {
    /// Chooses the guard by request; a request for which there is `None` is open to everyone.
    ///
    /// The choice is final: what [`Guard::public`] leaves open is not asked.
    ///
    /// # Security
    /// Choose by what the router goes by, such as its matched route, and let what you do not know be guarded: a list
    /// of paths that must be guarded is open for every spelling it does not know.
    ///
    /// ```
    /// use scopa_tower::{Guard, ProtectLayer};
    ///
    /// # let validator = scopa_testing::TestIssuer::new().validator().build()?;
    /// let read = Guard::new(validator.clone()).require("read")?;
    /// let write = Guard::new(validator).require("write")?;
    /// let layer = ProtectLayer::choose(move |request| match request.uri.path() {
    ///     "/health" => None,
    ///     _ if request.method.is_safe() => Some(read.clone()),
    ///     _ => Some(write.clone()),
    /// });
    /// # Ok::<(), scopa_tower::ConfigError>(())
    /// ```
    pub fn choose(guard: impl Fn(&Parts) -> Option<Guard> + Send + Sync + 'static) -> Self {
        Self { guard: ByRequest(By::Choice(Arc::new(guard))) }
    }

    /// Goes by the route that a router has matched: [`Guard::public`] then names routes as the router does, and not
    /// paths. A request for which there is `None` is guarded.
    ///
    /// ```
    /// use scopa_tower::{Guard, ProtectLayer};
    ///
    /// #[derive(Clone)]
    /// struct Matched(&'static str);
    ///
    /// # let validator = scopa_testing::TestIssuer::new().validator().build()?;
    /// let guard = Guard::new(validator).public(["/pages/{name}"]);
    /// let layer = ProtectLayer::by_route(guard, |request| request.extensions.get().map(|Matched(route)| *route));
    /// # Ok::<(), scopa_tower::ConfigError>(())
    /// ```
    pub fn by_route(guard: Guard, route: fn(&Parts) -> Option<&str>) -> Self {
        Self { guard: ByRequest(By::Guard(guard, route, None)) }
    }
}

impl From<Guard> for ProtectLayer {
    /// Asks for what the guard asks for. One with placeholders answers 500 to every request: see
    /// [`require_bound`](ProtectLayer::require_bound).
    fn from(guard: Guard) -> Self {
        Self { guard }
    }
}

impl<S, C: Clone + Into<ByRequest>> Layer<S> for ProtectLayer<C> {
    type Service = Protect<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Protect { inner, chosen: Arc::new(self.guard.clone().into()) }
    }
}
