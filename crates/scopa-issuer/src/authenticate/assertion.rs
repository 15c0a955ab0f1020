use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopa::{Access, Algorithm, KeySet, TokenCache, Validator};
use serde::Deserialize;

use super::ClientAuthentication;
use super::credentials::REFUSED;
use crate::client::{Client, Confidentiality};
use crate::error::OAuthError;

impl ClientAuthentication {
    /// Judges an assertion that a client signed with its own key (RFC 7523 §3).
    pub(super) async fn asserted(
        &self,
        id: Option<&str>,
        assertion: &str,
    ) -> Result<Arc<Client>, OAuthError> {
        let subject = subject(assertion).ok_or(REFUSED)?;
        // RFC 7521 §4.2: `client_id` may be left out, and else names the same client.
        if id.is_some_and(|id| id != subject) {
            return Err(REFUSED);
        }
        let client = self.client(&subject).await?.ok_or(REFUSED)?;
        let access = self.verified(&client, assertion).ok_or(REFUSED)?;
        let now = self.clock.now();
        let expires_at = access.expires_at();
        // RFC 7523 §3, item 4: one with an end that is unreasonably far is refused.
        if expires_at > now.saturating_add(LONGEST_LIFE + LEEWAY) {
            return Err(REFUSED);
        }
        // RFC 7523 §3, item 7: each is good once. Who signs it must name it for that.
        let token_id = access.token_id().filter(|id| (1..=LONGEST_ID).contains(&id.len())).ok_or(REFUSED)?;
        let word = format!("{subject} {token_id}");
        let digest = self.digest_key.digest("client_assertion", word.as_bytes());
        if !self.store.use_once(digest, expires_at.saturating_add(LEEWAY)).await? {
            return Err(REFUSED);
        }
        Ok(client)
    }

    /// Verifies signature and claims with the keys of the client: `iss` and `sub` are the client (items 1 and 2), `aud` is this
    /// issuer or its token endpoint (item 3), `exp` is there and not past (item 4).
    fn verified(&self, client: &Client, assertion: &str) -> Option<Access> {
        if client.draft.confidentiality == Confidentiality::Public {
            return None;
        }
        let keys = KeySet::from_jwks(&client.draft.jwks.as_ref()?.to_string()).ok()?;
        let (first, others) = self.audiences.split_first()?;
        let validator = Validator::builder(client.id(), first).keys(keys).client_assertions();
        let validator = validator.algorithms(ASSERTION_ALGORITHMS);
        let validator = others.iter().fold(validator, |validator, other| validator.audience(other));
        let validator = validator
            .leeway(Duration::from_secs(LEEWAY))
            .token_cache(TokenCache::off())
            .clock(self.clock.clone())
            .build()
            .ok()?;
        let field = format!("Bearer {assertion}");
        let access = validator.authenticate([field.as_bytes()]).now_or_later().ok()?.ok()?;
        (access.subject() == Some(client.id())).then_some(access)
    }
}

/// Reads, unproven, whose assertion it is: which keys to verify it with.
fn subject(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        sub: String,
    }

    let mut segments = assertion.split('.');
    let payload = segments.nth(1).filter(|payload| payload.len() <= LONGEST_PAYLOAD)?;
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    Some(claims.sub)
}

/// What assertions may be signed with: the asymmetric algorithms, for the client's keys are public.
pub(crate) const ASSERTION_ALGORITHMS: [Algorithm; 10] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::EdDSA,
];

/// Seconds.
const LONGEST_LIFE: u64 = 3600;
const LEEWAY: u64 = 30;
const LONGEST_ID: usize = 256;
const LONGEST_PAYLOAD: usize = 8192;
