//! Which scopes a token is given.

use scopa::{Hierarchy, Scopes};

use crate::client::{Asked, Choice, ClientDraft};
use crate::error::{ErrorCode, OAuthError};

/// The scopes of an issuer, and what one token may hold of them.
#[derive(Debug, Clone)]
pub(crate) struct ScopeRules {
    pub(crate) hierarchy: Hierarchy,
    /// Declared scopes, templates mostly, of which one token holds one at most.
    pub(crate) at_most_one: Vec<String>,
}

impl ScopeRules {
    /// Chooses what a client that asks for `asked` is given: all of it, or an error (RFC 6749 §3.3).
    pub(crate) fn choose(&self, client: &ClientDraft, asked: Option<&str>) -> Result<Scopes, OAuthError> {
        let scopes = match asked.filter(|_| client.asked == Asked::Heard) {
            Some(text) => parsed(text)?,
            None => self.defaults(client)?,
        };
        if !scopes.iter().all(|scope| self.may_have(&client.scopes, scope)) {
            return Err(INVALID_SCOPE);
        }
        self.judged(client, scopes)
    }

    /// Takes what somebody consents to without having been asked by a client: just that, or an error. `None` is all that the client is given
    /// when it names nothing.
    pub(crate) fn approved(
        &self,
        client: &ClientDraft,
        consented: Option<&Scopes>,
    ) -> Result<Scopes, OAuthError> {
        let Some(consented) = consented else { return self.choose(client, None) };
        let is_refusal = consented.is_empty() && !client.scopes.is_empty();
        let is_crowded = consented.iter().nth(MOST_ASKED).is_some();
        if is_refusal || is_crowded || !consented.iter().all(|scope| self.may_have(&client.scopes, scope)) {
            return Err(INVALID_SCOPE);
        }
        self.judged(client, consented.clone())
    }

    /// Chooses what a consent that was given before is good for now: what is asked for out of it, or all; and no more than the
    /// client may have today (RFC 6749 §6).
    pub(crate) fn narrow(
        &self,
        client: &ClientDraft,
        consented: &Scopes,
        asked: Option<&str>,
    ) -> Result<Scopes, OAuthError> {
        let scopes = match asked.filter(|_| client.asked == Asked::Heard) {
            Some(text) => {
                let scopes = parsed(text)?;
                if !scopes
                    .iter()
                    .all(|scope| self.may_have(consented, scope) && self.may_have(&client.scopes, scope))
                {
                    return Err(INVALID_SCOPE);
                }
                scopes
            }
            None => self.left(client, consented).ok_or(INVALID_SCOPE)?,
        };
        self.judged(client, scopes)
    }

    /// Returns what the client may have today of a consent that was given before; `None` if nothing of it is left.
    pub(crate) fn left(&self, client: &ClientDraft, consented: &Scopes) -> Option<Scopes> {
        let left = only(consented, |scope| self.may_have(&client.scopes, scope));
        (consented.is_empty() || !left.is_empty()).then_some(left)
    }

    /// Keeps of what somebody consents to what was asked for.
    pub(crate) fn consented(&self, asked: &Scopes, consented: &Scopes) -> Scopes {
        self.hierarchy.normalize(&only(consented, |scope| self.may_have(asked, scope)))
    }

    fn defaults(&self, client: &ClientDraft) -> Result<Scopes, OAuthError> {
        match &client.default_scopes {
            Some(none) if none.is_empty() => Err(INVALID_SCOPE),
            Some(scopes) => Ok(scopes.clone()),
            // A template whose value is not said is nothing that could be given.
            None => Ok(only(&client.scopes, |scope| !self.is_template(scope))),
        }
    }

    fn judged(&self, client: &ClientDraft, scopes: Scopes) -> Result<Scopes, OAuthError> {
        if client.choice == Choice::ExactlyOne && scopes.iter().count() != 1 {
            return Err(INVALID_SCOPE);
        }
        let crowded = |name: &String| {
            scopes.iter().filter(|scope| self.hierarchy.declared(scope) == Some(name)).count() > 1
        };
        if self.at_most_one.iter().any(crowded) {
            return Err(INVALID_SCOPE);
        }
        Ok(self.hierarchy.normalize(&scopes))
    }

    /// Says whether a scope is among those, or included by one of them, and one that can be given at all.
    fn may_have(&self, held: &Scopes, scope: &str) -> bool {
        let declared = self.hierarchy.declared(scope);
        if declared.is_none() && !self.hierarchy.is_empty() {
            return false;
        }
        // A template that is held with its placeholder is held for each value.
        held.iter().any(|held| {
            self.hierarchy.covers(held, scope) || (declared == Some(held) && self.is_template(held))
        })
    }

    /// Says whether a scope that a token was given once is still among those, or included by one of them. What is not declared grants
    /// nothing, so there is nothing to take away.
    pub(crate) fn may_still_have(&self, held: &Scopes, scope: &str) -> bool {
        let grants_nothing = !self.hierarchy.is_empty() && self.hierarchy.declared(scope).is_none();
        grants_nothing || self.may_have(held, scope)
    }

    /// Says whether this is the name of a template, not a scope.
    fn is_template(&self, scope: &str) -> bool {
        scope.contains('{') && self.hierarchy.scopes().any(|name| name == scope)
    }
}

/// Says whether a client asked for just these scopes, in whichever order.
pub(crate) fn is_as_asked(asked: &str, scopes: &Scopes) -> bool {
    asked == scopes.as_str()
        || parsed(asked).is_ok_and(|asked| {
            asked.iter().count() == scopes.iter().count() && asked.iter().all(|scope| scopes.contains(scope))
        })
}

/// Parses what a client sent. What is said of a mistake is the same as of a scope that it may not have.
///
/// Each is compared with all others, so their number is bounded before anything else is done with them.
fn parsed(text: &str) -> Result<Scopes, OAuthError> {
    if text.split(' ').nth(MOST_ASKED).is_some() {
        return Err(INVALID_SCOPE);
    }
    text.parse().map_err(|_| INVALID_SCOPE)
}

fn only(scopes: &Scopes, keep: impl Fn(&str) -> bool) -> Scopes {
    let kept: Vec<&str> = scopes.iter().filter(|scope| keep(scope)).collect();
    // They were scopes before.
    kept.join(" ").parse().unwrap_or_default()
}

/// More would hardly fit into the header that carries the token.
const MOST_ASKED: usize = 128;

const INVALID_SCOPE: OAuthError = OAuthError::new(
    ErrorCode::InvalidScope,
    "the scope is unknown, malformed, missing, or more than this client may have",
);
