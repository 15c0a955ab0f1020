use std::borrow::Cow;
use std::fmt;

use actix_web::error::JsonPayloadError;
use actix_web::http::header::{Allow, CACHE_CONTROL, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Json;
use actix_web::{HttpResponse, ResponseError};
use scopa_actix::issuer::ClientError;
use scopa_actix::{Refusal, Rejection};
use serde_json::json;

/// What most handlers answer.
pub(crate) type Answer<T> = Result<Json<T>, Fault>;
/// What those answer that make something.
pub(crate) type Made<T> = Result<(Json<T>, StatusCode), Fault>;
/// What those answer that take something away: nothing more.
pub(crate) type Gone = Result<HttpResponse, Fault>;

/// Why a request was not served.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The caller may not.
    Refused(Rejection),
    /// The request is wrong, in words for who sent it.
    Invalid(String),
    /// The body cannot be read, and which status says why.
    Unreadable(StatusCode, String),
    /// There is no such thing, or it is another team's.
    NotFound,
    /// This method is not answered here, these are (RFC 9110 §15.5.6).
    MethodNotAllowed(Vec<Method>),
    /// Others were first.
    Conflict,
    /// The team has as many as it may have.
    Full,
    /// The store or the system cannot answer; why is for the log.
    Unavailable,
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<ClientError> for Fault {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::NotFound => Self::NotFound,
            ClientError::Invalid(error) => Self::Invalid(error.to_string()),
            ClientError::Taken | ClientError::Changed => Self::Conflict,
            error => {
                tracing::error!(%error, "the register of clients cannot answer");
                Self::Unavailable
            }
        }
    }
}

impl From<JsonPayloadError> for Fault {
    fn from(error: JsonPayloadError) -> Self {
        let status = match &error {
            JsonPayloadError::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            error if error.status_code() == StatusCode::PAYLOAD_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::Unreadable(status, error.to_string())
    }
}

impl Fault {
    /// Returns the status, the error's name and what it says.
    fn told(&self) -> (StatusCode, &str, Cow<'_, str>) {
        match self {
            Self::Refused(rejection) => (rejection.status_code(), "", rejection.to_string().into()),
            Self::Invalid(why) => (StatusCode::BAD_REQUEST, "invalid_request", why.into()),
            Self::Unreadable(status, why) => (*status, "invalid_request", why.into()),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "there is no such thing".into()),
            Self::MethodNotAllowed(_) => {
                (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "this is not done here".into())
            }
            Self::Conflict => (StatusCode::CONFLICT, "conflict", "somebody else was first".into()),
            Self::Full => {
                (StatusCode::INSUFFICIENT_STORAGE, "too_many", "the team has no room for more".into())
            }
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again later".into())
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told().2)
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        self.told().0
    }

    fn error_response(&self) -> HttpResponse {
        let (status, error, why) = self.told();
        let mut answer = HttpResponse::build(status);
        answer.insert_header((CACHE_CONTROL, "no-store"));
        match self {
            Self::Refused(rejection) => return rejection.error_response(),
            Self::MethodNotAllowed(allowed) => _ = answer.insert_header(Allow(allowed.clone())),
            Self::Unavailable => _ = answer.insert_header((RETRY_AFTER, "5")),
            // The rest of the body is not waited for.
            Self::Unreadable(..) => _ = answer.force_close(),
            _ => {}
        }
        answer.json(json!({"error": error, "error_description": why}))
    }
}
