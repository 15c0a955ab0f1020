use http::HeaderMap;
use http::header::AUTHORIZATION;
use zeroize::Zeroizing;

use super::basic::{self, Basic};
use crate::error::{ErrorCode, OAuthError};
use crate::param::Params;

/// How a client says who it is: one method in each request (RFC 6749 §2.3).
pub(super) enum Credentials<'p> {
    /// `client_secret_basic`, or `client_secret_post` with one reading of the secret.
    Secret { id: String, readings: Vec<Zeroizing<Vec<u8>>>, method: Method },
    /// `private_key_jwt` (RFC 7523 §2.2).
    Assertion { id: Option<&'p str>, assertion: &'p str },
    /// `none`: a public client.
    Id(&'p str),
}

/// Where a secret was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Basic,
    Post,
}

impl<'p> Credentials<'p> {
    /// Finds what the request has.
    pub(super) fn of(headers: &HeaderMap, params: &'p Params) -> Result<Self, OAuthError> {
        let mut fields = headers.get_all(AUTHORIZATION).iter();
        let field = fields.next();
        if fields.next().is_some() {
            return Err(invalid_request("more than one `Authorization`"));
        }
        let basic = field.and_then(|field| basic::credentials(field.as_bytes()));
        let (id, secret) = (params.get("client_id"), params.get("client_secret"));
        let (assertion, kind) = (params.get("client_assertion"), params.get("client_assertion_type"));
        let asserts = assertion.is_some() || kind.is_some();
        // RFC 6749 §2.3: one method in each request.
        if [basic.is_some(), secret.is_some(), asserts].into_iter().filter(|is_there| *is_there).count() > 1 {
            return Err(invalid_request("more than one way of client authentication"));
        }

        if let Some(encoded) = basic {
            let Basic { id: named, readings } = Basic::parse(encoded).ok_or(REFUSED.challenged())?;
            if id.is_some_and(|id| id != named) {
                return Err(invalid_request("`client_id` is not the client of `Authorization`"));
            }
            return Ok(Self::Secret { id: named, readings, method: Method::Basic });
        }
        if asserts {
            let (Some(assertion), Some(kind)) = (assertion, kind) else {
                return Err(invalid_request("`client_assertion` goes with `client_assertion_type`"));
            };
            // RFC 7523 §2.2. RFC 6749 §5.2: a method that is not supported is `invalid_client`.
            return if kind == JWT_BEARER { Ok(Self::Assertion { id, assertion }) } else { Err(REFUSED) };
        }
        match (id, secret) {
            (Some(id), Some(secret)) => {
                let readings = vec![Zeroizing::new(secret.as_bytes().to_vec())];
                Ok(Self::Secret { id: id.to_owned(), readings, method: Method::Post })
            }
            (Some(id), None) => Ok(Self::Id(id)),
            (None, Some(_)) => Err(invalid_request("`client_id` is missing")),
            // RFC 6749 §5.2: no authentication at all is `invalid_client`; RFC 9110 §15.5.2: 401 says how it is done.
            (None, None) => Err(REFUSED.challenged()),
        }
    }
}

/// One answer for a client that is not known and for one that does not prove to be it.
pub(super) const REFUSED: OAuthError =
    OAuthError::new(ErrorCode::InvalidClient, "client authentication failed");

const fn invalid_request(description: &'static str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidRequest, description)
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
