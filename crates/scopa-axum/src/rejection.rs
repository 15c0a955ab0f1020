use std::error::Error;
use std::fmt;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use scopa::Refusal;

/// A [`Refusal`] as axum's handlers and extractors return it.
///
/// Its response is the refusal's own: status, challenge, `Cache-Control: no-store`, JSON body. The refusal stays
/// in the response's extensions, so that a layer further out can write another body. In a handler `?` turns what
/// [`Access::require`](scopa::Access::require) returns into it; an error type of yours takes it with a `From`.
///
/// ```
/// use axum::response::IntoResponse;
/// use scopa_axum::{Refusal, RefusalKind, Rejection};
///
/// let rejection = Rejection::from(Refusal::forbidden());
/// assert_eq!(rejection.refusal().kind(), RefusalKind::Forbidden);
///
/// let response = rejection.into_response();
/// assert_eq!(response.status(), 403);
/// assert!(response.extensions().get::<Refusal>().is_some());
/// ```
///
/// In an error type of yours:
///
/// ```
/// use axum::response::{IntoResponse, Response};
/// use scopa_axum::{Refusal, Rejection};
///
/// enum AppError {
///     Refused(Rejection),
///     NotFound,
/// }
///
/// impl From<Rejection> for AppError {
///     fn from(rejection: Rejection) -> Self {
///         Self::Refused(rejection)
///     }
/// }
///
/// // For `caller.require(..)?`.
/// impl From<Refusal> for AppError {
///     fn from(refusal: Refusal) -> Self {
///         Self::Refused(refusal.into())
///     }
/// }
///
/// impl IntoResponse for AppError {
///     fn into_response(self) -> Response {
///         match self {
///             Self::Refused(rejection) => rejection.into_response(),
///             Self::NotFound => axum::http::StatusCode::NOT_FOUND.into_response(),
///         }
///     }
/// }
/// # assert_eq!(AppError::from(Refusal::forbidden()).into_response().status(), 403);
/// # assert_eq!(AppError::NotFound.into_response().status(), 404);
/// ```
#[derive(Clone)]
pub struct Rejection {
    refusal: Refusal,
}

impl Rejection {
    /// Returns the refusal: its class, its scopes, and the reason for the log.
    pub fn refusal(&self) -> &Refusal {
        &self.refusal
    }

    /// Returns the refusal and keeps nothing.
    pub fn into_refusal(self) -> Refusal {
        self.refusal
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self { refusal }
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.refusal.response().map(Body::from)
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.refusal.source()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.refusal, f)
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Rejection").field(&self.refusal).finish()
    }
}
