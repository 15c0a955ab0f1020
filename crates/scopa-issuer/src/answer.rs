//! The answers of the endpoints, as HTTP.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, LOCATION, PRAGMA,
    REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::error::OAuthError;

/// What an endpoint answers.
pub(crate) type Answer = Response<Bytes>;

/// Answers with JSON that nobody keeps (RFC 6749 §5.1).
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Answer {
    // Only our own types and JSON values are written, and those always can be.
    private_json(status, serde_json::to_vec(body).unwrap_or_default())
}

/// The same, of a JSON text.
pub(crate) fn private_json(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    with(status, body, &[(CONTENT_TYPE, JSON), (CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")])
}

/// Answers with a public document that may be kept for a while.
pub(crate) fn document(body: impl Into<Bytes>) -> Answer {
    with(StatusCode::OK, body, &[(CONTENT_TYPE, JSON), (CACHE_CONTROL, "public, max-age=300")])
}

/// Answers with nothing but the status.
pub(crate) fn empty(status: StatusCode) -> Answer {
    with(status, Bytes::new(), &[(CACHE_CONTROL, "no-store")])
}

/// Says which methods there are (RFC 9110 §15.5.6).
pub(crate) fn method_not_allowed(allowed: &'static str) -> Answer {
    with(StatusCode::METHOD_NOT_ALLOWED, Bytes::new(), &[(ALLOW, allowed), (CACHE_CONTROL, "no-store")])
}

/// Refuses a request (RFC 6749 §5.2).
pub(crate) fn refusal(error: &OAuthError) -> Answer {
    #[derive(Serialize)]
    struct Body<'a> {
        error: &'a str,
        error_description: &'a str,
    }
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    let body = Body { error: error.code.as_str(), error_description: error.description };
    let mut answer = json(status, &body);
    if error.challenged {
        // RFC 7617 §2; RFC 6749 §5.2: to a client that used `Authorization`, with the scheme it used.
        answer
            .headers_mut()
            .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"oauth\", charset=\"UTF-8\""));
    }
    if let Some(wait) = error.retry_after {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    }
    answer
}

/// Sends the browser on, by GET, whatever brought it here (RFC 9700 §4.12).
pub(crate) fn redirect(status: StatusCode, location: HeaderValue) -> Answer {
    let mut answer = shielded(empty(status));
    answer.headers_mut().insert(LOCATION, location);
    answer
}

/// Shows a person that a request cannot be answered, and sends the browser nowhere (RFC 6749 §4.1.2.1).
pub(crate) fn error_page(error: &OAuthError) -> Answer {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    // Both are fixed words of ours: nothing of the request is shown.
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Request refused</title>\n\
         <h1>This request cannot be answered</h1>\n<p>{}: {}.</p>\n<p>The application that sent you here has to mend it.</p>\n",
        error.code.as_str(),
        error.description,
    );
    let headers =
        [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, "default-src 'none'")];
    let mut answer = with(status, page, &headers);
    if let Some(wait) = error.retry_after {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
    }
    shielded(answer)
}

/// Adds what every answer to a browser at the authorization endpoint carries: it is not framed (RFC 9700 §4.16), not kept, and its address, which
/// may hold a code, is not passed on (RFC 9700 §4.2.4).
pub(crate) fn shielded(mut answer: Answer) -> Answer {
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // Beside a policy of the page: a browser obeys all of them.
    headers.append(CONTENT_SECURITY_POLICY, HeaderValue::from_static("frame-ancestors 'none'"));
    headers.entry(REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    answer
}

fn with(status: StatusCode, body: impl Into<Bytes>, headers: &[(HeaderName, &'static str)]) -> Answer {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    answer.headers_mut().reserve(headers.len());
    for (name, value) in headers {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}

const JSON: &str = "application/json";
