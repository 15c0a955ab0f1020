use super::hierarchy::{Grants, Hierarchy};
use super::set::Scopes;
use crate::cache::BLOCK;

/// What a token may do: its scopes and permissions, and all that they grant. The same for all tokens that say the same.
#[derive(Clone)]
pub(crate) struct Authority {
    pub(crate) scopes: Scopes,
    pub(crate) permissions: Box<[Box<str>]>,
    pub(crate) grants: Grants,
    weight: usize,
}

impl Authority {
    /// Returns about how much memory it takes, in bytes.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }
}

impl Hierarchy {
    /// Closes scopes and permissions over the graph.
    pub(crate) fn authority(&self, scopes: Scopes, permissions: Box<[Box<str>]>) -> Authority {
        let grants = self.close(&scopes, permissions.iter().map(|permission| &**permission));
        let listed = permissions.iter().map(|permission| size_of::<Box<str>>() + permission.len() + BLOCK);
        let texts = scopes.as_str().len() + listed.sum::<usize>() + 2 * BLOCK;
        let weight = size_of::<Authority>() + texts + grants.weight();
        Authority { scopes, permissions, grants, weight }
    }
}
