use bytes::Bytes;
use http::header::{HOST, ORIGIN};
use http::{HeaderMap, Method, Request};
use scopa::BoxFuture;
use scopa_issuer::{Approval, AuthorizationRequest, Decision, Login};

use super::page;

/// Takes everybody's word for who they are.
pub(super) struct SignIn;

impl Login for SignIn {
    fn decide<'a>(
        &'a self,
        request: &'a Request<Bytes>,
        asked: &'a AuthorizationRequest,
    ) -> BoxFuture<'a, Decision> {
        let decision = if request.method() != Method::POST {
            Decision::Show(page::form(asked))
        } else if is_from_our_page(request.headers()) {
            answer(request.body())
        } else {
            Decision::Show(page::refused("this form did not come from a page of this issuer"))
        };
        Box::pin(async { decision })
    }
}

fn answer(form: &[u8]) -> Decision {
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(form);
        pairs.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    };
    match (value("step").as_deref(), value("subject")) {
        (Some("allow"), Some(subject)) if !subject.is_empty() => Decision::Approve(Approval::new(subject)),
        (Some("deny"), _) => Decision::Deny,
        _ => Decision::Show(page::refused("this form is not complete")),
    }
}

/// Tells whether the browser says that the form comes from here: other sites do not get codes for whoever has this issuer running.
fn is_from_our_page(headers: &HeaderMap) -> bool {
    let text =
        |value: Option<&http::HeaderValue>| value.and_then(|value| value.to_str().ok()).map(str::to_owned);
    match (text(headers.get("sec-fetch-site")), text(headers.get(ORIGIN)), text(headers.get(HOST))) {
        (Some(site), _, _) => site == "same-origin",
        (None, Some(origin), Some(host)) => origin.split_once("://").is_some_and(|(_, own)| own == host),
        _ => false,
    }
}
