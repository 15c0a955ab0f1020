use bytes::Bytes;
use http::{Method, Request, StatusCode};
use scopa_axum::BoxFuture;
use scopa_axum::issuer::{Approval, AuthorizationRequest, CallerAddress, Decision, Login, is_from_own_page};

use crate::pages::{ConsentPage, RefusedPage, Scope, SignInPage, again, page};
use crate::scopes::in_words;
use crate::session::{Session, Sessions};
use crate::users::{Checked, Users};

/// Signs people in by name and password, and asks for their consent, each time.
#[derive(Debug)]
pub(crate) struct SignIn {
    /// Who may sign in.
    pub(crate) users: Users,
    /// Who is signed in.
    pub(crate) sessions: Sessions,
    /// The origin of this service, such as `https://id.example.com`.
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
                return self.show(request, asked);
            }
            // Nobody else signs this browser in, out, or consents with it.
            if !is_from_own_page(request.headers(), &self.origin) {
                return refuse("This form did not come from a page of ours.");
            }
            let form = Form::of(request.body());
            match form.step.as_str() {
                "sign-in" => self.sign_in(request, asked, &form).await,
                "sign-out" => Decision::Show(again(request.uri(), &self.sessions.end(request.headers()))),
                "allow" | "deny" => self.consent(request, &form),
                _ => refuse("This form is not complete."),
            }
        })
    }
}

impl SignIn {
    fn show(&self, request: &Request<Bytes>, asked: &AuthorizationRequest) -> Decision {
        let Some(Session { user, token, .. }) = self.sessions.of(request.headers()) else {
            return show_sign_in(asked, "", None);
        };
        let scopes = asked.scopes().iter().map(|name| Scope { name, words: in_words(name) }).collect();
        let (client, goes_to) = (asked.client().name(), asked.redirect_uri());
        let consent = ConsentPage { client, user: &user, scopes, goes_to, token: &token };
        Decision::Show(page(StatusCode::OK, &consent))
    }

    async fn sign_in(&self, request: &Request<Bytes>, asked: &AuthorizationRequest, form: &Form) -> Decision {
        let address = request.extensions().get::<CallerAddress>().map(|caller| caller.0);
        match self.users.check(&form.user, address, &form.password).await {
            Checked::Right => {}
            Checked::Wrong => return show_sign_in(asked, &form.user, Some("Name or password is wrong.")),
            Checked::TooOften => {
                return show_sign_in(asked, &form.user, Some("Too many tries. Wait a minute."));
            }
        }
        match self.sessions.begin(request.headers(), &form.user) {
            Some(cookie) => Decision::Show(again(request.uri(), &cookie)),
            None => Decision::Unavailable,
        }
    }

    fn consent(&self, request: &Request<Bytes>, form: &Form) -> Decision {
        match self.sessions.of(request.headers()) {
            // Who consents is who was asked: with the page of one person still open, another may have signed in.
            Some(session) if session.was_shown(&form.session) => match form.step.as_str() {
                "allow" => Decision::Approve(Approval::new(session.user)),
                _ => Decision::Deny,
            },
            _ => refuse("You are not signed in any more, or as somebody else."),
        }
    }
}

/// What stands in any of the forms.
#[derive(Default)]
struct Form {
    step: String,
    user: String,
    password: String,
    session: String,
}

impl Form {
    fn of(body: &[u8]) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "step" => form.step = value.into_owned(),
                "user" => form.user = value.into_owned(),
                "password" => form.password = value.into_owned(),
                "session" => form.session = value.into_owned(),
                _ => {}
            }
        }
        form
    }
}

fn show_sign_in(asked: &AuthorizationRequest, user: &str, fault: Option<&str>) -> Decision {
    let status = if fault.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    Decision::Show(page(status, &SignInPage { client: asked.client().name(), user, fault }))
}

fn refuse(why: &str) -> Decision {
    Decision::Show(page(StatusCode::FORBIDDEN, &RefusedPage { why }))
}
