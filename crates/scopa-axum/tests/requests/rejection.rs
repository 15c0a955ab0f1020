use std::error::Error;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use scopa_axum::{Access, Authorized, InvalidToken, Refusal, RefusalKind, Rejection, Validator};
use scopa_testing::TestIssuer;

use crate::kit::*;

/// A service's own error.
#[derive(Debug)]
enum AppError {
    Refused(Rejection),
    NotFound,
}

impl From<Rejection> for AppError {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(rejection)
    }
}

impl From<Refusal> for AppError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(rejection) => rejection.into_response(),
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// A service's own caller.
struct Caller(Access);

impl FromRequestParts<Validator> for Caller {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &Validator) -> Result<Self, AppError> {
        let caller = <Authorized>::from_request_parts(parts, state).await?;
        Ok(Self(caller.into_access()))
    }
}

async fn team(Path(id): Path<String>, Caller(access): Caller) -> Result<String, AppError> {
    access.require(Team(&id))?;
    if id == "9" { Err(AppError::NotFound) } else { Ok(id) }
}

#[tokio::test]
async fn a_rejection_becomes_the_services_own_error() {
    let issuer = TestIssuer::new();
    let app = Router::new().route("/{id}", get(team)).with_state(validator(&issuer));
    let token = issuer.bearer_with("team_7 team_9");
    let rows: [(&str, &[&str], u16, Option<String>); 4] = [
        ("/7", &[&token], 200, None),
        ("/9", &[&token], 404, None),
        ("/8", &[&token], 403, Some(lacking("team_8"))),
        ("/7", &["Bearer forged"], 401, Some(FORGED.to_owned())),
    ];
    for (path, credentials, status, challenge) in rows {
        let answer = ask(&app, "GET", path, credentials).await;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.challenge(), challenge.as_deref(), "{path}");
    }
}

#[tokio::test]
async fn a_rejection_tells_strangers_little_and_the_log_enough() {
    let issuer = TestIssuer::new();
    let token = issuer.token().subject("somebody").expired().bearer();
    let (mut parts, _) = request("GET", "/", &[&token]).into_parts();
    let caller = <Authorized>::from_request_parts(&mut parts, &validator(&issuer)).await;
    let rejection: Rejection = caller.unwrap_err();
    assert_eq!(rejection.refusal().kind(), RefusalKind::InvalidToken);
    assert_eq!(rejection.to_string(), "the access token is invalid or expired");
    let reason = rejection.source().unwrap().downcast_ref::<InvalidToken>().unwrap();
    assert_eq!(reason.code(), "expired");

    let seen = format!("{rejection:?}");
    let token = token.strip_prefix("Bearer ").unwrap();
    assert!(seen.starts_with("Rejection(Refusal"), "{seen}");
    assert!(token.split('.').all(|part| !seen.contains(part)) && !seen.contains("somebody"), "{seen}");

    assert_eq!(rejection.clone().into_refusal().kind(), RefusalKind::InvalidToken);
    let response = rejection.into_response();
    assert_eq!(response.extensions().get::<Refusal>().unwrap().kind(), RefusalKind::InvalidToken);
}
