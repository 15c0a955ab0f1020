use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;

use actix_service::IntoServiceFactory;
use actix_web::body::MessageBody;
use actix_web::dev::{AppConfig, Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::test::TestRequest;
use actix_web::{App, Error, HttpResponse};
use scopa::ConfigError;

use crate::request::validator_of;

/// Makes sure that extractors will find a [`Validator`](scopa::Validator) in the application's `app_data`.
///
/// Builds the application once, asks it, and drops it. No handler and no middleware of the application runs, but
/// everything that is built with it is built, `data_factory` included. Call it before the server starts, or in a
/// test: without a validator each request to an [`Authorized`](crate::Authorized) handler is answered with 500.
///
/// It looks at the `app_data` of the `App`. A service whose validators are those of its scopes does not need it.
///
/// ```
/// use actix_web::{App, get};
/// use scopa_actix::{Authorized, check};
///
/// #[get("/")]
/// async fn greet(_: Authorized) -> &'static str { "hello" }
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let auth = scopa_testing::TestIssuer::new().validator().build()?;
/// let app = move || App::new().app_data(auth.clone()).service(greet);
/// check(&app).await?;
/// // HttpServer::new(app).bind(..)?.run().await
///
/// let forgotten = || App::new().service(greet);
/// let error = check(forgotten).await.unwrap_err();
/// assert!(error.to_string().contains(".app_data(validator.clone())"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Says how to add the validator; or that the application could not be built.
pub async fn check<T, B>(factory: impl FnOnce() -> App<T>) -> Result<(), ConfigError>
where
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, InitError = ()>,
    T: ServiceFactory<ServiceRequest, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    let found = Rc::new(Cell::new(None));
    let finding = found.clone();
    // What is wrapped last is outermost: it answers, and nothing of the application is called.
    let app = factory().wrap_fn(move |request, _| {
        finding.set(Some(validator_of(request.request()).map(drop)));
        ready(Ok(request.into_response(HttpResponse::NoContent())))
    });
    if let Ok(service) = app.into_factory().new_service(AppConfig::default()).await {
        drop(service.call(TestRequest::default().to_request()).await);
    }
    found.take().unwrap_or_else(|| Err(ConfigError::new("app", "the application could not be built")))
}
