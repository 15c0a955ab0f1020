use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::table::Table;
use crate::store::{AccessToken, Code, Digest, Grant, StoreError};

/// What people consented to: codes, the grants they became, and the access tokens of these. Behind one lock, so that
/// each change is one step.
#[derive(Debug, Default)]
pub(super) struct Consents {
    codes: Table<Digest, Code>,
    grants: Table<Arc<str>, Held>,
    tokens: Table<Digest, Arc<AccessToken>>,
}

/// A grant, and its access tokens.
#[derive(Debug)]
struct Held {
    grant: Grant,
    tokens: BTreeSet<Digest>,
}

impl Consents {
    /// Adds a code; `false` if there is one with its digest.
    pub(super) fn add_code(&mut self, code: Code) -> bool {
        self.codes.insert(code.digest, code.expires_at, code)
    }

    pub(super) fn code(&self, digest: Digest) -> Option<Code> {
        self.codes.get(&digest).cloned()
    }

    pub(super) fn spend(&mut self, digest: Digest) -> bool {
        self.codes.get_mut(&digest).is_some_and(|code| !std::mem::replace(&mut code.spent, true))
    }

    /// Spends a code for a grant and its first token; an error, and no change, if there is one of these already.
    pub(super) fn redeem(
        &mut self,
        digest: Digest,
        grant: Grant,
        token: Option<AccessToken>,
    ) -> Result<bool, Taken> {
        if self.codes.get(&digest).is_none_or(|code| code.spent) {
            return Ok(false);
        }
        self.check_free(token.as_ref())?;
        let (id, expires_at) = (Arc::<str>::from(&*grant.id), grant.expires_at);
        if !self.grants.insert(id.clone(), expires_at, Held { grant, tokens: BTreeSet::new() }) {
            return Err(Taken);
        }
        self.spend(digest);
        self.hand(&id, token);
        Ok(true)
    }

    pub(super) fn grant(&self, id: &str) -> Option<Grant> {
        self.grants.get(id).map(|held| held.grant.clone())
    }

    /// Rotates a grant that is in the generation `from`; an error, and no change, if the token is there already.
    pub(super) fn rotate(
        &mut self,
        id: &str,
        from: u64,
        (rotated_at, expires_at): (u64, u64),
        token: Option<AccessToken>,
    ) -> Result<bool, Taken> {
        self.check_free(token.as_ref())?;
        let Some(held) = self.grants.get_mut(id).filter(|held| held.grant.generation == from) else {
            return Ok(false);
        };
        held.grant.generation = from.saturating_add(1);
        held.grant.rotated_at = rotated_at;
        held.grant.expires_at = expires_at;
        for digest in std::mem::take(&mut held.tokens) {
            self.tokens.remove(digest);
        }
        self.grants.move_end(id.into(), expires_at);
        self.hand(id, token);
        Ok(true)
    }

    pub(super) fn end(&mut self, id: &str) -> bool {
        let ended = self.grants.remove(id.into());
        for digest in ended.iter().flat_map(|held| &held.tokens) {
            self.tokens.remove(*digest);
        }
        ended.is_some()
    }

    /// Ends the grants of a subject and spends its codes.
    pub(super) fn end_all_of(&mut self, subject: &str, client: Option<&str>) -> u64 {
        let is_meant =
            |of: &str, held_by: &str| of == subject && client.is_none_or(|client| client == held_by);
        for code in self.codes.values_mut().filter(|code| is_meant(&code.subject, &code.client_id)) {
            code.spent = true;
        }
        let meant = self.grants.keys_where(|held| is_meant(&held.grant.subject, &held.grant.client_id));
        meant.iter().map(|id| u64::from(self.end(id))).sum()
    }

    /// Removes what a client has.
    pub(super) fn remove_client(&mut self, client: &str) {
        for digest in self.codes.keys_where(|code| code.client_id == client) {
            self.codes.remove(digest);
        }
        for id in self.grants.keys_where(|held| held.grant.client_id == client) {
            self.end(&id);
        }
    }

    /// Adds an access token of a grant; `false` if there is no such grant.
    pub(super) fn add_token(&mut self, grant: &str, token: AccessToken) -> Result<bool, Taken> {
        if !self.grants.contains(grant) {
            return Ok(false);
        }
        self.check_free(Some(&token))?;
        self.hand(grant, Some(token));
        Ok(true)
    }

    pub(super) fn token(&self, digest: Digest) -> Option<Arc<AccessToken>> {
        self.tokens.get(&digest).cloned()
    }

    pub(super) fn remove_token(&mut self, digest: Digest) {
        if let Some(token) = self.tokens.remove(digest) {
            self.forget(&token);
        }
    }

    /// Removes up to `most` of each kind that have expired; what goes with its grant is not counted.
    pub(super) fn purge(&mut self, now: u64, most: usize) -> u64 {
        let mut gone = 0;
        for _ in 0..most {
            let code = self.codes.remove_expired(now);
            let grant = self.grants.remove_expired(now);
            for digest in grant.iter().flat_map(|(_, held)| &held.tokens) {
                self.tokens.remove(*digest);
            }
            let token = self.tokens.remove_expired(now);
            if let Some((_, token)) = &token {
                self.forget(token);
            }
            let went = u64::from(code.is_some()) + u64::from(grant.is_some()) + u64::from(token.is_some());
            if went == 0 {
                break;
            }
            gone += went;
        }
        gone
    }

    fn check_free(&self, token: Option<&AccessToken>) -> Result<(), Taken> {
        match token.is_some_and(|token| self.tokens.contains(&token.digest)) {
            true => Err(Taken),
            false => Ok(()),
        }
    }

    /// Gives a grant that is there a token that is free.
    fn hand(&mut self, grant: &str, token: Option<AccessToken>) {
        if let (Some(held), Some(token)) = (self.grants.get_mut(grant), token) {
            held.tokens.insert(token.digest);
            self.tokens.insert(token.digest, token.expires_at, Arc::new(token));
        }
    }

    /// Takes a token that is gone out of its grant.
    fn forget(&mut self, token: &AccessToken) {
        if let Some(held) = token.grant_id.as_deref().and_then(|id| self.grants.get_mut(id)) {
            held.tokens.remove(&token.digest);
        }
    }
}

/// The id or the digest of a new record is taken: numbers were not random.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken;

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there is a record with this id or digest already")
    }
}

impl std::error::Error for Taken {}

impl From<Taken> for StoreError {
    fn from(taken: Taken) -> Self {
        Self::new(taken)
    }
}
