use std::borrow::Cow;
use std::convert::identity;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::HeaderValue;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use scopa::{Access, Admission, Authenticated, Refusal, Requirement, Validator};

use crate::Rejection;
use crate::path::PathValues;

/// The caller, once the token was accepted and `R` is met: the handler's signature is the policy.
///
/// `R` is a scope that [`scopes!`](scopa::scopes) declares, a tuple of them, [`AnyOf`](scopa::AnyOf), or any
/// [`Requirement`]; without it an accepted token is enough. The [`Validator`] comes from the router's state: a
/// router whose state has none does not compile. Dereferences to the [`Access`], for who calls and for what only
/// the handler can ask.
///
/// ```
/// use axum::Router;
/// use axum::extract::Path;
/// use axum::routing::{get, post};
/// use scopa_axum::{Authorized, Rejection, scopes};
///
/// scopes! { fn hierarchy; Symbols = "symbols", Team(id) = "team_{id}" }
///
/// async fn upload(caller: Authorized<Symbols>) -> String {
///     format!("thanks, {}", caller.client_id().unwrap_or("?"))
/// }
///
/// async fn team(Path(id): Path<String>, caller: Authorized) -> Result<String, Rejection> {
///     caller.require(Team(&id))?;
///     Ok(id)
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use axum::{body::Body, http::Request};
/// # use tower::ServiceExt;
/// # let issuer = scopa_testing::TestIssuer::new();
/// # let auth = issuer.validator().hierarchy(hierarchy()?).build()?;
/// let app = Router::new()
///     .route("/symbols", post(upload))
///     .route("/teams/{id}", get(team))
///     .with_state(auth);
///
/// let token = issuer.token().scope("team_7").bearer();
/// let get = |path: &str| Request::get(path).header("authorization", &token).body(Body::empty());
/// assert_eq!(app.clone().oneshot(get("/teams/7")?).await?.status(), 200);
/// assert_eq!(app.oneshot(get("/teams/8")?).await?.status(), 403);
/// # Ok(())
/// # }
/// ```
///
/// # Values from the path
///
/// A template takes its value from the path, by the name of its placeholder, percent-decoded:
/// `Authorized<Team>` on `/teams/{id}` asks for `team_7` when the path is `/teams/7`. A route without such a
/// parameter, or with two of that name, is answered with 500, and the log says how to mend it.
///
/// # Without credentials
///
/// `Option<Authorized<R>>` is `None` for a request without credentials. A bad token is refused all the same, and
/// so is a good one that does not meet `R`.
///
/// # Behind a layer
///
/// An [`Access`] that a layer left in the request's extensions is taken without looking at the token again, but
/// only when the same validator made it; otherwise the token is authenticated anew. Several extractors in one handler
/// verify the token, or ask about it, once; nothing is left for others.
///
/// # Errors
///
/// A [`Rejection`], which answers as the [`Refusal`] says.
pub struct Authorized<R = Authenticated> {
    access: Access,
    requirement: PhantomData<fn() -> R>,
}

impl<R> Authorized<R> {
    /// Returns the access and keeps nothing.
    pub fn into_access(self) -> Access {
        self.access
    }

    fn from_access(access: Access) -> Self {
        Self { access, requirement: PhantomData }
    }
}

impl<R, S> FromRequestParts<S> for Authorized<R>
where
    R: Requirement,
    S: Send + Sync,
    Validator: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let access = admit::<R>(&Validator::from_ref(state), parts, identity).await?;
        let access = access.ok_or_else(|| Refusal::misconfigured("an anonymous caller passed a guard"))?;
        Ok(Self::from_access(access))
    }
}

impl<R, S> OptionalFromRequestParts<S> for Authorized<R>
where
    R: Requirement,
    S: Send + Sync,
    Validator: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        let access = admit::<R>(&Validator::from_ref(state), parts, Admission::optional).await?;
        Ok(access.map(Self::from_access))
    }
}

impl<R: Requirement> scopa::__Argument for Authorized<R> {
    type Requirement = R;
}

impl<R> Deref for Authorized<R> {
    type Target = Access;

    fn deref(&self) -> &Access {
        &self.access
    }
}

impl<R> Clone for Authorized<R> {
    fn clone(&self) -> Self {
        Self::from_access(self.access.clone())
    }
}

impl<R> fmt::Debug for Authorized<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authorized").field(&self.access).finish()
    }
}

async fn admit<R: Requirement>(
    validator: &Validator,
    parts: &mut Parts,
    adjust: fn(Admission) -> Admission,
) -> Result<Option<Access>, Refusal> {
    let policy = validator.policy_of::<R>()?;
    let path = if policy.placeholders().len() == 0 { None } else { Some(PathValues::of(parts).await) };
    let fields = parts.headers.get_all(AUTHORIZATION).iter().map(HeaderValue::as_bytes);
    let value = |name: &str| path.as_ref()?.value(name).map(Cow::Borrowed);
    let left = parts.extensions.get().map(|Left(access)| access);
    let known = parts.extensions.get().into_iter().chain(left);
    let admission = adjust(validator.admit(policy, known, fields, value));
    let remembered = admission.is_remembered();
    let access = admission.await?;
    if let (Some(access), false) = (&access, remembered) {
        parts.extensions.insert(Left(access.clone()));
    }
    Ok(access)
}

/// What an extractor leaves for those that follow. Not as an [`Access`], which is a layer's to leave: others would find
/// one with a new token and none with a token that is remembered.
#[derive(Clone)]
struct Left(Access);
