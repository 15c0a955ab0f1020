use std::fmt;

use askama::Template;
use bytes::Bytes;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY};
use http::{Method, Request, Response, StatusCode};
use scopa_tower::issuer::{Approval, AuthorizationRequest, Decision, Login, is_from_own_page};
use scopa_tower::{BoxFuture, Scopes};
use subtle::ConstantTimeEq as _;

use crate::scopes::{T1, in_words};

/// The people who can sign in: alice, of one team. Yours are in your database; `examples/issuer` shows what passwords need that people chose.
pub struct People {
    password: String,
}

impl People {
    /// Lets alice sign in with this password. It is random and long: that it can be tried without end does not help.
    pub fn new(password: impl Into<String>) -> Self {
        Self { password: password.into() }
    }

    /// Returns the team of a person whose name and password are right.
    fn team_of(&self, name: &str, password: &str) -> Option<&'static str> {
        let is_right = self.password.as_bytes().ct_eq(password.as_bytes());
        (name == "alice" && is_right.into()).then_some(T1)
    }
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("People")
    }
}

/// Signs a person in and asks for consent, on one page: so there is no session that somebody else could use.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// Who may sign in.
    pub(crate) people: People,
    /// The origin of this service.
    pub(crate) origin: String,
}

impl Login for SignIn {
    fn decide<'a>(
        &'a self,
        request: &'a Request<Bytes>,
        asked: &'a AuthorizationRequest,
    ) -> BoxFuture<'a, Decision> {
        Box::pin(async move {
            if request.method() != Method::POST {
                return show(asked, StatusCode::OK, "");
            }
            // Against cross-site request forgery: nobody else signs this browser in, or consents with it.
            if !is_from_own_page(request.headers(), &self.origin) {
                return show(asked, StatusCode::FORBIDDEN, "That form did not come from this page.");
            }
            let form = |wanted: &str| {
                let mut pairs = form_urlencoded::parse(request.body());
                pairs.find(|(name, _)| name == wanted).map(|(_, value)| value).unwrap_or_default()
            };
            if form("step") != "allow" {
                return Decision::Deny;
            }
            match self.people.team_of(&form("user"), &form("password")) {
                // Nobody gives what is not theirs, and nobody gives less than the page said.
                Some(team) if !are_of(asked.scopes(), team) => Decision::Deny,
                Some(_) => Decision::Approve(Approval::new(form("user"))),
                None => show(asked, StatusCode::FORBIDDEN, "Name or password is wrong."),
            }
        })
    }
}

/// Tells whether each team that is asked for is this one.
fn are_of(asked: &Scopes, team: &str) -> bool {
    asked.iter().filter_map(|scope| scope.strip_prefix("team_")).all(|other| other == team)
}

/// The page. Whatever stands in it is escaped: the name of a client is text of a stranger.
#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'p> {
    client: &'p str,
    scopes: Vec<(&'p str, String)>,
    goes_to: &'p str,
    fault: &'p str,
}

fn show(asked: &AuthorizationRequest, status: StatusCode, fault: &str) -> Decision {
    let scopes = asked.scopes().iter().map(|scope| (scope, in_words(scope))).collect();
    let page = Page { client: asked.client().name(), scopes, goes_to: asked.redirect_uri(), fault };
    let Ok(text) = page.render() else { return Decision::Unavailable };
    let mut answer = Response::new(Bytes::from(text));
    *answer.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        // No script at all. Against framing the issuer adds its own policy.
        (CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'"),
        // Not `no-referrer`: with that, browsers send the form with `Origin: null`.
        (REFERRER_POLICY, "same-origin"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Decision::Show(answer)
}
