use axum::Json;
use axum::body::Body;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use scopa_axum::issuer::ClientError;
use scopa_axum::{Refusal, Rejection};
use serde_json::{Map, Value, json};

/// Why a request is not done, told in JSON as everything here is.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The caller may not.
    Refused(Rejection),
    /// It is not there, or not this person's.
    NotFound,
    /// What came cannot be taken, with the status that says why.
    Invalid(StatusCode, String),
    /// Nobody is signed in, or the request comes from a page of somebody else.
    NotSignedIn,
    /// The store cannot answer.
    Unavailable,
}

impl Problem {
    pub(crate) fn invalid(why: impl Into<String>) -> Self {
        Self::Invalid(StatusCode::BAD_REQUEST, why.into())
    }

    pub(crate) fn too_many(what: &str) -> Self {
        Self::Invalid(StatusCode::CONFLICT, format!("there are too many {what}"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, error, why) = match self {
            Self::Refused(rejection) => return rejection.into_response(),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "there is no such thing"),
            Self::Invalid(status, ref why) => (status, "invalid_request", &**why),
            Self::NotSignedIn => (StatusCode::FORBIDDEN, "not_signed_in", "sign in at /app/sign-in"),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again later")
            }
        };
        let body = Json(json!({"error": error, "detail": why}));
        let mut response = (status, [(CACHE_CONTROL, "no-store")], body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}

/// Adds `detail` to the bodies of refusals: the vendor's clients read it. Status and challenge stay as they are.
pub(crate) async fn with_detail(response: Response) -> Response {
    let Some(refusal) = response.extensions().get::<Refusal>() else { return response };
    let mut body: Map<String, Value> = serde_json::from_str(refusal.response().body()).unwrap_or_default();
    body.insert("detail".into(), refusal.to_string().into());
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(Value::Object(body).to_string()))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            // The wrong shape is told like the wrong syntax.
            JsonRejection::JsonDataError(_) => Self::invalid(rejection.body_text()),
            _ => Self::Invalid(rejection.status(), rejection.body_text()),
        }
    }
}

/// What a path cannot name is not there.
impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::NotFound
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Invalid(why) => Self::invalid(why.to_string()),
            ClientError::NotFound => Self::NotFound,
            other => {
                tracing::error!(error = %other, "the register of applications cannot answer");
                Self::Unavailable
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_to_come_again_is_told_when() {
        let away = Problem::Unavailable.into_response();
        assert_eq!(away.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(away.headers().contains_key(RETRY_AFTER));
        assert_eq!(away.headers().get(CACHE_CONTROL), Some(&HeaderValue::from_static("no-store")));
        assert!(!Problem::NotFound.into_response().headers().contains_key(RETRY_AFTER));
    }
}
