//! Which APIs a token is for (RFC 8707).

use crate::client::ClientDraft;
use crate::error::{ErrorCode, OAuthError};
use crate::inner::Inner;
use crate::param::Params;

impl Inner {
    /// Chooses the audience of a client's token: the resources that it names, or all that it may have.
    pub(super) fn audience(&self, client: &ClientDraft, params: &Params) -> Result<Vec<String>, OAuthError> {
        named(self.audience_of(client), params)
    }

    /// Chooses out of what was consented to, as far as the client may still have it.
    pub(super) fn narrower_audience(
        &self,
        client: &ClientDraft,
        consented: &[String],
        params: &Params,
    ) -> Result<Vec<String>, OAuthError> {
        let today = self.audience_of(client);
        let left: Vec<String> =
            consented.iter().filter(|audience| today.contains(audience)).cloned().collect();
        named(&left, params)
    }

    /// Returns the APIs that a client's tokens are for.
    pub(crate) fn audience_of<'s>(&'s self, client: &'s ClientDraft) -> &'s [String] {
        if client.audience.is_empty() { &self.audience } else { &client.audience }
    }
}

fn named(all: &[String], params: &Params) -> Result<Vec<String>, OAuthError> {
    let mut chosen: Vec<String> = Vec::new();
    for resource in params.all("resource") {
        // RFC 8707 §2: an absolute URI without a fragment, and one that the client may ask for.
        if !all.iter().any(|audience| audience == resource) {
            return Err(INVALID_TARGET);
        }
        if !chosen.iter().any(|audience| audience == resource) {
            chosen.push(resource.to_owned());
        }
    }
    let chosen = if chosen.is_empty() { all.to_vec() } else { chosen };
    if chosen.is_empty() { Err(INVALID_TARGET) } else { Ok(chosen) }
}

const INVALID_TARGET: OAuthError = OAuthError::new(
    ErrorCode::InvalidTarget,
    "the resource is unknown, or not one that this client may ask for",
);
