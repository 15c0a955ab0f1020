use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY};
use http::{HeaderValue, Response, StatusCode};
use scopa_issuer::AuthorizationRequest;

/// Asks who signs in, and for consent. Nobody takes it for a real one.
pub(super) fn form(asked: &AuthorizationRequest) -> Response<Bytes> {
    let scopes: String =
        asked.scopes().iter().map(|scope| format!("<li><code>{}</code></li>\n", escaped(scope))).collect();
    let body = format!(
        "<h1>Development sign-in</h1>\n\
         <p>No password: whoever reaches this page signs in as anybody.</p>\n\
         <p><strong>{}</strong> asks for:</p>\n<ul>\n{scopes}</ul>\n\
         <form method=\"post\">\n\
         <label>Sign in as <input name=\"subject\" value=\"alice\" required autofocus></label>\n\
         <button name=\"step\" value=\"allow\">Sign in and allow</button>\n\
         <button name=\"step\" value=\"deny\" formnovalidate>Deny</button>\n\
         </form>\n",
        escaped(asked.client().name())
    );
    page(StatusCode::OK, &body)
}

/// Says why a form was not taken.
pub(super) fn refused(why: &str) -> Response<Bytes> {
    page(StatusCode::FORBIDDEN, &format!("<h1>Not accepted</h1>\n<p>{}</p>\n", escaped(why)))
}

fn page(status: StatusCode, body: &str) -> Response<Bytes> {
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>scopa serve</title>\n{body}"
    );
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'"),
        // Not `no-referrer`: with that, browsers send the form with `Origin: null`.
        (REFERRER_POLICY, "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_text_stays_text() {
        assert_eq!(super::escaped(r#"<a href="x">'&"#), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
    }
}
