use std::borrow::Cow;

use axum::Json;
use axum::extract::multipart::{MultipartError, MultipartRejection};
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::response::{IntoResponse, Response};
use scopa_axum::issuer::{ClientError, StoreError};
use scopa_axum::{Refusal, Rejection};
use serde_json::json;

/// Why a request is refused.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The caller may not: scopa says how that is answered.
    Caller(Rejection),
    /// All else: the status, the error, and what would be right.
    Request(StatusCode, &'static str, Cow<'static, str>),
}

impl Refused {
    /// There is no such thing, or it is not the caller's.
    pub(crate) const NOT_FOUND: Self =
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such thing");
    /// The path is right, the method is not.
    pub(crate) const METHOD: Self =
        Self::new(StatusCode::METHOD_NOT_ALLOWED, INVALID, "`Allow` names the methods");
    /// An address for an upload is not good.
    pub(crate) const ADDRESS: Self = Self::new(StatusCode::FORBIDDEN, "forbidden", "forged, over, or used");
    /// A file is larger than it may be.
    pub(crate) const TOO_LARGE: Self = Self::new(StatusCode::PAYLOAD_TOO_LARGE, INVALID, "64 MiB at most");
    /// The client is too slow.
    pub(crate) const TOO_SLOW: Self =
        Self::new(StatusCode::REQUEST_TIMEOUT, INVALID, "the request took too long");
    /// The store cannot answer now.
    pub(crate) const UNAVAILABLE: Self =
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", "try again");

    const fn new(status: StatusCode, error: &'static str, problem: &'static str) -> Self {
        Self::Request(status, error, Cow::Borrowed(problem))
    }

    /// The request is not what it should be.
    pub(crate) fn bad(problem: impl Into<Cow<'static, str>>) -> Self {
        Self::Request(StatusCode::BAD_REQUEST, INVALID, problem.into())
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, error, problem) = match self {
            Self::Caller(rejection) => return rejection.into_response(),
            Self::Request(status, error, problem) => (status, error, problem),
        };
        let body = Json(json!({ "error": error, "error_description": problem }));
        let mut response = (status, [(CACHE_CONTROL, "no-store")], body).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, 5.into());
        }
        response
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Caller(refusal.into())
    }
}

impl From<ClientError> for Refused {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::NotFound => Self::NOT_FOUND,
            ClientError::Invalid(error) => Self::bad(error.to_string()),
            error => {
                tracing::warn!(%error, "the store cannot answer");
                Self::UNAVAILABLE
            }
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        ClientError::from(error).into()
    }
}

/// What axum could not read.
macro_rules! unreadable {
    ($($rejection:ty),*) => { $(
        impl From<$rejection> for Refused {
            fn from(rejection: $rejection) -> Self {
                // axum answers 422 to JSON that it can read and we cannot use; to our clients both are a bad request.
                let status = match rejection.status() {
                    StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
                    status => status,
                };
                Self::Request(status, INVALID, rejection.body_text().into())
            }
        }
    )* };
}

unreadable! { JsonRejection, PathRejection, QueryRejection, MultipartRejection, MultipartError }

const INVALID: &str = "invalid_request";
