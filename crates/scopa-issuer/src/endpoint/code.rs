use scopa::Scopes;

use super::required;
use super::token::allowed;
use crate::answer::Answer;
use crate::client::{Client, GrantType};
use crate::crypto::{same, sha256};
use crate::error::{ErrorCode, OAuthError};
use crate::inner::Inner;
use crate::issue::Issue;
use crate::param::Params;
use crate::store::{Code, Grant};
use crate::token::RefreshToken;

impl Inner {
    /// A client exchanges a code (RFC 6749 §4.1.3, RFC 7636 §4.5).
    pub(super) async fn authorization_code(
        &self,
        client: &Client,
        params: &Params,
    ) -> Result<Answer, OAuthError> {
        let text = required(params, "code", "`code` is missing")?;
        let verifier = required(params, "code_verifier", "`code_verifier` is missing")?;
        let digest = self.digest_key.digest(CODE, text.as_bytes());
        let Some(code) = self.store.code(digest).await? else {
            allowed(client, GrantType::AuthorizationCode)?;
            return Err(INVALID_GRANT);
        };
        let now = self.clock.now();
        if !self.holds(client, &code, verifier, params, now) {
            // Who presents a code and does not hold it has taken it from somebody: nobody uses it any more.
            self.spend(&code).await?;
            return Err(INVALID_GRANT);
        }
        allowed(client, GrantType::AuthorizationCode)?;
        if code.spent {
            return Err(self.used_again(&code).await?);
        }
        let consented: Scopes = code.scope.parse().map_err(|_| INVALID_GRANT)?;
        let scopes = self.scopes.narrow(&client.draft, &consented, None)?;
        let audience = self.narrower_audience(&client.draft, &code.audience, params)?;
        let refresh = RefreshToken::start(&code.grant_id)?.ok_or(INVALID_GRANT)?;
        let lifetime = client.draft.refresh_lifetime.unwrap_or(self.refresh_lifetime);
        let mut issued = self.issue(&Issue {
            client,
            subject: &code.subject,
            scopes: &scopes,
            audience: &audience,
            claims: Some(&code.claims),
            grant: Some((&code.grant_id, 0)),
            now,
        })?;
        let refreshes = client.draft.grants.contains(&GrantType::RefreshToken);
        // A grant that brings no refresh token lives as long as its access token: so that this can be taken back.
        let lifetime = if refreshes { lifetime.max(issued.expires_in) } else { issued.expires_in };
        let grant = Grant {
            id: code.grant_id.clone(),
            client_id: client.id.clone(),
            subject: code.subject.clone(),
            scope: code.scope.clone(),
            audience: code.audience.clone(),
            claims: code.claims.clone(),
            seed: refresh.seed_digest(&self.digest_key),
            generation: 0,
            rotated_at: now,
            expires_at: now.saturating_add(lifetime),
        };
        if !self.store.redeem_code(digest, grant, issued.record.take()).await? {
            return Err(self.used_again(&code).await?);
        }
        let refresh = refreshes.then(|| refresh.text(&self.digest_key));
        Ok(self.token_answer(&issued, &scopes, None, refresh.as_deref().map(String::as_str)))
    }

    /// Says whether the code is for this client, from this request, and good now.
    fn holds(&self, client: &Client, code: &Code, verifier: &str, params: &Params, now: u64) -> bool {
        // RFC 6749 §4.1.3: the same address as before, if one was named then.
        let is_from_here = match (params.get("redirect_uri"), &code.redirect_uri) {
            (named, Some(before)) => named == Some(before),
            (None, None) => true,
            (Some(named), None) => client.draft.redirect_uris.iter().any(|only| only == named),
        };
        code.client_id == client.id
            && is_from_here
            && now < code.expires_at
            && is_verifier(verifier, &code.code_challenge)
    }

    async fn spend(&self, code: &Code) -> Result<(), OAuthError> {
        if !self.store.spend_code(code.digest).await? {
            self.store.end_grant(&code.grant_id).await?;
        }
        Ok(())
    }

    /// A code that comes twice was stolen once: the tokens of its first use end (RFC 6749 §4.1.2, RFC 9700 §4.2.4).
    async fn used_again(&self, code: &Code) -> Result<OAuthError, OAuthError> {
        self.store.end_grant(&code.grant_id).await?;
        tracing::warn!(client_id = code.client_id, "an authorization code came twice: its tokens were ended");
        Ok(INVALID_GRANT)
    }
}

/// Compares a verifier with a challenge (RFC 7636 §4.6, S256).
fn is_verifier(verifier: &str, challenge: &str) -> bool {
    // RFC 7636 §4.1.
    let is_well_formed = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    is_well_formed && same(base64url(&sha256(verifier.as_bytes())).as_bytes(), challenge.as_bytes())
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// What the digests of codes are made for.
pub(super) const CODE: &str = "authorization code";

/// The same for every reason: a stranger learns nothing.
pub(super) const INVALID_GRANT: OAuthError =
    OAuthError::new(ErrorCode::InvalidGrant, "the grant is unknown, used, expired, or another client's");
