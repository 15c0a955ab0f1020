use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::{Serializer, byte_serialize};

use crate::fetch::FetchError;
use crate::json::{Object, Value};
use crate::jws::{DEEPEST_CLAIMS, Jws, Payload};
use crate::rules::Rules;

use super::Introspection;

/// Writes the question about a token (RFC 7662 §2.1).
pub(super) fn question(
    settings: &Introspection,
    url: &str,
    token: &str,
) -> Result<Request<Vec<u8>>, FetchError> {
    let Introspection { client_id, client_secret, .. } = settings;
    let mut form = Serializer::new(String::new());
    form.append_pair("token", token).append_pair("token_type_hint", "access_token");
    let accept = if settings.is_signed { SIGNED } else { "application/json" };
    let mut request =
        Request::post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").header(ACCEPT, accept);
    if settings.is_post {
        form.append_pair("client_id", client_id).append_pair("client_secret", client_secret);
    } else {
        // RFC 6749 §2.3.1: both are form-encoded first.
        let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let credentials = STANDARD.encode(format!("{}:{}", encode(client_id), encode(client_secret)));
        if let Ok(mut value) = HeaderValue::try_from(format!("Basic {credentials}")) {
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
    }
    let body = form.finish().into_bytes();
    request.body(body).map_err(|_| FetchError::new("address", format!("{url}: is not a URL")))
}

/// Returns the members of an active token, `None` for one that is not.
///
/// # Errors
/// The answer gives no verdict.
pub(super) fn verdict(answer: Vec<u8>) -> Result<Option<Vec<u8>>, FetchError> {
    let members = Object::parse(&answer, DEEPEST_CLAIMS)
        .map_err(|why| FetchError::new("junk", format!("the introspection answer is {why}")))?;
    match members.get("active") {
        // RFC 7662 §2.2: a boolean. What is no boolean says nothing good.
        Some(Value::Bool(true)) => Ok(Some(answer)),
        Some(_) => Ok(None),
        None => Err(FetchError::new("junk", "the introspection answer has no `active`")),
    }
}

/// Takes the members out of a signed answer whose signature holds (RFC 9701 §5).
pub(super) fn unwrap_signed(
    jws: &Jws<'_>,
    rules: &Rules,
    client_id: &str,
    now: u64,
) -> Result<Vec<u8>, FetchError> {
    let junk = |text: &str| FetchError::new("junk", format!("the signed introspection answer {text}"));
    let mut space = Payload::empty();
    let payload = jws.payload(&mut space).map_err(|_| junk("is not base64url"))?;
    let claims = Object::parse(payload, DEEPEST_CLAIMS).map_err(|why| junk(&format!("is {why}")))?;
    if claims.get("iss").and_then(Value::as_str) != Some(&rules.issuer) {
        return Err(junk("is of another issuer"));
    }
    // Us: as the client that asks, or as the API that tokens are meant for. Issuers write either.
    let is_us = |name: &str| name == client_id || rules.audiences.iter().any(|audience| audience == name);
    let is_for_us = match claims.get("aud") {
        Some(Value::String(audience)) => is_us(audience),
        Some(Value::Array(items)) => items.items().any(|item| item.as_str().is_some_and(is_us)),
        _ => false,
    };
    if !is_for_us {
        return Err(junk("is neither for this client nor for this API"));
    }
    // An old answer about the same token, played again, would undo a revocation.
    let issued_at = match claims.get("iat") {
        Some(Value::Number(number)) => number.seconds(),
        _ => None,
    };
    let issued_at = issued_at.ok_or_else(|| junk("has no `iat`"))?;
    if issued_at.saturating_add(OLDEST_ANSWER + rules.leeway) < now
        || now.saturating_add(rules.leeway) < issued_at
    {
        return Err(junk("was not made just now"));
    }
    match claims.get("token_introspection") {
        Some(Value::Object(members)) => Ok(members.text().as_bytes().to_vec()),
        _ => Err(junk("has no object `token_introspection`")),
    }
}

/// The media type of a signed answer (RFC 9701 §4), also its `typ`.
pub(super) const SIGNED: &str = "application/token-introspection+jwt";

/// Seconds.
const OLDEST_ANSWER: u64 = 60;
