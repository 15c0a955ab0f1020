use std::error::Error;
use std::sync::Arc;

use crate::InvalidToken;
use crate::access::Access;
use crate::base64url::encoded_digest;
use crate::claims::{Claims, Origin};
use crate::clock::Clock;
use crate::fetch::BoxFuture;
use crate::introspect::{Introspector, Verdict};
use crate::json::Object;
use crate::jws::{DEEPEST_CLAIMS, Headers, Jws, Payload};
use crate::key::{Attempt, Keys, LaterKeys, SigningKey, digest};
use crate::rules::{Form, Rules};
use crate::token_cache::Mark;

/// One issuer of a validator: what its tokens must say, and by what they are proven.
pub(super) struct Issuer {
    pub(super) rules: Arc<Rules>,
    /// Without them every token is asked about.
    pub(super) keys: Option<Arc<Keys>>,
    pub(super) introspector: Option<Arc<Introspector>>,
    pub(super) common: Common,
}

/// What the issuers of a validator share.
#[derive(Clone)]
pub(super) struct Common {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) headers: Arc<Headers>,
    pub(super) mark: Mark,
}

/// The claims of a good token, whose they are, and what proved them if not the issuer's word.
pub(super) struct Accepted {
    pub(super) claims: Claims,
    pub(super) rules: Arc<Rules>,
    pub(super) key: Option<SigningKey>,
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
        match Jws::parse_knowing(token, &self.common.headers) {
            Ok(jws) => self.judge_jwt(&jws, keys, None),
            Err(why) if is_opaque(&why) && self.introspector.is_some() => self.judge_opaque(token),
            Err(why) => Step::invalid(why),
        }
    }

    /// Judges a token that was taken apart, and its claims read, to learn whose it is.
    pub(super) fn judge_read(self: &Arc<Self>, jws: &Jws<'_>, claims: &Object<'_>) -> Step {
        match &self.keys {
            Some(keys) => self.judge_jwt(jws, keys, Some(claims)),
            None => self.judge_opaque(jws.token()),
        }
    }

    fn judge_jwt(self: &Arc<Self>, jws: &Jws<'_>, keys: &Keys, claims: Option<&Object<'_>>) -> Step {
        let algorithm = match self.rules.check_header(jws) {
            Ok(algorithm) => algorithm,
            Err(why) => return Step::invalid(why),
        };
        let is_ours = || jws.unproven_issuer().is_ok_and(|issuer| issuer == self.rules.issuer);
        match keys.verify(algorithm, jws, is_ours) {
            Attempt::Verified(key) => Step::Done(self.accept(jws, key, claims)),
            Attempt::Failed(why) => Step::invalid(why),
            Attempt::OutOfReach(error) => Step::Done(Err(Failure::Unavailable(error))),
            Attempt::Later(later) => {
                Step::Later(Box::pin(self.clone().judge_later(jws.token().to_owned(), later)))
            }
        }
    }

    async fn judge_later(self: Arc<Self>, token: String, later: LaterKeys) -> Judgement {
        let newer = later.keys().await.map_err(Failure::Unavailable)?;
        // Read again: what was borrowed from the request is gone.
        let jws = Jws::parse_knowing(&token, &self.common.headers)?;
        let algorithm = self.rules.check_header(&jws)?;
        let Some(keys) = &self.keys else { return Err(InvalidToken::BadSignature.into()) };
        let key = keys.verify_with(&newer, algorithm, &jws)?;
        self.accept(&jws, key, None)
    }

    /// Judges the claims of a token whose signature has been verified; reads them if nobody has.
    fn accept(&self, jws: &Jws<'_>, key: SigningKey, claims: Option<&Object<'_>>) -> Judgement {
        let Some(claims) = claims else {
            let mut space = Payload::empty();
            let claims = Object::parse(jws.payload(&mut space)?, DEEPEST_CLAIMS);
            return self.accept(jws, key, Some(&claims.map_err(InvalidToken::NotAJwt)?));
        };
        let form = Form::Jwt { media_type: jws.media_type() };
        let judged = self.rules.check(claims, form, self.common.clock.now())?;
        jws.note_header(&self.common.headers);
        let stand_in;
        let origin = match self.mark() {
            Mark::Nothing => Origin::Encoded(jws.encoded_payload()),
            Mark::Token => Origin::Token(jws.token(), jws.payload_place()),
            Mark::Digest => {
                stand_in = encoded_digest(&digest(jws.token().as_bytes()));
                Origin::Digest(&stand_in, jws.encoded_payload())
            }
        };
        Ok(Accepted { claims: Claims::new(origin, judged), rules: self.rules.clone(), key: Some(key) })
    }

    /// What is kept of a token: nothing where nobody can vouch for it later.
    fn mark(&self) -> Mark {
        match &self.keys {
            Some(keys) if keys.can_vouch() => self.common.mark,
            _ => Mark::Nothing,
        }
    }

    /// Tells whether a token of this issuer that was accepted before would be accepted now.
    pub(super) fn vouches_for(&self, access: &Access) -> bool {
        let is_proven = |key| self.keys.as_ref().is_some_and(|keys| keys.vouch_for(key));
        access.is_under(&self.rules)
            && access.is_good_at(self.common.clock.now())
            && access.key().is_some_and(is_proven)
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
                Ok(Accepted { claims: Claims::clone(&claims), rules: self.rules.clone(), key: None })
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
