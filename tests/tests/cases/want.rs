//! What is expected of an answer and of the log. The literal bytes of every kind of answer stand here, once.

use super::client::Answer;

/// What is expected of one request.
#[derive(Debug, Clone)]
pub(crate) struct Want {
    pub(crate) answer: Answer,
    log: Option<Line>,
}

/// A line of the log, by what must be in it.
#[derive(Debug, Clone)]
struct Line {
    level: &'static str,
    parts: Vec<String>,
}

impl Want {
    fn refused(status: u16, challenge: Option<&str>, body: &str, level: &'static str, kind: &str) -> Self {
        Self {
            answer: Answer {
                status,
                challenges: challenge.map(str::to_owned).into_iter().collect(),
                body: body.to_owned(),
                content_type: Some("application/json".into()),
                cache_control: Some("no-store".into()),
                retry_after: None,
            },
            log: Some(Line { level, parts: vec![format!("error.type=\"{kind}\"")] }),
        }
    }

    fn logs(mut self, part: impl Into<String>) -> Self {
        if let Some(line) = &mut self.log {
            line.parts.push(part.into());
        }
        self
    }

    /// The same with another status.
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.answer.status = status;
        self
    }

    /// The same with another challenge.
    pub(crate) fn challenge(mut self, challenge: &str) -> Self {
        self.answer.challenges = vec![challenge.to_owned()];
        self
    }

    /// The same to a request for the fields alone.
    pub(crate) fn without_body(mut self) -> Self {
        self.answer.body.clear();
        self
    }

    /// The same where the refusal is the handler's own word, which scopa does not log.
    pub(crate) fn without_log(mut self) -> Self {
        self.log = None;
        self
    }

    /// Returns the scopes that the answer asks for.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.answer.challenges.first()?.split("scope=\"").nth(1)?.split('"').next()
    }

    /// Tells what is wrong with the log. What is only for debugging counts where nothing else is expected to be said;
    /// what was fetched meanwhile is told apart from what is said of the request.
    pub(crate) fn fault_in(&self, log: &[String]) -> Option<String> {
        let log: Vec<&String> = log.iter().filter(|line| !line.contains("fetch.kind=")).collect();
        let Some(want) = &self.log else {
            let said: Vec<_> = log.iter().filter(|line| !line.trim_start().starts_with("DEBUG")).collect();
            return (!said.is_empty()).then(|| format!("nothing to log, but: {said:?}"));
        };
        let status = format!(" status={}", self.answer.status);
        let is_right = |line: &&String| {
            line.trim_start().starts_with(want.level)
                && line.contains(&status)
                && want.parts.iter().all(|part| line.contains(part))
        };
        (log.len() != 1 || !log.iter().all(is_right))
            .then(|| format!("expected one line with {want:?}, but: {log:?}"))
    }
}

/// The page, shown to `user-1`, whom the test issuer's tokens are for.
pub(crate) fn page() -> Want {
    page_for(r#""user-1""#)
}

/// The page, shown to somebody without a name.
pub(crate) fn anonymous() -> Want {
    page_for("null")
}

/// The page, shown to a subject that is written as JSON.
pub(crate) fn page_for(subject: &str) -> Want {
    let answer = Answer {
        status: 200,
        challenges: Vec::new(),
        body: format!(r#"{{"sub":{subject}}}"#),
        content_type: Some("application/json".into()),
        cache_control: None,
        retry_after: None,
    };
    Want { answer, log: None }
}

pub(crate) fn not_found() -> Want {
    let answer = Answer { status: 404, content_type: None, body: String::new(), ..anonymous().answer };
    Want { answer, log: None }
}

pub(crate) fn no_token() -> Want {
    Want::refused(401, Some("Bearer"), "{}", "DEBUG", "missing_token")
}

pub(crate) fn bad_request() -> Want {
    Want::refused(
        400,
        Some(r#"Bearer error="invalid_request", error_description="the credentials are malformed""#),
        r#"{"error":"invalid_request","error_description":"the credentials are malformed"}"#,
        "INFO",
        "invalid_request",
    )
}

/// The one answer to every bad token; only the log knows the reason.
pub(crate) fn bad_token(reason: &str) -> Want {
    Want::refused(
        401,
        Some(r#"Bearer error="invalid_token", error_description="the access token is invalid or expired""#),
        r#"{"error":"invalid_token","error_description":"the access token is invalid or expired"}"#,
        "INFO",
        "invalid_token",
    )
    .logs(format!("reason=\"{reason}\""))
}

pub(crate) fn needs(scope: &str) -> Want {
    let description = "the access token lacks the scope that is needed";
    Want::refused(
        403,
        Some(&format!(
            r#"Bearer error="insufficient_scope", error_description="{description}", scope="{scope}""#
        )),
        &format!(r#"{{"error":"insufficient_scope","error_description":"{description}","scope":"{scope}"}}"#),
        "INFO",
        "insufficient_scope",
    )
    .logs(format!("scope=\"{scope}\""))
}

/// A scope is missing that cannot exist, as for a value that no scope can hold.
pub(crate) fn needs_what_cannot_be() -> Want {
    Want::refused(
        403,
        Some(
            r#"Bearer error="insufficient_scope", error_description="the access token lacks the scope that is needed""#,
        ),
        r#"{"error":"insufficient_scope","error_description":"the access token lacks the scope that is needed"}"#,
        "INFO",
        "insufficient_scope",
    )
}

pub(crate) fn forbidden() -> Want {
    let body = r#"{"error":"forbidden","error_description":"not allowed for this caller"}"#;
    Want::refused(403, None, body, "INFO", "forbidden")
}

pub(crate) fn unavailable() -> Want {
    let body = r#"{"error":"temporarily_unavailable","error_description":"the access token cannot be checked right now"}"#;
    let mut want = Want::refused(503, None, body, "WARN", "temporarily_unavailable");
    want.answer.retry_after = Some("5".into());
    want
}

/// Our own mistake: the log says how to mend it.
pub(crate) fn misconfigured(fix: &str) -> Want {
    let body = r#"{"error":"server_error","error_description":"the service is misconfigured"}"#;
    Want::refused(500, None, body, "ERROR", "server_error").logs(fix)
}
