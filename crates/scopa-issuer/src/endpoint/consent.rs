use zeroize::Zeroizing;

use super::code::CODE;
use crate::client::{Claims, is_registered_claim};
use crate::crypto::random_text;
use crate::error::{ErrorCode, OAuthError};
use crate::inner::Inner;
use crate::login::{Approval, AuthorizationRequest};
use crate::store::Code;
use crate::token::token_id;

impl Inner {
    /// Makes the code for what somebody consented to, out of what was asked for (RFC 6749 §4.1.2).
    pub(super) async fn code_for(
        &self,
        asked: &AuthorizationRequest,
        approval: Approval,
    ) -> Result<Zeroizing<String>, OAuthError> {
        let scopes = match &approval.scopes {
            Some(consented) => self.scopes.consented(&asked.scopes, consented),
            None => asked.scopes.clone(),
        };
        if approval.subject == asked.client.id {
            // RFC 9700 §4.15: the token would be one that the client got for itself.
            tracing::error!("a login named a person like the client that asks: refused");
            return Err(NOT_GRANTED);
        }
        if approval.subject.is_empty() || (scopes.is_empty() && !asked.scopes.is_empty()) {
            return Err(NOT_GRANTED);
        }
        let code = random_text::<32>()?;
        let record = Code {
            digest: self.digest_key.digest(CODE, code.as_bytes()),
            grant_id: token_id::new()?,
            client_id: asked.client.id.clone(),
            subject: approval.subject,
            redirect_uri: asked.params.get("redirect_uri").map(str::to_owned),
            code_challenge: asked.params.get("code_challenge").unwrap_or_default().to_owned(),
            scope: scopes.as_str().to_owned(),
            audience: asked.audience.clone(),
            claims: own_claims(approval.claims),
            expires_at: self.clock.now().saturating_add(LIFETIME),
            spent: false,
        };
        if self.store.create_code(record).await? {
            return Ok(code);
        }
        // The client was removed since it asked.
        Err(OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use this grant type"))
    }
}

/// Leaves out what a login may not say: it speaks of a person, not of the token.
pub(crate) fn own_claims(mut claims: Claims) -> Claims {
    claims.retain(|name, _| {
        let is_own = !is_registered_claim(name);
        if !is_own {
            tracing::error!(
                claim = name.as_str(),
                "a login added a claim that is the issuer's to write: left out"
            );
        }
        is_own
    });
    claims
}

const NOT_GRANTED: OAuthError = OAuthError::new(ErrorCode::AccessDenied, "access was not granted");

/// RFC 6749 §4.1.2 recommends ten minutes at most; the client comes at once.
const LIFETIME: u64 = 60;
