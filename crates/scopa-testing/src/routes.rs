use std::fmt::Debug;
use std::future::{Future, poll_fn};

use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Request, Response};
use tower_service::Service;

use crate::check::{Answer, Check, Question};
use crate::issuer::TestIssuer;

/// Asserts that each route is refused to callers without a token, with a forged one, and with a good token that
/// has no scope.
///
/// `service` is any tower service, such as an `axum::Router`; each route is a method and a path, with values in
/// place of its placeholders. Without a token and with a forged one the answer must be 401 with a `Bearer`
/// challenge; with an empty token, 403. The test fails with a list of every route that answers otherwise, a route
/// that is not there included. For routes that ask only for a good token see
/// [`assert_authenticated`].
///
/// ```
/// use std::convert::Infallible;
/// use http::{Request, Response};
/// use scopa::Guard;
/// use scopa_testing::{TestIssuer, assert_protected};
///
/// let issuer = TestIssuer::new();
/// let guard = Guard::new(issuer.validator().build()?).require("crashes:read")?;
/// let service = tower::service_fn(move |request: Request<String>| {
///     let guard = guard.clone();
///     async move {
///         let caller = guard.validator().authenticate_headers(request.headers()).await;
///         Ok::<_, Infallible>(match guard.decide(caller, &[]) {
///             Ok(_) => Response::new("a list of crashes".to_owned()),
///             Err(refusal) => refusal.response(),
///         })
///     }
/// });
///
/// # use futures_util::FutureExt as _;
/// # async {
/// assert_protected(service, &issuer, &[("GET", "/crashes"), ("DELETE", "/crashes/7")]).await;
/// # }.now_or_never().unwrap();
/// # Ok::<(), scopa::ConfigError>(())
/// ```
///
/// A service that takes another kind of body takes it from an empty `String`, with `tower`'s `util`:
/// `service.map_request(|request: Request<String>| request.map(Body::new))`.
#[track_caller]
pub fn assert_protected<S, R>(
    service: S,
    issuer: &TestIssuer,
    routes: &[(&str, &str)],
) -> impl Future<Output = ()> + use<S, R>
where
    S: Service<Request<String>, Response = Response<R>> + Clone,
    S::Error: Debug,
{
    walk(service, Check::protected(issuer, routes))
}

/// Asserts that each route is refused to callers without a token and with a forged one, and takes a good token.
///
/// For routes that ask for no scope. The first two must be answered 401 with a `Bearer` challenge, the third must
/// not be answered 401. Otherwise as [`assert_protected`].
///
/// ```
/// # use std::convert::Infallible;
/// # use http::{Request, Response};
/// # use futures_util::FutureExt as _;
/// use scopa_testing::{TestIssuer, assert_authenticated};
///
/// # let issuer = TestIssuer::new();
/// # let validator = issuer.validator().build()?;
/// # let service = tower::service_fn(move |request: Request<String>| {
/// #     let validator = validator.clone();
/// #     async move {
/// #         Ok::<_, Infallible>(match validator.authenticate_headers(request.headers()).await {
/// #             Ok(_) => Response::new(String::new()),
/// #             Err(refusal) => refusal.response(),
/// #         })
/// #     }
/// # });
/// # async {
/// assert_authenticated(service, &issuer, &[("GET", "/me")]).await;
/// # }.now_or_never().unwrap();
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[track_caller]
pub fn assert_authenticated<S, R>(
    service: S,
    issuer: &TestIssuer,
    routes: &[(&str, &str)],
) -> impl Future<Output = ()> + use<S, R>
where
    S: Service<Request<String>, Response = Response<R>> + Clone,
    S::Error: Debug,
{
    walk(service, Check::authenticated(issuer, routes))
}

async fn walk<S, R>(service: S, mut check: Check)
where
    S: Service<Request<String>, Response = Response<R>> + Clone,
    S::Error: Debug,
{
    for question in check.questions() {
        let answer = ask(service.clone(), &question).await;
        check.hear(&question, answer);
    }
    check.conclude();
}

async fn ask<S, R>(mut service: S, question: &Question) -> Answer
where
    S: Service<Request<String>, Response = Response<R>>,
    S::Error: Debug,
{
    let request = Request::builder().method(question.method.as_str()).uri(question.path.as_str());
    let request = match &question.authorization {
        Some(value) => request.header(AUTHORIZATION, value),
        None => request,
    };
    let request = request.body(String::new()).map_err(|error| format!("not a request: {error}"))?;
    let unwell = |error: S::Error| format!("the service failed: {error:?}");
    poll_fn(|context| service.poll_ready(context)).await.map_err(unwell)?;
    let response = service.call(request).await.map_err(unwell)?;
    let challenges = response.headers().get_all(WWW_AUTHENTICATE).iter();
    let challenges = challenges.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Ok((response.status().as_u16(), challenges.collect()))
}
