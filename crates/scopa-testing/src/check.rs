//! Decides whether routes are protected. How they are asked is for [`routes`](crate::routes) and `actix`.

use std::panic::Location;

use crate::issuer::TestIssuer;

/// A walk over the routes of a service, with several requests to each.
#[derive(Debug)]
pub(crate) struct Check {
    routes: Vec<(String, String)>,
    probes: Vec<Probe>,
    holes: Vec<String>,
    /// Where the test called: an async function cannot be `#[track_caller]`.
    caller: &'static Location<'static>,
}

/// One kind of request, and what must come back.
#[derive(Debug, Clone)]
struct Probe {
    what: &'static str,
    authorization: Option<String>,
    wanted: Wanted,
}

#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// 401 with a `Bearer` challenge (RFC 6750 §3).
    Challenge,
    /// 403: the token is good, and it is not enough.
    Forbidden,
    /// Anything but 401: the token is good.
    Trust,
}

/// A request to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    what: &'static str,
    wanted: Wanted,
}

/// What came back: the status and all `WWW-Authenticate` fields, or why nothing did.
pub(crate) type Answer = Result<(u16, Vec<String>), String>;

impl Check {
    /// Checks that each route asks for a token, and for more than that it is good.
    #[track_caller]
    pub(crate) fn protected(issuer: &TestIssuer, routes: &[(&str, &str)]) -> Self {
        let mut check = Self::new(issuer, routes);
        check.probes.push(Probe {
            what: "with a token without any scope",
            authorization: Some(issuer.token().without("scope").bearer()),
            wanted: Wanted::Forbidden,
        });
        check
    }

    /// Checks that each route asks for a token.
    #[track_caller]
    pub(crate) fn authenticated(issuer: &TestIssuer, routes: &[(&str, &str)]) -> Self {
        let mut check = Self::new(issuer, routes);
        check.probes.push(Probe {
            what: "with a good token",
            authorization: Some(issuer.token().bearer()),
            wanted: Wanted::Trust,
        });
        check
    }

    #[track_caller]
    fn new(issuer: &TestIssuer, routes: &[(&str, &str)]) -> Self {
        let none = Probe { what: "without a token", authorization: None, wanted: Wanted::Challenge };
        let forged = Probe {
            what: "with a forged token",
            authorization: Some(issuer.token().signed_by_a_stranger().bearer()),
            wanted: Wanted::Challenge,
        };
        Self {
            routes: routes.iter().map(|(method, path)| ((*method).into(), (*path).into())).collect(),
            probes: vec![none, forged],
            holes: Vec::new(),
            caller: Location::caller(),
        }
    }

    /// Returns every request to send.
    pub(crate) fn questions(&self) -> Vec<Question> {
        let ask = |(method, path): &(String, String), probe: &Probe| Question {
            method: method.clone(),
            path: path.clone(),
            authorization: probe.authorization.clone(),
            what: probe.what,
            wanted: probe.wanted,
        };
        self.routes.iter().flat_map(|route| self.probes.iter().map(move |probe| ask(route, probe))).collect()
    }

    /// Judges what came back.
    pub(crate) fn hear(&mut self, question: &Question, answer: Answer) {
        let Question { method, path, what, wanted, .. } = question;
        let found = match answer {
            Ok((401, challenges)) if challenges.iter().any(|field| has_bearer(field)) => match wanted {
                Wanted::Challenge => return,
                Wanted::Forbidden | Wanted::Trust => "401".to_owned(),
            },
            Ok((401, _)) => "401 without a `Bearer` challenge".to_owned(),
            Ok((403, _)) if matches!(wanted, Wanted::Forbidden) => return,
            Ok(_) if matches!(wanted, Wanted::Trust) => return,
            Ok((404, _)) => "404 (is the route there?)".to_owned(),
            Ok((status, _)) => status.to_string(),
            Err(why) => format!("no answer: {why}"),
        };
        let wanted = match wanted {
            Wanted::Challenge => "401 with a `Bearer` challenge",
            Wanted::Forbidden => "403",
            Wanted::Trust => "anything but 401",
        };
        self.holes.push(format!("{method} {path} {what}: expected {wanted}, got {found}"));
    }

    /// Stops the test if there is a hole, and names them all.
    #[expect(clippy::panic, reason = "an assertion: this is how it fails a test")]
    pub(crate) fn conclude(self) {
        let Self { routes, holes, caller, .. } = self;
        if routes.is_empty() {
            panic!("no routes to check; list each as (\"GET\", \"/path\") (called at {caller})");
        }
        if !holes.is_empty() {
            panic!(
                "routes are not protected as they should be (called at {caller}):\n  {}",
                holes.join("\n  ")
            );
        }
    }
}

/// Tells whether one of the challenges of a field, separated by commas, is for `Bearer` (RFC 9110 §11.6.1).
fn has_bearer(field: &str) -> bool {
    field
        .split(',')
        .filter_map(|challenge| challenge.split_whitespace().next())
        .any(|scheme| scheme.eq_ignore_ascii_case("bearer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_challenge_is_known_by_its_scheme() {
        for (field, expected) in [
            ("Bearer", true),
            ("bearer error=\"invalid_token\"", true),
            ("Basic realm=\"x\", Bearer", true),
            ("Basic realm=\"bearer\"", false),
            ("Bearers", false),
            ("", false),
        ] {
            assert_eq!(has_bearer(field), expected, "{field}");
        }
    }

    #[test]
    fn every_answer_is_judged_by_what_was_asked() {
        let bearer = || vec!["Bearer".to_owned()];
        let table: [(Wanted, Answer, bool); 12] = [
            (Wanted::Challenge, Ok((401, bearer())), true),
            (Wanted::Challenge, Ok((401, Vec::new())), false),
            (Wanted::Challenge, Ok((200, bearer())), false),
            (Wanted::Challenge, Ok((403, bearer())), false),
            (Wanted::Forbidden, Ok((403, Vec::new())), true),
            (Wanted::Forbidden, Ok((401, bearer())), false),
            (Wanted::Forbidden, Ok((404, Vec::new())), false),
            (Wanted::Trust, Ok((200, Vec::new())), true),
            (Wanted::Trust, Ok((422, Vec::new())), true),
            (Wanted::Trust, Ok((401, bearer())), false),
            (Wanted::Trust, Ok((401, Vec::new())), false),
            (Wanted::Trust, Err("gone".into()), false),
        ];
        for (wanted, answer, passes) in table {
            let mut check = Check::protected(&TestIssuer::new(), &[("GET", "/")]);
            let question = Question { wanted, ..check.questions().remove(0) };
            check.hear(&question, answer.clone());
            assert_eq!(check.holes.is_empty(), passes, "{wanted:?} {answer:?}");
        }
    }
}
