use std::convert::identity;
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use derive_more::{Debug, Deref};
use scopa::{Access, Admission, Authenticated, Refusal, Requirement};

use crate::{Authorizing, Rejection};

/// The caller, once the token was accepted and `R` is met: the handler's signature is the policy.
///
/// `R` is a scope that [`scopes!`](scopa::scopes) declares, a tuple of them, [`AnyOf`](scopa::AnyOf), or any
/// [`Requirement`]; without it an accepted token is enough. The [`Validator`](scopa::Validator) comes from the
/// `app_data` that is nearest; [`check`](crate::check) makes sure at the start that there is one. Dereferences to
/// the [`Access`], for who calls and for what only the handler can ask.
///
/// ```
/// use actix_web::{App, delete, post, web};
/// use scopa_actix::{Authorized, Rejection, scopes};
///
/// scopes! { fn hierarchy; Symbols = "symbols", Team(id) = "team_{id}" }
///
/// #[post("/symbols")]
/// async fn upload(caller: Authorized<Symbols>) -> String {
///     format!("thanks, {}", caller.client_id().unwrap_or("?"))
/// }
///
/// #[delete("/teams/{id}")]
/// async fn remove(id: web::Path<String>, caller: Authorized) -> Result<String, Rejection> {
///     caller.require(Team(id.as_str()))?;
///     Ok(id.into_inner())
/// }
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use actix_web::test::{TestRequest, call_service, init_service};
/// # let issuer = scopa_testing::TestIssuer::new();
/// # let auth = issuer.validator().hierarchy(hierarchy()?).build()?;
/// let app = init_service(App::new().app_data(auth.clone()).service(upload).service(remove)).await;
///
/// let token = issuer.token().scope("team_7").bearer();
/// let delete = |path: &str| TestRequest::delete().uri(path).insert_header(("authorization", token.as_str()));
/// assert_eq!(call_service(&app, delete("/teams/7").to_request()).await.status(), 200);
/// assert_eq!(call_service(&app, delete("/teams/8").to_request()).await.status(), 403);
/// # Ok(())
/// # }
/// ```
///
/// # Values from the path
///
/// A template takes its value from the path, by the name of its placeholder, decoded as
/// [`web::Path`](actix_web::web::Path) decodes it: `Authorized<Team>` on `/teams/{id}` asks for `team_7` when the
/// path is `/teams/7`. A route without such a parameter, or with two of that name, is answered with 500, and the
/// log says how to mend it.
///
/// # Security
///
/// Where anonymous callers are welcome, too, take [`OptionalAuthorized`](crate::OptionalAuthorized) and never
/// `Option<Authorized<R>>`: actix-web turns every error of an extractor in an `Option` into `None`, so an expired
/// or forged token, and a request that malformed its credentials, would pass as anonymous. Nothing here can
/// prevent that `Option`: actix-web has it for all extractors.
///
/// # Behind a middleware
///
/// An [`Access`] that [`Protect`](crate::Protect) left in the request's extensions is taken without looking at
/// the token again, but only when the same validator made it; otherwise the token is authenticated anew. Several
/// extractors in one handler verify the token, or ask about it, once; nothing is left for others.
///
/// # Before the body
///
/// actix-web polls the extractors of a handler side by side and answers with the first error that comes. With the keys at
/// hand that of the caller comes first, if the `Authorized` stands first. Where something is asked at each request, a
/// [revocation](scopa::ValidatorBuilder::revocation) or [permissions](scopa::ValidatorBuilder::permission_source), a body that cannot
/// be read is told sooner. Wrap the route in a [`Protect`](crate::Protect), which waits for the answer before anything of the
/// handler runs, and the order is the same again.
///
/// # Errors
///
/// A [`Rejection`], which answers as the [`Refusal`] says.
#[derive(Debug, Deref)]
pub struct Authorized<R = Authenticated>(#[deref] Access, #[debug(skip)] PhantomData<fn() -> R>);

impl<R> Authorized<R> {
    /// Returns the access and keeps nothing.
    pub fn into_access(self) -> Access {
        self.0
    }
}

impl<R: Requirement> scopa::__Argument for Authorized<R> {
    type Requirement = R;
}

impl<R: Requirement> FromRequest for Authorized<R> {
    type Error = Rejection;
    type Future = Authorizing<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Authorizing::start::<R>(request, identity, |caller| match caller {
            Some(access) => Ok(Self(access, PhantomData)),
            None => Err(Refusal::misconfigured("an anonymous caller passed a guard")),
        })
    }
}

/// A caller who may be anonymous: `None` without credentials, and a refusal when they are bad.
///
/// An expired or forged token is answered with 401 and a good one that does not meet `R` with 403, as
/// [`Authorized`] does it. This is what `Option<Authorized<R>>` looks like and is not: that lets bad tokens pass
/// as anonymous.
///
/// ```
/// use actix_web::{App, get};
/// use scopa_actix::OptionalAuthorized;
///
/// #[get("/")]
/// async fn greet(OptionalAuthorized(caller): OptionalAuthorized) -> String {
///     match &caller {
///         Some(caller) => format!("hello, {}", caller.subject().unwrap_or("client")),
///         None => "hello, whoever you are".to_owned(),
///     }
/// }
///
/// # #[actix_web::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use actix_web::test::{TestRequest, call_service, init_service};
/// # let auth = scopa_testing::TestIssuer::new().validator().build()?;
/// let app = init_service(App::new().app_data(auth.clone()).service(greet)).await;
///
/// assert_eq!(call_service(&app, TestRequest::get().to_request()).await.status(), 200);
/// let forged = TestRequest::get().insert_header(("authorization", "Bearer forged")).to_request();
/// assert_eq!(call_service(&app, forged).await.status(), 401);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// A [`Rejection`], which answers as the [`Refusal`](scopa::Refusal) says.
#[derive(Debug)]
pub struct OptionalAuthorized<R = Authenticated>(
    /// The caller, or `None` for a request without credentials.
    pub Option<Authorized<R>>,
);

impl<R: Requirement> FromRequest for OptionalAuthorized<R> {
    type Error = Rejection;
    type Future = Authorizing<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        Authorizing::start::<R>(request, Admission::optional, |caller| {
            Ok(Self(caller.map(|access| Authorized(access, PhantomData))))
        })
    }
}
