use std::collections::HashMap;
use std::sync::Arc;

use crate::InvalidToken;
use crate::access::Access;
use crate::invalid::quoted;
use crate::json::{Object, Value};
use crate::jws::{DEEPEST_CLAIMS, Headers, Jws, Payload};

use super::issuer::{Issuer, Step, is_opaque};
use super::tenants::Tenants;

/// The issuers of a validator, one for each token.
pub(super) enum Issuers {
    One(Arc<Issuer>),
    Several(Several),
}

/// Issuers told apart by `iss`.
pub(super) struct Several {
    by_name: HashMap<String, Arc<Issuer>>,
    /// In the order they were given.
    all: Vec<Arc<Issuer>>,
    /// Whom opaque tokens are asked about: they do not say who issued them.
    opaque: Option<Arc<Issuer>>,
    tenants: Option<Tenants>,
    headers: Arc<Headers>,
}

impl Issuers {
    pub(super) fn new(all: Vec<Arc<Issuer>>, tenants: Option<Tenants>, headers: Arc<Headers>) -> Self {
        if let ([only], None) = (all.as_slice(), &tenants) {
            return Self::One(only.clone());
        }
        let by_name = all.iter().map(|issuer| (issuer.rules.issuer.clone(), issuer.clone())).collect();
        let opaque = all.iter().find(|issuer| issuer.introspector.is_some()).cloned();
        Self::Several(Several { by_name, all, opaque, tenants, headers })
    }

    /// Judges a token by the rules of the issuer that it is of.
    pub(super) fn judge(&self, token: &str) -> Step {
        match self {
            Self::One(issuer) => issuer.judge(token),
            Self::Several(several) => several.judge(token),
        }
    }

    /// Tells whether a token that was accepted before would be accepted now.
    pub(super) fn vouch_for(&self, access: &Access) -> bool {
        match self {
            Self::One(issuer) => issuer.vouches_for(access),
            Self::Several(several) => several.vouch_for(access),
        }
    }

    /// Returns the issuers that were there from the start.
    pub(super) fn fixed(&self) -> &[Arc<Issuer>] {
        match self {
            Self::One(issuer) => std::slice::from_ref(issuer),
            Self::Several(several) => &several.all,
        }
    }

    /// Returns the tenants that are known at present.
    pub(super) fn tenants(&self) -> Vec<Arc<Issuer>> {
        match self {
            Self::One(_) => Vec::new(),
            Self::Several(several) => several.tenants.iter().flat_map(Tenants::present).collect(),
        }
    }

    /// Returns all of them.
    pub(super) fn present(&self) -> Vec<Arc<Issuer>> {
        self.fixed().iter().cloned().chain(self.tenants()).collect()
    }
}

impl Several {
    /// The word of the token chooses whose keys are tried, and nothing else: those keys then prove it or do not.
    fn judge(&self, token: &str) -> Step {
        let jws = match (Jws::parse_knowing(token, &self.headers), &self.opaque) {
            (Ok(jws), _) => jws,
            (Err(why), Some(issuer)) if is_opaque(&why) => return issuer.judge(token),
            (Err(why), _) => return Step::invalid(why),
        };
        let mut space = Payload::empty();
        let claims = jws
            .payload(&mut space)
            .and_then(|payload| Object::parse(payload, DEEPEST_CLAIMS).map_err(InvalidToken::NotAJwt));
        let claims = match claims {
            Ok(claims) => claims,
            Err(why) => return Step::invalid(why),
        };
        let name = match claims.get("iss").map(Value::as_str) {
            Some(Some(name)) => name,
            Some(None) => return Step::invalid(InvalidToken::MalformedClaim("iss".into())),
            None => return Step::invalid(InvalidToken::MissingClaim("iss")),
        };
        if let Some(issuer) = self.by_name.get(name) {
            return issuer.judge_read(&jws, &claims);
        }
        let unknown =
            || Step::invalid(InvalidToken::WrongIssuer { found: quoted(name), expected: self.names() });
        let Some(tenants) = &self.tenants else { return unknown() };
        match tenants.find(name) {
            Ok(Some(issuer)) => {
                let step = issuer.judge_read(&jws, &claims);
                if let Step::Done(Ok(_)) = step {
                    tenants.note_use(name);
                }
                step
            }
            Ok(None) => unknown(),
            Err(failure) => Step::Done(Err(failure)),
        }
    }

    /// Tells whether the issuer of a token that was accepted before would accept it now.
    fn vouch_for(&self, access: &Access) -> bool {
        let name = access.issuer();
        if let Some(issuer) = self.by_name.get(name) {
            return issuer.vouches_for(access);
        }
        let Some(tenants) = &self.tenants else { return false };
        let is_good = tenants.find_present(name).is_some_and(|issuer| issuer.vouches_for(access));
        if is_good {
            tenants.note_use(name);
        }
        is_good
    }

    fn names(&self) -> String {
        let names = self.all.iter().take(MOST_NAMES).map(|issuer| &*issuer.rules.issuer);
        let more = self.all.len() > MOST_NAMES || self.tenants.is_some();
        let names: Vec<&str> = names.chain(more.then_some("…")).collect();
        names.join("` or `")
    }
}

/// In a log line.
const MOST_NAMES: usize = 3;
