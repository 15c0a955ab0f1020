use std::error::Error;

use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use derive_more::{Display, From};
use http::Response;
use scopa::Refusal;

/// A [`Refusal`] as actix-web's handlers and extractors return it.
///
/// Its response is the refusal's own: status, challenge, `Cache-Control: no-store`, JSON body. The refusal stays
/// in the response's extensions, so that a middleware further out can write another body. In a handler `?` turns
/// what [`Access::require`](scopa::Access::require) returns into it; an error type of yours takes it with a
/// `From`.
///
/// ```
/// use actix_web::ResponseError;
/// use scopa_actix::{Refusal, RefusalKind, Rejection};
///
/// let rejection = Rejection::from(Refusal::forbidden());
/// assert_eq!(rejection.refusal().kind(), RefusalKind::Forbidden);
///
/// let response = rejection.error_response();
/// assert_eq!(response.status(), 403);
/// assert!(response.extensions().get::<Refusal>().is_some());
/// ```
///
/// In an error type of yours:
///
/// ```
/// use actix_web::http::StatusCode;
/// use actix_web::{HttpResponse, ResponseError};
/// use scopa_actix::{Refusal, Rejection};
///
/// #[derive(Debug)]
/// enum AppError {
///     Refused(Rejection),
///     NotFound,
/// }
///
/// // For `caller.require(..)?`.
/// impl From<Refusal> for AppError {
///     fn from(refusal: Refusal) -> Self {
///         Self::Refused(refusal.into())
///     }
/// }
///
/// impl std::fmt::Display for AppError {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         match self {
///             Self::Refused(rejection) => rejection.fmt(f),
///             Self::NotFound => f.write_str("not found"),
///         }
///     }
/// }
///
/// impl ResponseError for AppError {
///     fn status_code(&self) -> StatusCode {
///         match self {
///             Self::Refused(rejection) => rejection.status_code(),
///             Self::NotFound => StatusCode::NOT_FOUND,
///         }
///     }
///
///     fn error_response(&self) -> HttpResponse {
///         match self {
///             // Not the default: it has no challenge.
///             Self::Refused(rejection) => rejection.error_response(),
///             Self::NotFound => HttpResponse::NotFound().finish(),
///         }
///     }
/// }
/// # assert_eq!(AppError::from(Refusal::forbidden()).error_response().status(), 403);
/// # assert_eq!(AppError::NotFound.error_response().status(), 404);
/// ```
#[derive(Debug, Clone, Display, From)]
pub struct Rejection(Refusal);

impl Rejection {
    /// Returns the refusal: its class, its scopes, and the reason for the log.
    pub fn refusal(&self) -> &Refusal {
        &self.0
    }

    /// Returns the refusal and keeps nothing.
    pub fn into_refusal(self) -> Refusal {
        self.0
    }
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    fn error_response(&self) -> HttpResponse {
        answer(&self.0)
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// Answers as the core does.
pub(crate) fn answer(refusal: &Refusal) -> HttpResponse {
    let mut response = carried(refusal.response());
    response.extensions_mut().insert(refusal.clone());
    response
}

/// Carries a response over, from the `http` crate of today to the one that actix-web uses.
pub(crate) fn carried(response: Response<impl MessageBody + 'static>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let status = StatusCode::from_u16(parts.status.as_u16());
    let mut response = HttpResponse::build(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR));
    for (name, value) in &parts.headers {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    response.body(body)
}
