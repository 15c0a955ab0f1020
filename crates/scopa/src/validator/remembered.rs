use std::sync::Arc;

use crate::access::{Access, Sealed};
use crate::base64url::encoded_digest;
use crate::cache::Table;
use crate::clock::Clock;
use crate::key::digest;
use crate::token_cache::{Mark, TokenCache};

/// The tokens that a validator has accepted, and what it found out about them.
pub(super) struct Remembered {
    table: Table<Sealed>,
    mark: Mark,
    clock: Arc<dyn Clock>,
}

impl Remembered {
    /// Makes room for tokens, unless none are to be remembered.
    pub(super) fn new(settings: &TokenCache, clock: &Arc<dyn Clock>) -> Option<Self> {
        let TokenCache { mark, entries, bytes } = *settings;
        (mark != Mark::Nothing).then(|| Self {
            table: Table::new(entries, bytes),
            mark,
            clock: clock.clone(),
        })
    }

    /// Finds what was found out about a token. Whether that still holds is for its issuer to say.
    pub(super) fn find(&self, token: &[u8]) -> Option<Access> {
        match self.mark {
            Mark::Digest => self.table.get(encoded_digest(&digest(token)).as_bytes()),
            _ => self.table.get(token),
        }
        .map(Access::from)
    }

    /// Remembers a token that was accepted, if anything of it was kept to know it by.
    pub(super) fn note(&self, access: &Access) {
        if access.is_marked() {
            self.table.insert(access.sealed().clone(), self.clock.now());
        }
    }

    /// Forgets a token.
    pub(super) fn forget(&self, access: &Access) {
        self.table.remove(access.sealed());
    }

    /// Returns how many tokens are remembered, and their bytes.
    #[cfg(test)]
    pub(super) fn load(&self) -> (usize, usize) {
        (self.table.entries(), self.table.bytes())
    }
}
