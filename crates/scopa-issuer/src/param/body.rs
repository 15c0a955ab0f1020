use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::media_type::MediaType;
use super::{Params, malformed};
use crate::error::{ErrorCode, OAuthError};

/// What a body may be written in besides `application/x-www-form-urlencoded`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct BodyTypes {
    pub(crate) json: bool,
    pub(crate) multipart: bool,
}

impl Params {
    /// Reads the body of a request as its `Content-Type` says.
    pub(crate) fn from_body(headers: &HeaderMap, body: &[u8], types: BodyTypes) -> Result<Self, OAuthError> {
        let mut fields = headers.get_all(CONTENT_TYPE).iter();
        let field = fields.next();
        if fields.next().is_some() {
            return Err(malformed("more than one `Content-Type`"));
        }
        // RFC 9110 §8.3: a message without content needs no type. What is missing in it, others say.
        if field.is_none() && body.is_empty() {
            return Ok(Self::default());
        }
        let unsupported = OAuthError::new(
            ErrorCode::UnsupportedMediaType,
            "the body is of a type that is not taken; use `application/x-www-form-urlencoded`",
        );
        let text = field.and_then(|field| field.to_str().ok()).ok_or(unsupported)?;
        let media_type = MediaType::parse(text).filter(MediaType::is_utf_8).ok_or(unsupported)?;
        match &*media_type.name {
            "application/x-www-form-urlencoded" => Self::from_form(body),
            "application/json" if types.json => Self::from_json(body),
            "multipart/form-data" if types.multipart => {
                let boundary = media_type.parameter("boundary");
                Self::from_multipart(boundary.ok_or(malformed("the boundary is missing"))?, body)
            }
            _ => Err(unsupported),
        }
    }
}
