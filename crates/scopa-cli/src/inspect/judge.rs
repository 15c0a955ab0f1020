use std::error::Error as _;
use std::fmt;
use std::fs;

use scopa::{Access, HttpClient, InvalidToken, KeySet, Refusal, RefusalKind, Validator, ValidatorBuilder};
use serde_json::Value;

use crate::outcome::Failure;
use crate::time::{At, iso};
use crate::{plain, runtime};

use super::decoded::Decoded;
use super::mend;

/// What an API demands of a token.
pub(crate) struct Expected {
    pub(crate) issuer: String,
    pub(crate) audiences: Vec<String>,
    pub(crate) profile_is_strict: bool,
    pub(crate) now: u64,
}

/// Where the keys of an issuer come from.
pub(crate) enum KeysFrom {
    /// A file or an address.
    Jwks(String),
    Discovery,
}

impl Expected {
    /// Returns a validator that still lacks keys.
    fn validator(&self) -> ValidatorBuilder {
        let mut audiences = self.audiences.iter();
        let first = audiences.next().map(String::as_str).unwrap_or_default();
        let mut validator = Validator::builder(&self.issuer, first).clock(At(self.now));
        for other in audiences {
            validator = validator.audience(other);
        }
        if self.profile_is_strict { validator.rfc9068() } else { validator }
    }

    /// Returns a value of a claim that is not refused.
    pub(crate) fn good(&self, claim: &str) -> Value {
        match claim {
            "iss" => Value::from(self.issuer.as_str()),
            "aud" => self.audiences.first().map(String::as_str).unwrap_or_default().into(),
            "exp" => self.now.saturating_add(60).into(),
            "nbf" | "iat" => self.now.into(),
            _ => Value::from("mended"),
        }
    }

    /// Tells whether a token without this claim is refused.
    pub(crate) fn demands(&self, claim: &str) -> bool {
        ["iss", "aud", "exp"].contains(&claim)
            || (self.profile_is_strict && ["sub", "client_id", "iat", "jti"].contains(&claim))
    }
}

impl KeysFrom {
    fn of(&self, validator: ValidatorBuilder) -> Result<ValidatorBuilder, Failure> {
        Ok(match self {
            Self::Discovery => validator.discover(HttpClient::new()?),
            Self::Jwks(url) if url.starts_with("https://") || url.starts_with("http://") => {
                validator.jwks_uri(url, HttpClient::new()?)
            }
            Self::Jwks(file) if file.ends_with(".pem") => {
                let text = fs::read_to_string(file);
                let text = text.map_err(|error| Failure::new(format!("{}: {error}", plain::text(file))))?;
                validator.keys(KeySet::from_pem(&text)?)
            }
            Self::Jwks(file) => validator.keys(KeySet::from_jwks_file(file)?),
        })
    }
}

/// What an API would say of a token, and what it would say next.
pub(crate) struct Verdict {
    accepted: Option<Access>,
    faults: Vec<InvalidToken>,
    /// Whether nothing is left after the last fault.
    is_complete: bool,
}

impl Verdict {
    pub(crate) fn is_accepted(&self) -> bool {
        self.accepted.is_some()
    }
}

/// Judges a token by scopa's own validator, and after each refusal a copy in which what was refused is mended.
pub(crate) fn judge(
    token: &str,
    decoded: Option<Decoded>,
    expected: &Expected,
    keys: &KeysFrom,
) -> Result<Verdict, Failure> {
    let validator = keys.of(expected.validator())?.build()?;
    let first = match ask(&validator, token)? {
        Ok(access) => return Ok(Verdict { accepted: Some(access), faults: Vec::new(), is_complete: true }),
        Err(fault) => fault,
    };
    let mut verdict = Verdict { accepted: None, faults: vec![first], is_complete: false };
    let Some(mut copy) = decoded else { return Ok(verdict) };
    let validator = expected.validator().keys(mend::keys()?).build()?;
    while let Some(fault) = verdict.faults.last()
        && verdict.faults.len() < MOST_FAULTS
        && mend::mend(&mut copy, fault, expected)
    {
        match ask(&validator, &mend::signed(copy.clone()))? {
            Ok(_) => {
                verdict.is_complete = true;
                break;
            }
            Err(fault) if verdict.faults.contains(&fault) => break,
            Err(fault) => verdict.faults.push(fault),
        }
    }
    Ok(verdict)
}

fn ask(validator: &Validator, token: &str) -> Result<Result<Access, InvalidToken>, Failure> {
    let field = format!("Bearer {token}");
    let outcome = runtime()?.block_on(async { validator.authenticate([field.as_bytes()]).await });
    outcome.map(Ok).or_else(|refusal| why(&refusal).map(Err))
}

fn why(refusal: &Refusal) -> Result<InvalidToken, Failure> {
    let source = refusal.source();
    if let Some(invalid) = source.and_then(|source| source.downcast_ref::<InvalidToken>()) {
        return Ok(invalid.clone());
    }
    let detail = source.map_or_else(|| refusal.to_string(), ToString::to_string);
    Err(Failure::new(match refusal.kind() {
        RefusalKind::Unavailable => format!("the keys cannot be had: {}", plain::text(&detail)),
        _ => format!("this is no bearer token: {}", plain::text(&detail)),
    }))
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(access) = &self.accepted {
            let until = iso(access.expires_at()).unwrap_or_else(|| access.expires_at().to_string());
            let (subject, client) =
                (access.subject().unwrap_or("nobody"), access.client_id().unwrap_or("nobody"));
            return writeln!(
                f,
                "accepted: subject `{}`, client `{}`, scopes `{}`, until {until}",
                plain::text(subject),
                plain::text(client),
                access.scopes()
            );
        }
        writeln!(f, "refused")?;
        for (number, fault) in self.faults.iter().enumerate() {
            writeln!(
                f,
                "  {}. {} ({}){}",
                number + 1,
                plain::text(&fault.to_string()),
                fault.code(),
                times(fault)
            )?;
        }
        if self.faults.iter().any(hides_the_signature) {
            writeln!(f, "The signature was not checked: the header is refused before.")?;
        }
        if !self.is_complete {
            writeln!(f, "What would be next cannot be told before this is mended.")?;
        }
        Ok(())
    }
}

/// Returns the times of a fault as people read them.
fn times(fault: &InvalidToken) -> String {
    let (then, now) = match fault {
        InvalidToken::Expired { expires_at, now } => (expires_at, now),
        InvalidToken::NotYetValid { valid_from, now } => (valid_from, now),
        _ => return String::new(),
    };
    let told = iso(*then).zip(iso(*now));
    told.map_or_else(String::new, |(then, now)| format!(": {then}, it is {now}"))
}

/// Tells whether a fault is found before a key is looked for.
fn hides_the_signature(fault: &InvalidToken) -> bool {
    matches!(
        fault,
        InvalidToken::WrongType(_)
            | InvalidToken::AlgorithmNotAllowed(_)
            | InvalidToken::HeaderNotAllowed(_)
            | InvalidToken::Unsecured
    )
}

/// More than there are kinds of them.
const MOST_FAULTS: usize = 32;
