use std::fmt;

use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::Outcome;

/// What came back.
#[derive(Clone)]
pub struct Answer {
    asked: String,
    status: u16,
    fields: HeaderMap,
    body: String,
}

impl Answer {
    pub(crate) fn new(asked: &str, status: StatusCode, fields: HeaderMap, body: &[u8]) -> Self {
        let body = String::from_utf8_lossy(body).into_owned();
        Self { asked: asked.to_owned(), status: status.as_u16(), fields, body }
    }

    /// Returns the status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the body.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Returns the value of a header field that comes once.
    pub fn field(&self, name: &str) -> Option<&str> {
        match self.fields(name)[..] {
            [value] => Some(value),
            _ => None,
        }
    }

    /// Returns all values of a header field.
    pub fn fields(&self, name: &str) -> Vec<&str> {
        // What is no text is still a value, and shall not be taken for none.
        self.fields.get_all(name).iter().map(|value| value.to_str().unwrap_or("(not a text)")).collect()
    }

    /// Returns the challenge, if there is one and no more.
    pub fn challenge(&self) -> Option<&str> {
        self.field("www-authenticate")
    }

    /// Returns a parameter of the challenge: `scope`, `error`.
    pub fn challenged(&self, parameter: &str) -> Option<&str> {
        let (_, mut rest) = self.challenge()?.split_once(' ')?;
        loop {
            let (name, value) = rest.trim_start_matches([',', ' ']).split_once("=\"")?;
            let (value, after) = value.split_once('"')?;
            if name == parameter {
                return Some(value);
            }
            rest = after;
        }
    }

    /// Returns the body as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json(&self) -> Outcome<Value> {
        serde_json::from_str(&self.body).map_err(|error| format!("{error}: {self:?}").into())
    }

    /// Returns a text in the body's JSON: of the member with this name, or, if it starts with a slash, where this JSON
    /// pointer (RFC 6901) leads.
    ///
    /// # Errors
    /// There is none.
    pub fn text(&self, name: &str) -> Outcome<String> {
        let json = self.json()?;
        let found = if name.starts_with('/') { json.pointer(name) } else { json.get(name) };
        let text = found.and_then(Value::as_str).map(str::to_owned);
        text.ok_or_else(|| format!("no text `{name}`: {self:?}").into())
    }

    /// Returns the names of the members of the body's JSON, sorted.
    ///
    /// # Errors
    /// It is no object.
    pub fn members(&self) -> Outcome<Vec<String>> {
        let json = self.json()?;
        let object = json.as_object().ok_or_else(|| format!("no object: {self:?}"))?;
        let mut names: Vec<String> = object.keys().cloned().collect();
        names.sort();
        Ok(names)
    }

    /// Returns a parameter of the address in `Location`, if it is there once.
    pub fn sent_with(&self, name: &str) -> Option<String> {
        let (_, query) = self.field("location")?.split_once('?')?;
        let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(other, _)| other == name);
        let (_, value) = found.next()?;
        found.next().is_none().then(|| value.into_owned())
    }

    /// Wants a status.
    ///
    /// # Errors
    /// It is another.
    pub fn expect(self, status: u16) -> Outcome<Self> {
        match self.status == status {
            true => Ok(self),
            false => Err(format!("expected {status}: {self:?}").into()),
        }
    }

    /// Wants what every refusal is: JSON, and kept by nobody (RFC 6749 §5.2, RFC 6750 §5.3).
    ///
    /// # Errors
    /// It is another answer.
    pub fn expect_refusal(self, status: u16) -> Outcome<Self> {
        let answer = self.expect(status)?;
        let is_kept_by_nobody = answer
            .fields("cache-control")
            .iter()
            .any(|field| field.split(',').any(|word| word.trim().eq_ignore_ascii_case("no-store")));
        if !is_kept_by_nobody {
            return Err(format!("expected `no-store`: {answer:?}").into());
        }
        let essence = answer.field("content-type").and_then(|field| field.split(';').next());
        if essence != Some("application/json") {
            return Err(format!("expected `application/json`: {answer:?}").into());
        }
        answer.json()?;
        Ok(answer)
    }

    /// Wants an error of a token endpoint: a refusal with the member `error`.
    ///
    /// # Errors
    /// It is another answer.
    pub fn expect_error(self, status: u16, error: &str) -> Outcome<Self> {
        let answer = self.expect_refusal(status)?;
        match answer.text("error")? == error {
            true => Ok(answer),
            false => Err(format!("expected `{error}`: {answer:?}").into()),
        }
    }

    /// Wants a refusal for want of scopes (RFC 6750 §3.1), with a challenge that names these: in any order.
    ///
    /// # Errors
    /// It is another answer.
    pub fn expect_scope(self, status: u16, scope: &str) -> Outcome<Self> {
        let answer = self.expect_refusal(status)?;
        let sorted = |text: &str| {
            let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            words.sort();
            words
        };
        let is_right = answer.challenged("error") == Some("insufficient_scope")
            && answer.challenged("scope").is_some_and(|found| sorted(found) == sorted(scope));
        match is_right {
            true => Ok(answer),
            false => Err(format!("expected insufficient_scope, `{scope}`: {answer:?}").into()),
        }
    }

    /// Wants a refusal of the token (RFC 6750 §3.1): 401 with `invalid_token`.
    ///
    /// # Errors
    /// It is another answer.
    pub fn expect_invalid_token(self) -> Outcome<Self> {
        let answer = self.expect_refusal(401)?;
        match answer.challenged("error") == Some("invalid_token") {
            true => Ok(answer),
            false => Err(format!("expected invalid_token: {answer:?}").into()),
        }
    }

    /// Wants what is answered to who has no token: 401, and a challenge without an error (RFC 6750 §3.1).
    ///
    /// # Errors
    /// It is another answer.
    pub fn expect_bare_challenge(self) -> Outcome<Self> {
        let answer = self.expect_refusal(401)?;
        let is_bare = |challenge: &str| {
            challenge.split(' ').next() == Some("Bearer") && answer.challenged("error").is_none()
        };
        match answer.challenge().is_some_and(is_bare) {
            true => Ok(answer),
            false => Err(format!("expected a bare challenge: {answer:?}").into()),
        }
    }

    /// Wants no challenge at all.
    ///
    /// # Errors
    /// There is one.
    pub fn expect_no_challenge(self) -> Outcome<Self> {
        match self.fields("www-authenticate").is_empty() {
            true => Ok(self),
            false => Err(format!("expected no challenge: {self:?}").into()),
        }
    }
}

