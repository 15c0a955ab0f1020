use std::collections::BTreeMap;

use crate::kit::{Answer, FORM, Outcome, Service};

/// A browser at the authorization endpoint: keeps cookies, and says where its forms come from.
pub(crate) struct Browser<'s> {
    service: &'s Service,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Where it is.
    pub(crate) here: String,
}

impl<'s> Browser<'s> {
    /// Starts where a client sends it.
    pub(crate) fn sent_by(service: &'s Service, client: &str, redirect_uri: &str, scope: &str) -> Self {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", redirect_uri),
            ("scope", scope),
            ("state", "a state & more"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let here = format!("/oauth2/authorize?{}", query.finish());
        Self { service, cookies: BTreeMap::new(), here }
    }

    /// Looks at the page.
    pub(crate) async fn look(&mut self) -> Outcome<Answer> {
        let cookies = self.cookie_field();
        let answer = self.service.send("GET", &self.here, &[("Cookie", &cookies)], "").await?;
        self.keep(&answer);
        Ok(answer)
    }

    /// Sends a form of the page.
    pub(crate) async fn submit(&mut self, form: &[(&str, &str)]) -> Outcome<Answer> {
        self.submit_as(("Sec-Fetch-Site", "same-origin"), form).await
    }

    /// Sends a form of any page.
    pub(crate) async fn submit_as(&mut self, from: (&str, &str), form: &[(&str, &str)]) -> Outcome<Answer> {
        let cookies = self.cookie_field();
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let fields = [("Cookie", &*cookies), ("Content-Type", FORM), from];
        let answer = self.service.send("POST", &self.here, &fields, &body).await?;
        self.keep(&answer);
        Ok(answer)
    }

    /// Signs in, and returns the page after that.
    pub(crate) async fn sign_in(&mut self, user: &str, password: &str) -> Outcome<Answer> {
        let answer = self.submit(&[("step", "sign-in"), ("user", user), ("password", password)]).await?;
        match answer.fields("location").first() {
            Some(to) if answer.status == 303 => {
                assert_eq!(*to, self.here);
                self.look().await
            }
            _ => Ok(answer),
        }
    }

    fn keep(&mut self, answer: &Answer) {
        for cookie in answer.fields("set-cookie") {
            let (name, rest) = cookie.split_once('=').unwrap();
            let (value, attributes) = rest.split_once(';').unwrap();
            match attributes.contains("Max-Age=0") {
                true => drop(self.cookies.remove(name)),
                false => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
            }
        }
    }

    fn cookie_field(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }
}

/// Returns the hidden value of a consent page.
pub(crate) fn token_of(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"session\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

pub(crate) const ALICE: (&str, &str) = ("alice", "wonderland-rabbit-7");
pub(crate) const BOB: (&str, &str) = ("bob", "builder-crane-42");

/// RFC 7636, appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
