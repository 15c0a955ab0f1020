use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use http::header::CONTENT_TYPE;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::InvalidToken;
use crate::claims::{Claims, Origin};
use crate::clock::Clock;
use crate::discover::Discovery;
use crate::fetch::{Answer, Fetch, FetchError, LONGEST_ANSWER, exchange, within};
use crate::flight::{Passenger, board};
use crate::json::Object;
use crate::jws::{DEEPEST_CLAIMS, Jws};
use crate::key::{Attempt, Keys, digest};
use crate::rules::{Form, Rules};
use crate::telemetry;

use super::{Introspection, answer};

/// Asks the introspection endpoint of one issuer, and keeps its answers for a while.
pub(crate) struct Introspector {
    pub(crate) settings: Introspection,
    pub(crate) fetch: Arc<dyn Fetch>,
    pub(crate) clock: Arc<dyn Clock>,
    /// Where the endpoint is looked up, unless the settings name it.
    pub(crate) discovery: Option<Arc<Discovery>>,
    /// What a signed answer is verified with.
    pub(crate) keys: Option<Arc<Keys>>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) memory: Memory,
}

/// What the issuer says of a token.
#[derive(Clone)]
pub(crate) enum Verdict {
    Accepted(Arc<Claims>),
    Refused(InvalidToken),
}

type Outcome = Result<Verdict, FetchError>;
type Digest = [u8; 32];

/// Answers that are still good, and questions that are under way.
pub(crate) struct Memory {
    known: Cache<Digest, Known, Bytes>,
    asked: Mutex<HashMap<Digest, Option<Passenger<Outcome>>>>,
}

#[derive(Clone)]
struct Known {
    verdict: Verdict,
    /// By the clock that never goes back.
    until: Duration,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Digest, Known> for Bytes {
    fn weight(&self, _: &Digest, known: &Known) -> u64 {
        let content = match &known.verdict {
            Verdict::Accepted(claims) => claims.weight(),
            Verdict::Refused(_) => 0,
        };
        u64::try_from(content).unwrap_or(u64::MAX).saturating_add(512)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self { known: Cache::with_weighter(EXPECTED_ANSWERS, MOST_BYTES, Bytes), asked: Mutex::default() }
    }
}

impl Introspector {
    /// Returns what is known of a token, if it is known.
    pub(crate) fn known(&self, token: &str) -> Option<Verdict> {
        let known = self.memory.known.get(&digest(token.as_bytes()))?;
        if self.clock.elapsed() >= known.until {
            return None;
        }
        telemetry::introspected("cache");
        Some(match known.verdict {
            // RFC 7662 §4: an answer that is kept does not outlive the token.
            Verdict::Accepted(claims) => match self.rules.check_again(&claims, self.clock.now()) {
                Ok(()) => Verdict::Accepted(claims),
                Err(why) => Verdict::Refused(why),
            },
            refused => refused,
        })
    }

    /// Asks about a token; those who ask about the same token at the same time share one question.
    ///
    /// # Errors
    /// No verdict came: nobody knows whether the token is good.
    pub(crate) fn ask(
        self: &Arc<Self>,
        token: String,
    ) -> Result<impl Future<Output = Outcome> + Send + use<>, FetchError> {
        let digest = digest(token.as_bytes());
        let (passenger, pilot) = {
            let mut asked = self.asked();
            if asked.len() >= MOST_QUESTIONS && !asked.contains_key(&digest) {
                asked.retain(|_, flight| flight.as_ref().is_some_and(Passenger::is_under_way));
                if asked.len() >= MOST_QUESTIONS {
                    return Err(FetchError::new("busy", "too many tokens are being asked about"));
                }
            }
            board(asked.entry(digest).or_default())
        };
        if let Some(pilot) = pilot {
            let introspector = self.clone();
            self.fetch.spawn(Box::pin(async move {
                // It may have been answered between a look and the question; what is kept is not kept for longer by that.
                let outcome = match introspector.known(&token) {
                    Some(verdict) => Ok(verdict),
                    None => introspector.fresh(digest, &token).await,
                };
                introspector.asked().remove(&digest);
                pilot.land(outcome);
            }));
        } else {
            telemetry::introspected("merged");
        }
        let fetch = self.fetch.clone();
        Ok(async move {
            match within(&*fetch, LONGEST_WAIT, passenger).await {
                Some(Some(outcome)) => outcome,
                Some(None) => Err(FetchError::new("lost", "the question was given up before its end")),
                None => Err(FetchError::new("timeout", "the introspection endpoint has not answered yet")),
            }
        })
    }

    /// Asks the endpoint, tells of it, and keeps what it says.
    async fn fresh(&self, digest: Digest, token: &str) -> Outcome {
        let outcome = self.question(token).await;
        telemetry::fetched("introspection", &self.rules.issuer, outcome.as_ref().map(|_| "ok"));
        if let Ok(verdict) = &outcome {
            self.keep(digest, verdict);
        }
        outcome
    }

