//! The pages that people see. The templates escape whatever stands in them: names of clients are text of strangers.

use askama::Template;
use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::{HeaderValue, Response, StatusCode, Uri};

/// Asks for name and password.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage<'p> {
    /// Who sent the person here.
    pub(crate) client: &'p str,
    /// What was typed before.
    pub(crate) user: &'p str,
    /// What was wrong with it.
    pub(crate) fault: Option<&'p str>,
}

/// Asks for consent.
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub(crate) struct ConsentPage<'p> {
    /// Who asks.
    pub(crate) client: &'p str,
    /// Who is asked.
    pub(crate) user: &'p str,
    /// What is asked for.
    pub(crate) scopes: Vec<Scope<'p>>,
    /// Where the answer goes.
    pub(crate) goes_to: &'p str,
    /// What proves that this page was shown to this session.
    pub(crate) token: &'p str,
}

/// A line of the consent page.
#[derive(Debug)]
pub(crate) struct Scope<'p> {
    /// The scope.
    pub(crate) name: &'p str,
    /// What it means.
    pub(crate) words: &'p str,
}

/// Says why a form was not taken.
#[derive(Debug, Template)]
#[template(path = "refused.html")]
pub(crate) struct RefusedPage<'p> {
    /// What was wrong.
    pub(crate) why: &'p str,
}

/// Answers with a page.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Response<Bytes> {
    let Ok(text) = page.render() else { return empty(StatusCode::INTERNAL_SERVER_ERROR) };
    let mut response = empty(status);
    *response.body_mut() = text.into();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // No script at all, so none that a stranger writes. `form-action` is left out: browsers apply it to the redirect
    // to the client that follows the form, too. Against framing the issuer adds its own policy.
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    // Not `no-referrer`: with that, browsers send the form with `Origin: null`.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// Has the browser ask for the same address again, by GET, with another cookie.
///
/// So a password is not sent twice when somebody goes back or reloads.
pub(crate) fn again(uri: &Uri, cookie: &str) -> Response<Bytes> {
    let here = uri.path_and_query().map_or("/", |here| here.as_str());
    match (HeaderValue::try_from(here), HeaderValue::try_from(cookie)) {
        (Ok(here), Ok(cookie)) => {
            let mut response = empty(StatusCode::SEE_OTHER);
            response.headers_mut().insert(LOCATION, here);
            response.headers_mut().insert(SET_COOKIE, cookie);
            response
        }
        _ => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_calls_itself_is_text_on_every_page() {
        let name = r#"<script>alert("1")</script>'"#;
        let scopes = vec![Scope { name: "a<b", words: "" }];
        for page in [
            SignInPage { client: name, user: name, fault: Some(name) }.render(),
            ConsentPage { client: name, user: name, scopes, goes_to: name, token: name }.render(),
            RefusedPage { why: name }.render(),
        ] {
            let page = page.unwrap();
            assert!(!page.contains("<script") && !page.contains("a<b"), "{page}");
            assert!(!page.contains(r#"alert(""#), "{page}");
        }
    }
}
