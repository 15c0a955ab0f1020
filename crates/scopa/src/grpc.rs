//! A refusal as gRPC tells it: a response that ends with its headers.

use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode, Version};

use crate::kind::RefusalKind;
use crate::refusal::Refusal;

const GRPC: &str = "application/grpc";

impl Refusal {
    /// Returns the whole answer in the form that the request asks for: HTTP, or gRPC.
    ///
    /// A gRPC call is answered with trailers only: HTTP 200, the outcome in `grpc-status`, no body. The challenge stays,
    /// so that a client learns which scopes to ask for. A call is `POST` over HTTP/2 with `application/grpc`, and
    /// nothing less: 200 must not be had for the price of a header, since there are proxies that read it as a yes.
    ///
    /// ```
    /// use http::{Request, Version};
    /// use scopa::Refusal;
    ///
    /// let call = Request::post("/crashes.Crashes/List").version(Version::HTTP_2);
    /// let (call, ()) = call.header("content-type", "application/grpc+proto").body(())?.into_parts();
    /// let answer = Refusal::forbidden().response_to(&call);
    /// assert_eq!((answer.status().as_u16(), &answer.headers()["grpc-status"]), (200, &"7".parse()?));
    ///
    /// let (get, ()) = Request::get("/").header("content-type", "application/grpc").body(())?.into_parts();
    /// assert_eq!(Refusal::forbidden().response_to(&get).status(), 403);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn response_to(&self, request: &Parts) -> Response<String> {
        let response = self.response();
        if is_grpc(request) { trailers_only(self, response) } else { response }
    }
}

/// gRPC over HTTP/2, "Requests": the method, and `application/grpc` alone, with `+proto` or the like, or parameters.
fn is_grpc(request: &Parts) -> bool {
    let value = request.headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let (start, rest) = value.and_then(|value| value.split_at_checked(GRPC.len())).unwrap_or_default();
    request.version == Version::HTTP_2
        && request.method == Method::POST
        && start.eq_ignore_ascii_case(GRPC.as_bytes())
        && matches!(rest.first(), None | Some(b'+' | b';' | b' '))
}

/// Makes a gRPC answer that ends with its headers: HTTP 200, the outcome in `grpc-status`, no body.
///
/// The challenge stays, so that a client learns which scopes to ask for.
fn trailers_only(refusal: &Refusal, mut response: Response<String>) -> Response<String> {
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    headers.insert("grpc-status", HeaderValue::from_static(code(refusal.kind())));
    if let Ok(message) = HeaderValue::try_from(percent_encoded(&refusal.to_string())) {
        headers.insert("grpc-message", message);
    }
    response.map(|_| String::new())
}

/// Returns the gRPC status code. 3 INVALID_ARGUMENT is never used: it would blame the message.
fn code(kind: RefusalKind) -> &'static str {
    match kind {
        // UNAUTHENTICATED
        RefusalKind::MissingToken | RefusalKind::InvalidToken | RefusalKind::InvalidRequest => "16",
        // PERMISSION_DENIED
        RefusalKind::InsufficientScope | RefusalKind::Forbidden => "7",
        // UNAVAILABLE
        RefusalKind::Unavailable => "14",
        // INTERNAL
        _ => "13",
    }
}

/// Encodes a status message: all but visible ASCII and spaces, and `%` (gRPC over HTTP/2, "Responses").
fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_told_by_method_version_and_content_type() {
        for (version, method, content_type, grpc) in [
            (Version::HTTP_2, "POST", "application/grpc", true),
            (Version::HTTP_2, "POST", "application/grpc+proto", true),
            (Version::HTTP_2, "POST", "Application/gRPC;v=1", true),
            (Version::HTTP_2, "POST", "application/grpc-web", false),
            (Version::HTTP_2, "POST", "application/grpcx", false),
            (Version::HTTP_2, "POST", "application/grp", false),
            (Version::HTTP_2, "POST", "application/json", false),
            (Version::HTTP_2, "POST", "", false),
            (Version::HTTP_2, "GET", "application/grpc", false),
            (Version::HTTP_11, "POST", "application/grpc", false),
            (Version::HTTP_3, "POST", "application/grpc", false),
        ] {
            let request = http::Request::builder().version(version).method(method);
            let (parts, ()) = request.header(CONTENT_TYPE, content_type).body(()).unwrap().into_parts();
            assert_eq!(is_grpc(&parts), grpc, "{version:?} {method} {content_type}");
        }
    }

    #[test]
    fn messages_are_percent_encoded() {
        assert_eq!(percent_encoded("a scope is needed"), "a scope is needed");
        assert_eq!(percent_encoded("50 %\r\nä~"), "50 %25%0D%0A%C3%A4~");
    }
}