    async fn question(&self, token: &str) -> Outcome {
        let url = self.endpoint().await?;
        let request = answer::question(&self.settings, &url, token)?;
        telemetry::introspected("endpoint");
        let exchanged = exchange(&*self.fetch, request, LONGEST_ANSWER).await;
        let has_moved = match &exchanged {
            Ok(answer) => matches!(
                answer.status,
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE
            ),
            Err(error) => matches!(error.code, "redirect" | "transport" | "timeout"),
        };
        if let (true, Some(discovery)) = (has_moved, &self.discovery) {
            discovery.doubt();
        }
        let answer = exchanged?;
        let is_about_us = matches!(answer.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let answer = answer.ok().map_err(|error| match is_about_us {
            true => {
                let text = format!("{error}; does the endpoint know this client and its secret?");
                FetchError::new(error.code, text).at(&url)
            }
            false => error.at(&url),
        })?;
        let members = match self.settings.is_signed {
            true => self.verified(answer).await?,
            false => answer.body,
        };
        let Some(members) = answer::verdict(members)? else {
            return Ok(Verdict::Refused(InvalidToken::Inactive));
        };
        let now = self.clock.now();
        let form = Form::Answer {
            scope_claim: &self.settings.scope_claim,
            is_audience_optional: self.settings.is_audience_optional,
            lasts_until: now.saturating_add(self.settings.cache_for.as_secs().max(1)),
        };
        let text = std::str::from_utf8(&members).unwrap_or_default();
        let judged = Object::parse(text.as_bytes(), DEEPEST_CLAIMS).map_err(InvalidToken::NotAJwt);
        Ok(
            match judged.as_ref().map_err(Clone::clone).and_then(|claims| self.rules.check(claims, form, now))
            {
                Ok(judged) => Verdict::Accepted(Arc::new(Claims::new(Origin::Json(text), judged))),
                Err(why) => Verdict::Refused(why),
            },
        )
    }

    async fn endpoint(&self) -> Result<String, FetchError> {
        if let Some(endpoint) = &self.settings.endpoint {
            return Ok(endpoint.clone());
        }
        let Some(discovery) = &self.discovery else {
            return Err(FetchError::new(
                "address",
                "no endpoint is known; set it with `Introspection::endpoint`",
            ));
        };
        let metadata = discovery.metadata().await?;
        metadata.introspection_endpoint().map(str::to_owned).inspect_err(|_| discovery.doubt())
    }

    /// Verifies a signed answer (RFC 9701 §5) and returns what it says of the token.
    async fn verified(&self, answer: Answer) -> Result<Vec<u8>, FetchError> {
        let junk = |text: &str| FetchError::new("junk", format!("the introspection answer {text}"));
        let media_type = answer.header(CONTENT_TYPE).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case(answer::SIGNED) {
            return Err(junk("is not signed, and only signed ones are taken"));
        }
        let text = std::str::from_utf8(&answer.body).map_err(|_| junk("is not a JWT"))?;
        let failed = |why: InvalidToken| junk(&format!("cannot be verified: {why}"));
        let jws = Jws::parse(text.trim_ascii()).map_err(failed)?;
        if jws.media_type() != Some("token-introspection+jwt") {
            return Err(junk("has another `typ`, expected `token-introspection+jwt`"));
        }
        let algorithm = self.rules.check_algorithm(&jws).map_err(failed)?;
        let keys = self.keys.as_ref().ok_or_else(|| junk("cannot be verified without keys"))?;
        match keys.verify(algorithm, &jws, || true) {
            Attempt::Verified(_) => {}
            Attempt::Failed(why) => return Err(failed(why)),
            Attempt::OutOfReach(error) => return Err(junk(&format!("cannot be verified: {error}"))),
            Attempt::Later(later) => {
                let newer =
                    later.keys().await.map_err(|error| junk(&format!("cannot be verified: {error}")))?;
                keys.verify_with(&newer, algorithm, &jws).map_err(failed)?;
            }
        }
        answer::unwrap_signed(&jws, &self.rules, &self.settings.client_id, self.clock.now())
    }

    fn keep(&self, digest: Digest, verdict: &Verdict) {
        let most = self.settings.cache_for;
        let time = match verdict {
            Verdict::Refused(_) => most.min(LONGEST_REFUSED),
            Verdict::Accepted(claims) => {
                most.min(Duration::from_secs(claims.expires_at.saturating_sub(self.clock.now())))
            }
        };
        if !time.is_zero() {
            let until = self.clock.elapsed().saturating_add(time);
            self.memory.known.insert(digest, Known { verdict: verdict.clone(), until });
        }
    }

    fn asked(&self) -> MutexGuard<'_, HashMap<Digest, Option<Passenger<Outcome>>>> {
        self.memory.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a request waits for a verdict: so that its caller has an answer within five seconds.
const LONGEST_WAIT: Duration = Duration::from_millis(4500);

/// How long it is kept that a token is not good.
const LONGEST_REFUSED: Duration = Duration::from_secs(5);

/// Answers about this many tokens are kept, in at most so many bytes.
const EXPECTED_ANSWERS: usize = 10_000;
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Different tokens that are asked about at the same time.
const MOST_QUESTIONS: usize = 1024;
