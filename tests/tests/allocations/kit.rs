//! One service for each framework, with and without a guard, and the counting.

use std::cell::Cell;
use std::convert::Infallible;

use actix_web::body::MessageBody;
use actix_web::dev::{Service as _, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpMessage};
use axum::Router;
use axum::body::Body;
use futures_util::FutureExt;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use scopa::{Access, Policy, Requirement, Validator, scopes};
use scopa_testing::{TestIssuer, TokenBuilder};
use tower::{Service, ServiceExt};

scopes! {
    pub(crate) fn hierarchy;
    /// Includes another one.
    Write = "write" { Read = "read" },
    Audit = "audit",
    Team(id) = "team_{id}",
    Org(org) = "org_{org}",
}

/// Asks for a permission.
pub(crate) struct Owner;

impl Requirement for Owner {
    fn policy() -> Policy {
        Policy::permission("OWNER")
    }
}

/// An API, and a token that may do everything that is asked for here.
pub(crate) struct Stage {
    pub(crate) auth: Validator,
    token: TokenBuilder,
    bearer: String,
    made: Cell<u32>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let issuer = TestIssuer::new();
        // As large as a real one: more scopes than a word has bits.
        let many = (0..250).map(|number| format!("other:{number}"));
        let hierarchy =
            hierarchy().unwrap().to_builder().scopes(many).permissions(["OWNER"]).build().unwrap();
        let auth = issuer.validator().hierarchy(hierarchy).permission_claim("permissions").build().unwrap();
        let token = issuer.token().scope("write audit team_7 org_1").claim("permissions", ["OWNER"]);
        Self { auth, bearer: token.bearer(), token, made: Cell::new(0) }
    }

    /// Returns the access that a guard further out would leave.
    pub(crate) fn access(&self) -> Access {
        self.auth.authenticate([self.bearer.as_bytes()]).now_or_later().unwrap().unwrap()
    }

    /// Returns what `Authorization` holds, if a request brings that.
    fn bearer(&self, brings: Brings) -> Option<String> {
        match brings {
            Brings::Access => None,
            Brings::Token => Some(self.bearer.clone()),
            Brings::NewToken => {
                self.made.set(self.made.get() + 1);
                Some(self.token.clone().claim("jti", format!("new-{}", self.made.get())).bearer())
            }
        }
    }

    /// Makes a request for tower and axum.
    fn request<B: Default>(&self, path: &str, brings: Brings) -> Request<B> {
        let mut request = Request::get(path).body(B::default()).unwrap();
        match self.bearer(brings) {
            None => drop(request.extensions_mut().insert(self.access())),
            Some(bearer) => drop(request.headers_mut().insert(AUTHORIZATION, bearer.parse().unwrap())),
        }
        request
    }

    /// Counts what a tower service costs once it is warm.
    pub(crate) fn tower<S>(&self, service: S, brings: Brings) -> u64
    where
        S: Service<Request<String>, Response = Response<String>, Error = Infallible> + Clone,
    {
        warm(|| {
            let request = self.request("/", brings);
            count(|| service.clone().oneshot(request).now_or_never().unwrap().unwrap().status().as_u16())
        })
    }

    /// Counts what a route of axum costs once it is warm.
    pub(crate) fn axum(&self, router: &Router, path: &str, brings: Brings) -> u64 {
        warm(|| {
            let (router, request) = (router.clone(), self.request::<Body>(path, brings));
            count(|| router.oneshot(request).now_or_never().unwrap().unwrap().status().as_u16())
        })
    }

    /// Counts what a route of actix-web costs once it is warm.
    pub(crate) async fn actix<T, B>(&self, app: App<T>, path: &str, brings: Brings) -> u64
    where
        T: ServiceFactory<ServiceRequest, Config = (), Error = Error, InitError = ()>,
        T: ServiceFactory<ServiceRequest, Response = ServiceResponse<B>> + 'static,
        B: MessageBody + 'static,
    {
        let app = init_service(app).await;
        warm(|| {
            let request = TestRequest::get().uri(path);
            let request = match self.bearer(brings) {
                None => {
                    let request = request.to_request();
                    request.extensions_mut().insert(self.access());
                    request
                }
                Some(bearer) => request.insert_header((AUTHORIZATION.as_str(), bearer)).to_request(),
            };
            count(|| app.call(request).now_or_never().unwrap().unwrap().status().as_u16())
        })
    }
}

/// What a request brings.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Brings {
    /// The access that a guard further out left.
    Access,
    /// A token, each time the same.
    Token,
    /// A token that was not seen before.
    NewToken,
}

/// Counts the allocations of a run and returns what came of it, too.
pub(crate) fn count<T>(run: impl FnOnce() -> T) -> (u64, T) {
    let mut returned = None;
    let counted = allocation_counter::measure(|| returned = Some(run()));
    (counted.count_total, returned.unwrap())
}

/// Runs several times and counts the last.
fn warm(ask: impl Fn() -> (u64, u16)) -> u64 {
    let mut last = 0;
    for _ in 0..4 {
        let (counted, status) = ask();
        assert_eq!(status, 200);
        last = counted;
    }
    last
}

/// A tower service that lets everyone in.
pub(crate) async fn hello(_: Request<String>) -> Result<Response<String>, Infallible> {
    Ok(Response::new(String::new()))
}
