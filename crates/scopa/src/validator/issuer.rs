use std::error::Error;
use std::sync::Arc;

use crate::InvalidToken;
use crate::claims::Claims;
use crate::clock::Clock;
use crate::fetch::BoxFuture;
use crate::introspect::{Introspector, Verdict};
use crate::jws::Jws;
use crate::key::{Attempt, Keys, LaterKeys};
use crate::rules::Rules;
use crate::scope::Hierarchy;

/// One issuer of a validator: what its tokens must say, and by what they are proven.
pub(super) struct Issuer {
    pub(super) rules: Arc<Rules>,
    pub(super) hierarchy: Hierarchy,
    /// Without them every token is asked about.
    pub(super) keys: Option<Arc<Keys>>,
    pub(super) introspector: Option<Arc<Introspector>>,
    pub(super) clock: Arc<dyn Clock>,
}

/// The claims of a good token, and what the issuer's scopes mean.
pub(super) struct Accepted {
    pub(super) claims: Claims,
    pub(super) hierarchy: Hierarchy,
}

/// Why there are no claims.
pub(super) enum Failure {
    Invalid(InvalidToken),
    Unavailable(Box<dyn Error + Send + Sync>),
    /// Says how to mend it.
    Misconfigured(String),
}

pub(super) type Judgement = Result<Accepted, Failure>;

/// A judgement, now or later.
pub(super) enum Step {
    Done(Judgement),
    Later(BoxFuture<'static, Judgement>),
}

impl Issuer {
    /// Judges a token: at once if the keys at hand can settle it.
    pub(super) fn judge(self: &Arc<Self>, token: &str) -> Step {
        // Without keys it does not matter what a token is made of: its issuer knows.
        let Some(keys) = &self.keys else { return self.judge_opaque(token) };
        match Jws::parse(token) {
            Ok(jws) => self.judge_jwt(token, &jws, keys),
            Err(why) if is_opaque(&why) && self.introspector.is_some() => self.judge_opaque(token),
            Err(why) => Step::invalid(why),
        }
    }

    fn judge_jwt(self: &Arc<Self>, token: &str, jws: &Jws<'_>, keys: &Keys) -> Step {
        let algorithm = match self.rules.check_header(jws) {
            Ok(algorithm) => algorithm,
            Err(why) => return Step::invalid(why),
        };
        let is_ours = || jws.unproven_issuer().is_ok_and(|issuer| issuer == self.rules.issuer);
        match keys.verify(algorithm, jws, is_ours) {
            Attempt::Verified => Step::Done(self.accept(jws)),
            Attempt::Failed(why) => Step::invalid(why),
            Attempt::OutOfReach(error) => Step::Done(Err(Failure::Unavailable(error))),
            Attempt::Later(later) => Step::Later(Box::pin(self.clone().judge_later(token.to_owned(), later))),
        }
    }

    async fn judge_later(self: Arc<Self>, token: String, later: LaterKeys) -> Judgement {
        let newer = later.keys().await.map_err(Failure::Unavailable)?;
        // Read again: what was borrowed from the request is gone.
        let jws = Jws::parse(&token)?;
        let algorithm = self.rules.check_header(&jws)?;
        if let Some(keys) = &self.keys {
            keys.verify_with(&newer, algorithm, &jws)?;
        }
        self.accept(&jws)
    }

    /// Judges the claims of a token whose signature has been verified.
    fn accept(&self, jws: &Jws<'_>) -> Judgement {
        let claims = self.rules.check_claims(jws, self.clock.now())?;
        Ok(Accepted { claims, hierarchy: self.hierarchy.clone() })
    }

    fn judge_opaque(self: &Arc<Self>, token: &str) -> Step {
        let Some(introspector) = &self.introspector else {
            return Step::invalid(InvalidToken::NotAJwt("nobody can be asked about it"));
        };
        if let Some(verdict) = introspector.known(token) {
            return Step::Done(self.conclude(verdict));
        }
        match introspector.ask(token.to_owned()) {
            Err(error) => Step::Done(Err(Failure::Unavailable(error.into()))),
            Ok(answer) => {
                let issuer = self.clone();
                Step::Later(Box::pin(async move {
                    let verdict = answer.await.map_err(|error| Failure::Unavailable(error.into()))?;
                    issuer.conclude(verdict)
                }))
            }
        }
    }

    fn conclude(&self, verdict: Verdict) -> Judgement {
        match verdict {
            Verdict::Accepted(claims) => {
                Ok(Accepted { claims: Claims::clone(&claims), hierarchy: self.hierarchy.clone() })
            }
            Verdict::Refused(why) => Err(why.into()),
        }
    }
}

/// Tells whether a text that is no signed JWT may be a token that only its issuer can read.
pub(super) fn is_opaque(why: &InvalidToken) -> bool {
    matches!(why, InvalidToken::NotAJwt(_) | InvalidToken::Encrypted)
}

impl Step {
    pub(super) fn invalid(why: InvalidToken) -> Self {
        Self::Done(Err(why.into()))
    }
}

impl From<InvalidToken> for Failure {
    fn from(why: InvalidToken) -> Self {
        Self::Invalid(why)
    }
}
