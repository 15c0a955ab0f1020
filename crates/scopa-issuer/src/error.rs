use std::time::Duration;

use crate::crypto::RandomError;
use crate::key::SignError;
use crate::store::StoreError;

/// What a client is told when its request is refused (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OAuthError {
    /// The value of `error`.
    pub(crate) code: ErrorCode,
    /// The value of `error_description`: fixed words, nothing of the request.
    pub(crate) description: &'static str,
    /// How a client that could not be authenticated had tried to: by Basic it is told 401 with a challenge.
    pub(crate) challenged: bool,
    /// When to come again.
    pub(crate) retry_after: Option<Duration>,
}

/// The values of `error` that an issuer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    UnsupportedTokenType,
    InvalidScope,
    /// RFC 8707 §2.
    InvalidTarget,
    AccessDenied,
    /// 429: too many failures. 503: the store cannot answer.
    TooManyRequests,
    TemporarilyUnavailable,
    /// The body is not of a type that is taken.
    UnsupportedMediaType,
    TooLarge,
}

impl ErrorCode {
    /// Returns the text.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest | Self::UnsupportedMediaType | Self::TooLarge => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::AccessDenied => "access_denied",
            Self::TooManyRequests | Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }
}

impl OAuthError {
    /// Makes an error without a challenge.
    pub(crate) const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { code, description, challenged: false, retry_after: None }
    }

    /// Tells the client by a challenge how it may authenticate.
    pub(crate) const fn challenged(self) -> Self {
        Self { challenged: true, ..self }
    }

    /// Returns the status of the answer.
    pub(crate) fn status(&self) -> u16 {
        match self.code {
            ErrorCode::InvalidClient if self.challenged => 401,
            ErrorCode::TooManyRequests => 429,
            ErrorCode::TemporarilyUnavailable => 503,
            ErrorCode::UnsupportedMediaType => 415,
            ErrorCode::TooLarge => 413,
            _ => 400,
        }
    }

    /// The store cannot answer: the log is told why, the client when to come again.
    pub(crate) const fn unavailable() -> Self {
        let error = Self::new(ErrorCode::TemporarilyUnavailable, "try again later");
        Self { retry_after: Some(RETRY_AFTER), ..error }
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store of the issuer cannot answer");
        Self::unavailable()
    }
}

impl From<RandomError> for OAuthError {
    fn from(error: RandomError) -> Self {
        tracing::error!(%error, "the issuer cannot make tokens");
        Self::unavailable()
    }
}

impl From<SignError> for OAuthError {
    fn from(error: SignError) -> Self {
        tracing::error!(%error, "the issuer cannot sign tokens");
        Self::unavailable()
    }
}

const RETRY_AFTER: Duration = Duration::from_secs(5);
