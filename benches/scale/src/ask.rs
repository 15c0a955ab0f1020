use http::header::{AUTHORIZATION, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use scopa::{Access, Validator};

/// The headers of a small request with this token.
pub(crate) fn request(token: &str) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(3);
    headers.insert(HOST, HeaderValue::from_static("api.example.com"));
    headers.insert(USER_AGENT, HeaderValue::from_static("scale"));
    headers.insert(AUTHORIZATION, format!("Bearer {token}").try_into().expect("a token fits a field"));
    headers
}

/// Must succeed: a refusal would be measured as if it were quick.
#[inline]
pub(crate) fn authenticate(validator: &Validator, headers: &HeaderMap) -> Access {
    match validator.authenticate_headers(headers).now_or_later() {
        Ok(Ok(access)) => access,
        Ok(Err(refusal)) => panic!("refused: {refusal:?}"),
        Err(_) => panic!("the keys are at hand, and still it waits"),
    }
}
