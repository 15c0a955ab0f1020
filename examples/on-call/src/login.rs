use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE,
};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use scopa_axum::BoxFuture;
use scopa_axum::issuer::{Approval, AuthorizationRequest, Decision, Login, is_from_own_page};

use crate::people::People;
use crate::scopes::in_words;
use crate::session::{Session, Sessions};

/// Signs people in by name and password, and asks for their consent, each time.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    /// Who may sign in.
    pub(crate) people: Arc<People>,
    /// Who is signed in.
    pub(crate) sessions: Arc<Sessions>,
    /// The origin of this service, such as `https://on-call.example.com`.
    pub(crate) origin: Arc<str>,
}

impl Login for SignIn {
    fn decide<'a>(
        &'a self,
        request: &'a Request<Bytes>,
        asked: &'a AuthorizationRequest,
    ) -> BoxFuture<'a, Decision> {
        Box::pin(async move {
            let headers = request.headers();
            if request.method() != Method::POST {
                return Decision::Show(self.ask(headers, asked));
            }
            if !self.is_from_our_page(headers) {
                return Decision::Show(said(NOT_OURS));
            }
            let form = Form::of(request.body());
            match (form.get("step"), self.session(headers)) {
                ("sign-in", _) => Decision::Show(self.sign_in(headers, request.uri(), &form)),
                ("sign-out", _) => Decision::Show(again(request.uri(), &self.sessions.end(headers))),
                // Who consents is who was asked: with the page of one person still open, another may have signed in.
                (step, Some(session)) if session.was_shown(form.get("session")) => match step {
                    "allow" => Decision::Approve(Approval::new(session.user)),
                    "deny" => Decision::Deny,
                    _ => Decision::Show(said("This form is not complete.")),
                },
                _ => Decision::Show(said("You are not signed in any more, or as somebody else.")),
            }
        })
    }
}

impl SignIn {
    /// Returns the session of somebody who is signed in and still one of our people.
    pub(crate) fn session(&self, headers: &HeaderMap) -> Option<Session> {
        self.sessions.of(headers).filter(|session| self.people.knows(&session.user))
    }

    /// Takes the form of the sign-in page, and has the browser go on to the same address by GET: so a password is not sent twice
    /// when somebody goes back or reloads.
    pub(crate) fn sign_in(&self, headers: &HeaderMap, here: &Uri, form: &Form) -> Response<Bytes> {
        let user = form.get("user");
        if !self.people.has_password(user, form.get("password")) {
            return page(StatusCode::FORBIDDEN, &SignInPage::saying("Name or password is wrong."));
        }
        match self.sessions.begin(headers, user) {
            Some(cookie) => again(here, &cookie),
            None => page(StatusCode::SERVICE_UNAVAILABLE, &SignInPage::saying("Try again later.")),
        }
    }

    /// Tells whether a request was sent from a page of this service: nobody else signs this browser in, out, or consents with it.
    pub(crate) fn is_from_our_page(&self, headers: &HeaderMap) -> bool {
        is_from_own_page(headers, &self.origin)
    }

    fn ask(&self, headers: &HeaderMap, asked: &AuthorizationRequest) -> Response<Bytes> {
        let Some(Session { user, token, .. }) = self.session(headers) else {
            return page(
                StatusCode::OK,
                &SignInPage::saying(&format!("to go on to {}", asked.client().name())),
            );
        };
        let scopes = asked.scopes().iter().map(|name| (name, in_words(name))).collect();
        let (client, goes_to) = (asked.client().name(), asked.redirect_uri());
        let consent =
            ConsentPage { title: "Allow access?", client, user: &user, scopes, goes_to, token: &token };
        page(StatusCode::OK, &consent)
    }
}

/// What stands in a form.
pub(crate) struct Form(BTreeMap<String, String>);

impl Form {
    pub(crate) fn of(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

/// Asks for name and password.
#[derive(Template)]
#[template(path = "sign_in.html")]
pub(crate) struct SignInPage<'p> {
    title: &'static str,
    why: &'p str,
}

impl<'p> SignInPage<'p> {
    pub(crate) fn saying(why: &'p str) -> Self {
        Self { title: "Sign in", why }
    }
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'p> {
    title: &'static str,
    client: &'p str,
    user: &'p str,
    scopes: Vec<(&'p str, &'static str)>,
    goes_to: &'p str,
    /// What proves that this page was shown to this session.
    token: &'p str,
}

/// Says one thing.
#[derive(Template)]
#[template(path = "said.html")]
pub(crate) struct SaidPage<'p> {
    pub(crate) title: &'static str,
    pub(crate) what: &'p str,
}

/// Says why a form was not taken.
pub(crate) fn said(what: &str) -> Response<Bytes> {
    page(StatusCode::FORBIDDEN, &SaidPage { title: "Not accepted", what })
}

/// Answers with a page. The templates escape whatever stands in them: names of clients are text of strangers.
pub(crate) fn page(status: StatusCode, page: &impl Template) -> Response<Bytes> {
    let Ok(text) = page.render() else { return broken() };
    let answer = Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "text/html; charset=utf-8")
        // No script at all, so none that a stranger writes. `form-action` is left out: browsers apply it to the redirect
        // to the client that follows the form, too.
        .header(CONTENT_SECURITY_POLICY, "default-src 'none'; base-uri 'none'; frame-ancestors 'none'")
        // Not `no-referrer`: with that, browsers send the form with `Origin: null`.
        .header(REFERRER_POLICY, "same-origin")
        .header(CACHE_CONTROL, "no-store");
    answer.body(text.into()).unwrap_or_else(|_| broken())
}

/// Has the browser ask for the same address again, by GET, with another cookie.
fn again(uri: &Uri, cookie: &str) -> Response<Bytes> {
    let here = uri.path_and_query().map_or("/", |here| here.as_str());
    let answer = Response::builder().status(StatusCode::SEE_OTHER).header(CACHE_CONTROL, "no-store");
    let answer = answer.header(LOCATION, here).header(SET_COOKIE, cookie);
    answer.body(Bytes::new()).unwrap_or_else(|_| broken())
}

fn broken() -> Response<Bytes> {
    let mut answer = Response::default();
    *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    answer
}

/// Why a form of somebody else's page is not taken.
pub(crate) const NOT_OURS: &str = "This form did not come from a page of ours.";
