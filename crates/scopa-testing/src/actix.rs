//! Route checks for actix-web, as [`assert_protected`](crate::assert_protected) does them for tower services.

use std::future::Future;

use actix_web::body::MessageBody;
use actix_web::dev::{Service as _, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error};

use crate::check::{Check, Question};
use crate::issuer::TestIssuer;

/// Asserts that each route is refused to callers without a token, with a forged one, and with a good token that
/// has no scope.
///
/// What is expected of the answers is said at [`assert_protected`](crate::assert_protected).
///
/// ```
/// use actix_web::{App, HttpRequest, HttpResponse, web};
/// use scopa::Guard;
/// use scopa_testing::TestIssuer;
/// use scopa_testing::actix::assert_protected;
///
/// async fn list(request: HttpRequest, guard: web::Data<Guard>) -> HttpResponse {
///     let fields = request.headers().get_all("authorization").map(|value| value.as_bytes());
///     let caller = guard.validator().authenticate(fields).await;
///     match guard.decide(caller, &[]) {
///         Ok(_) => HttpResponse::Ok().body("a list of crashes"),
///         Err(refusal) if refusal.status() == 403 => HttpResponse::Forbidden().finish(),
///         Err(refusal) => {
///             HttpResponse::Unauthorized().append_header(("www-authenticate", refusal.challenge().unwrap())).finish()
///         }
///     }
/// }
///
/// let issuer = TestIssuer::new();
/// let guard = Guard::new(issuer.validator().build()?).require("crashes:read")?;
/// let app = App::new().app_data(web::Data::new(guard)).route("/crashes", web::get().to(list));
///
/// # use futures_util::FutureExt as _;
/// # async {
/// assert_protected(app, &issuer, &[("GET", "/crashes")]).await;
/// # }.now_or_never().unwrap();
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[track_caller]
pub fn assert_protected<T, B>(
    app: App<T>,
    issuer: &TestIssuer,
    routes: &[(&str, &str)],
) -> impl Future<Output = ()> + use<T, B>
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    walk(app, Check::protected(issuer, routes))
}

/// Asserts that each route is refused to callers without a token and with a forged one, and takes a good token.
///
/// For routes that ask for no scope; as [`assert_authenticated`](crate::assert_authenticated).
#[track_caller]
pub fn assert_authenticated<T, B>(
    app: App<T>,
    issuer: &TestIssuer,
    routes: &[(&str, &str)],
) -> impl Future<Output = ()> + use<T, B>
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    walk(app, Check::authenticated(issuer, routes))
}

async fn walk<T, B>(app: App<T>, mut check: Check)
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let service = init_service(app).await;
    for question in check.questions() {
        let answer = match request(&question) {
            // An error that reaches the server is answered by what it says of itself.
            Ok(request) => Ok(match service.call(request.to_request()).await {
                Ok(response) => heard(response.status(), response.headers()),
                Err(error) => {
                    let response = error.error_response();
                    heard(response.status(), response.headers())
                }
            }),
            Err(why) => Err(why),
        };
        check.hear(&question, answer);
    }
    check.conclude();
}

fn request(question: &Question) -> Result<TestRequest, String> {
    let method = Method::from_bytes(question.method.as_bytes());
    let method = method.map_err(|error| format!("not a request: {error}"))?;
    // `TestRequest::uri` panics where this is an error.
    question.path.parse::<Uri>().map_err(|error| format!("not a request: {error}"))?;
    let request = TestRequest::default().method(method).uri(&question.path);
    Ok(match &question.authorization {
        Some(value) => request.insert_header((AUTHORIZATION, value.as_str())),
        None => request,
    })
}

fn heard(status: StatusCode, headers: &HeaderMap) -> (u16, Vec<String>) {
    let challenges = headers.get_all(WWW_AUTHENTICATE);
    let challenges = challenges.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    (status.as_u16(), challenges.collect())
}
