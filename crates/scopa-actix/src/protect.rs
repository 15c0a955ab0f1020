use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage};
use derive_more::From;
use scopa::{Access, ConfigError, Guard, Policy, Refusal, Validator};

use crate::Protecting;
use crate::rejection::answer;
use crate::request::{fields, path_value};

/// A middleware that lets nobody through whom its guard refuses: for an `App`, a `Scope`, a `Resource` or a
/// `Route`.
///
/// Leaves the caller's [`Access`](scopa::Access) in the request's extensions, and answers refusals as responses,
/// not as errors, so that a middleware further out, such as CORS, can add its headers. The
/// [crate documentation](crate#what-a-middleware-covers) says what `wrap` covers.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use scopa_actix::Protect;
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use actix_web::test::{TestRequest, call_service, init_service};
/// # let issuer = scopa_testing::TestIssuer::new();
/// # let auth = issuer.validator().build()?;
/// // Outside of the factory, so that a wrong policy is an error at the start.
/// let admins = Protect::new(auth.clone()).require("admin")?;
/// let app = move || {
///     App::new()
///         .service(web::scope("/admin").wrap(admins.clone()).route("/purge", web::post().to(HttpResponse::Ok)))
/// };
///
/// # let service = init_service(app()).await;
/// # for (scope, status) in [("admin", 200), ("read", 403)] {
/// #     let token = ("authorization", issuer.bearer_with(scope));
/// #     let request = TestRequest::post().uri("/admin/purge").insert_header(token).to_request();
/// #     assert_eq!(call_service(&service, request).await.status(), status);
/// # }
/// # Ok(())
/// # }
/// ```
///
/// # Values from the path
///
/// A policy with a placeholder takes its value from the path, by name and decoded as
/// [`web::Path`](actix_web::web::Path) decodes it: `team_{id}` belongs on a scope `/teams/{id}`, or on a resource
/// or route below it. Where the path has no such parameter, or two of that name, the answer is 500. So it is on
/// an `App`: the path is not yet taken apart there.
#[derive(Debug, Clone, From)]
pub struct Protect(Guard);

impl Protect {
    /// Asks for a token that the validator accepts.
    pub fn new(validator: Validator) -> Self {
        Self(Guard::new(validator))
    }

    /// Asks for this policy, too.
    ///
    /// # Errors
    /// Names what the hierarchy does not declare.
    pub fn require(self, policy: impl Into<Policy>) -> Result<Self, ConfigError> {
        self.0.require(policy).map(Self)
    }

    /// Lets callers without credentials in as anonymous. A bad token is refused all the same.
    #[must_use]
    pub fn optional(self) -> Self {
        Self(self.0.optional())
    }

    /// Leaves these routes open to everyone, besides those named before.
    ///
    /// Named as the router names them, with the scopes that they are in: `"/health"` for reading it,
    /// `"POST /hooks/{id}"` for another method. A name that fits no route opens nothing. A resource with several paths
    /// goes by its first. What is public gets no [`Access`](scopa::Access) from the guard; an
    /// [`Authorized`](crate::Authorized) in its handler asks by itself.
    ///
    /// # Security
    /// The list opens a method of a path, and is read before actix-web looks at guards. Where guards of yours, on a
    /// header or a host, tell routes of one method and path apart, register the closed one first: what it answers to
    /// a request that was let through as public is held back, as 500 with a log line, but its handler has run.
    ///
    /// ```
    /// use actix_web::{App, HttpResponse, web};
    /// use scopa_actix::Protect;
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use actix_web::test::{TestRequest, call_service, init_service};
    /// # let auth = scopa_testing::TestIssuer::new().validator().build()?;
    /// let app = App::new()
    ///     .route("/health", web::get().to(HttpResponse::Ok))
    ///     .route("/docs/{page}", web::get().to(HttpResponse::Ok))
    ///     .route("/crashes", web::get().to(HttpResponse::Ok))
    ///     .wrap(Protect::new(auth).public(["/health", "/docs/{page}"]));
    ///
    /// # let app = init_service(app).await;
    /// # for (path, status) in [("/health", 200), ("/docs/start", 200), ("/crashes", 401), ("/unknown", 401)] {
    /// #     let request = TestRequest::get().uri(path).to_request();
    /// #     assert_eq!(call_service(&app, request).await.status(), status);
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn public(self, routes: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self(self.0.public(routes))
    }
}

impl<S, B> Transform<S, ServiceRequest> for Protect
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = Protected<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Protected { service: Rc::new(service), guard: Rc::new(self.0.clone()) }))
    }
}

/// A service behind a guard: what [`Protect`] makes.
#[derive(Debug)]
pub struct Protected<S> {
    service: Rc<S>,
    guard: Rc<Guard>,
}

impl<S, B> Service<ServiceRequest> for Protected<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Protecting<S, B>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let Self { service, guard } = self;
        if guard.has_public() && is_public(&request, guard) {
            let (guard, response) = (guard.clone(), service.call(enter(request, None)));
            return Protecting::boxed(async move { Ok(held_back(response.await?, &guard)) });
        }
        let asked = request.request();
        let value = |name: &str| path_value(asked, name);
        let admission = guard.admit(asked.extensions().get(), fields(asked), value);
        let admission = match admission.now_or_later() {
            Ok(Ok(access)) => return Protecting::let_in(service.call(enter(request, access))),
            Ok(Err(refusal)) => refusal.into(),
            Err(admission) => admission,
        };
        let service = service.clone();
        Protecting::boxed(async move {
            Ok(match admission.await {
                Ok(access) => service.call(enter(request, access)).await?.map_into_left_body(),
                // Not as an error: actix-cors would not add its headers to that.
                Err(refusal) => request.into_response(answer(&refusal)).map_into_right_body(),
            })
        })
    }
}

/// Leaves the access in a request that is let in.
fn enter(request: ServiceRequest, access: Option<Access>) -> ServiceRequest {
    match access {
        Some(access) => drop(request.extensions_mut().insert(access)),
        // Public, or anonymous: the word of another guard must not be taken for this one's.
        None => drop(request.extensions_mut().remove::<Access>()),
    }
    request
}

fn is_public(request: &ServiceRequest, guard: &Guard) -> bool {
    // Of the path as the router reads it, decoded: `request.match_pattern()` would look at the raw one here, and
    // take `/%61dmin` for a `/{page}` while the router goes to `/admin`.
    let route = request.resource_map().match_pattern(request.match_info().get_ref().path());
    route.is_some_and(|route| guard.is_public(request.method().as_str(), &route))
}

/// Keeps back what a closed route answered to a request that was let through as public.
fn held_back<B>(response: ServiceResponse<B>, guard: &Guard) -> ServiceResponse<EitherBody<B>> {
    let request = response.request();
    // After routing this is the route that answered, guards and all.
    let closed = request.match_pattern().filter(|route| !guard.is_public(request.method().as_str(), route));
    let Some(route) = closed else { return response.map_into_left_body() };
    let refusal = Refusal::misconfigured(format!(
        "`{route}` is closed, but a listed public route fits its path; list that with its method, or register `{route}` before it"
    ));
    response.into_response(answer(&refusal)).map_into_right_body()
}
