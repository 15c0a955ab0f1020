use http::StatusCode;

/// The class of a [`Refusal`](crate::Refusal): whose fault it is, and which status follows by default.
///
/// ```
/// assert_eq!(scopa::Refusal::forbidden().kind(), scopa::RefusalKind::Forbidden);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalKind {
    /// No credentials, or those of another scheme. 401, `Bearer` without an error (RFC 6750 §3.1).
    MissingToken,
    /// A malformed request: two `Authorization` fields, a scheme without a token. 400 `invalid_request`.
    InvalidRequest,
    /// A token that is malformed, expired, forged or not for us. 401 `invalid_token`.
    InvalidToken,
    /// A good token without the scopes that are asked for. 403 `insufficient_scope`.
    InsufficientScope,
    /// A good token, and no scope could help: a permission is missing, or the object is another's. 403.
    Forbidden,
    /// Nobody can tell whether the token is good: the keys, the introspection endpoint or the revocation list are out
    /// of reach. 503 with `Retry-After`.
    Unavailable,
    /// Our own service is set up wrongly. 500; the log says how to mend it.
    Misconfigured,
}

impl RefusalKind {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest => StatusCode::BAD_REQUEST,
            Self::MissingToken | Self::InvalidToken => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope | Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Misconfigured => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Tells whether another token could help.
    pub(crate) fn has_challenge(self) -> bool {
        !matches!(self, Self::Forbidden | Self::Unavailable | Self::Misconfigured)
    }

    /// The words for strangers, in the characters of RFC 6750 §3.
    pub(crate) fn description(self) -> &'static str {
        match self {
            Self::MissingToken => "no access token was presented",
            Self::InvalidRequest => "the credentials are malformed",
            Self::InvalidToken => "the access token is invalid or expired",
            Self::InsufficientScope => "the access token lacks the scope that is needed",
            Self::Forbidden => "not allowed for this caller",
            Self::Unavailable => "the access token cannot be checked right now",
            Self::Misconfigured => "the service is misconfigured",
        }
    }

    /// The error code: one of RFC 6750 §3.1, or a word of ours where that has none.
    pub(crate) fn error(self) -> Option<&'static str> {
        match self {
            // RFC 6750 §3.1: no error code when the request carried no credentials.
            Self::MissingToken => None,
            Self::InvalidRequest => Some("invalid_request"),
            Self::InvalidToken => Some("invalid_token"),
            Self::InsufficientScope => Some("insufficient_scope"),
            Self::Forbidden => Some("forbidden"),
            Self::Unavailable => Some("temporarily_unavailable"),
            Self::Misconfigured => Some("server_error"),
        }
    }
}
