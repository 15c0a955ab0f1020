use std::collections::BTreeMap;

use scopa_systems::{Answer, Call, Http, Outcome};
use serde_json::{Value, json};

use crate::service::{Application, CALLBACK};

/// A browser: keeps cookies, and says where its requests come from.
pub(crate) struct Browser {
    http: Http,
    pub(crate) cookies: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn new(http: &Http) -> Self {
        Self { http: http.clone(), cookies: BTreeMap::new() }
    }

    /// Looks at a page.
    pub(crate) async fn look(&mut self, path: &str) -> Outcome<Answer> {
        let answer = self.with_cookies(self.http.get(path)).send().await?;
        self.keep(&answer);
        Ok(answer)
    }

    /// Sends a form of our own page.
    pub(crate) async fn submit(&mut self, path: &str, form: &[(&str, &str)]) -> Outcome<Answer> {
        self.submit_as(("Sec-Fetch-Site", "same-origin"), path, form).await
    }

    /// Sends a form of any page.
    pub(crate) async fn submit_as(
        &mut self,
        from: (&str, &str),
        path: &str,
        form: &[(&str, &str)],
    ) -> Outcome<Answer> {
        let call = self.http.post(path).header(from.0, from.1).form(form);
        let answer = self.with_cookies(call).send().await?;
        self.keep(&answer);
        Ok(answer)
    }

    /// Sends what the form for signing in says.
    pub(crate) async fn sign_in(&mut self, path: &str, user: &str, password: &str) -> Outcome<Answer> {
        self.submit(path, &[("step", "sign-in"), ("user", user), ("password", password)]).await
    }

    /// Answers the question of the consent page.
    pub(crate) async fn consent(&mut self, path: &str, step: &str) -> Outcome<Answer> {
        let token = token_of(&self.look(path).await?.expect(200)?);
        self.submit(path, &[("step", step), ("session", &token)]).await
    }

    /// Sends a request as a script of our own pages does.
    pub(crate) fn script(&self, method: &str, path: &str) -> Call {
        self.with_cookies(self.http.request(method, path).header("Sec-Fetch-Site", "same-origin"))
    }

    /// Makes an application.
    pub(crate) async fn application(&self, name: &str) -> Outcome<Application> {
        let made = self.make(&json!({"name": name, "redirect_uris": [CALLBACK]})).await?.expect(201)?;
        Ok(Application { id: made.text("client_id")?, secret: made.text("client_secret")? })
    }

    pub(crate) async fn make(&self, draft: &Value) -> Outcome<Answer> {
        self.script("POST", "/app/oauth-applications").json(draft).send().await
    }

    pub(crate) fn with_cookies(&self, call: Call) -> Call {
        if self.cookies.is_empty() {
            return call;
        }
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        call.header("Cookie", pairs.join("; "))
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
}

/// Returns the hidden value of a consent page.
pub(crate) fn token_of(page: &Answer) -> String {
    let found = page.body().split_once("name=\"session\" value=\"");
    found.and_then(|(_, rest)| rest.split('"').next()).unwrap_or_default().to_owned()
}
