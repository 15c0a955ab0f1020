use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use serde::Serialize;

/// What every part of the service answers with.
pub(crate) type Answer = Response<Full<Bytes>>;

/// Answers with JSON that nobody keeps.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    // Only our own types are written, and those always can be.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut answer = Response::new(Full::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Says what is wrong with a request.
pub(crate) fn wrong(status: StatusCode, error: &str, why: &str) -> Answer {
    json(status, &serde_json::json!({"error": error, "error_description": why}))
}

/// Refuses a request that is not well-formed.
pub(crate) fn invalid(why: &str) -> Answer {
    wrong(StatusCode::BAD_REQUEST, "invalid_request", why)
}

/// Says that there is nothing here.
pub(crate) fn not_found() -> Answer {
    wrong(StatusCode::NOT_FOUND, "not_found", "there is nothing here")
}

/// Says that it was done.
pub(crate) fn done() -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}