/// All of it, for the message of a test that failed.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was answered {} {:?}\n{}", self.asked, self.status, self.fields, self.body)
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, challenges: &[&'static str], body: &str) -> Answer {
        let mut fields = HeaderMap::new();
        for challenge in challenges {
            fields.append("www-authenticate", HeaderValue::from_static(challenge));
        }
        fields.insert("cache-control", HeaderValue::from_static("private, no-store"));
        fields.insert("content-type", HeaderValue::from_static("application/json; charset=utf-8"));
        Answer { asked: "GET /".to_owned(), status, fields, body: body.to_owned() }
    }

    #[test]
    fn a_refusal_is_what_was_expected_or_a_failure() -> Outcome {
        let challenge = r#"Bearer realm="a, error=b", error="insufficient_scope", scope="one two""#;
        let refused = answer(403, &[challenge], "{}");
        assert_eq!(refused.challenged("realm"), Some("a, error=b"));
        assert_eq!((refused.challenged("rror"), refused.challenged("x")), (None, None));
        refused.clone().expect_scope(403, "two one")?;
        for (status, scope) in [(401, "one two"), (403, "one"), (403, "one two three")] {
            assert!(refused.clone().expect_scope(status, scope).is_err(), "{scope}");
        }
        for (challenges, is_bare, is_invalid) in [
            (&["Bearer"][..], true, false),
            (&[r#"Bearer realm="a""#], true, false),
            (&[r#"Bearer error="invalid_token""#], false, true),
            (&["Basic"], false, false),
            (&["Bearer", "Bearer"], false, false),
            (&[], false, false),
        ] {
            let refused = answer(401, challenges, "{}");
            assert_eq!(refused.clone().expect_bare_challenge().is_ok(), is_bare, "{challenges:?}");
            assert_eq!(refused.clone().expect_invalid_token().is_ok(), is_invalid, "{challenges:?}");
            assert_eq!(refused.expect_no_challenge().is_ok(), challenges.is_empty());
        }
        assert!(answer(403, &["Bearer"], "{}").expect_bare_challenge().is_err());
        let body = json!({"error": "invalid_scope", "a": {"b": "c"}}).to_string();
        let refused = answer(400, &[], &body).expect_error(400, "invalid_scope")?;
        assert_eq!((refused.text("/a/b")?, refused.members()?.len()), ("c".to_owned(), 2));
        assert!(refused.text("a").is_err() && refused.clone().expect_error(400, "invalid").is_err());
        assert!(refused.expect_error(401, "invalid_scope").is_err());
        Ok(())
    }

    #[test]
    fn every_refusal_is_json_and_kept_by_nobody() -> Outcome {
        let scope = r#"Bearer error="insufficient_scope", scope="one""#;
        let invalid = r#"Bearer error="invalid_token""#;
        let refused = |change: &dyn Fn(&mut Answer)| -> [bool; 4] {
            let changed = |status, challenge: &'static str| {
                let mut answer = answer(status, &[challenge], r#"{"error":"one"}"#);
                change(&mut answer);
                answer
            };
            [
                changed(400, "Basic").expect_error(400, "one").is_ok(),
                changed(403, scope).expect_scope(403, "one").is_ok(),
                changed(401, invalid).expect_invalid_token().is_ok(),
                changed(401, "Bearer").expect_bare_challenge().is_ok(),
            ]
        };
        let without = |name: &'static str| {
            refused(&move |answer| {
                answer.fields.remove(name);
            })
        };
        let with = |name: &'static str, value: &'static str| {
            refused(&move |answer| {
                answer.fields.insert(name, HeaderValue::from_static(value));
            })
        };
        assert_eq!(refused(&|_| ()), [true; 4]);
        assert_eq!(with("cache-control", "No-Store"), [true; 4]);
        assert_eq!(without("cache-control"), [false; 4]);
        assert_eq!(with("cache-control", "no-cache, x-no-store"), [false; 4]);
        assert_eq!(without("content-type"), [false; 4]);
        assert_eq!(with("content-type", "text/plain"), [false; 4]);
        for body in ["", "error=one", "{\"error\":\"one\""] {
            assert_eq!(refused(&|answer| body.clone_into(&mut answer.body)), [false; 4], "{body}");
        }
        Ok(())
    }
}
