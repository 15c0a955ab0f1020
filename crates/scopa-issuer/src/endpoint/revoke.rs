use http::StatusCode;
use serde_json::json;

use super::introspect::is_signed;
use super::required;
use crate::answer::{self, Answer};
use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::inner::Inner;
use crate::param::Params;
use crate::token::{RefreshToken, opaque};

impl Inner {
    /// Ends a token at the wish of the client that holds it (RFC 7009).
    ///
    /// One that is not known, or not any more, is as ended as it can be: 200 (§2.2). With a refresh token ends the whole grant.
    pub(super) async fn revoke(&self, client: &Client, params: &Params) -> Result<Answer, OAuthError> {
        let token = required(params, "token", "`token` is missing")?;
        let now = self.clock.now();
        // The hint (§2.1) is not needed: the three look different.
        if is_signed(token) {
            self.revoke_signed(client, token).await?;
        } else if let Some(refresh) = RefreshToken::parse(&self.digest_key, token) {
            self.revoke_refresh(client, &refresh).await?;
        } else if let Some(found) = self.kept_token(token, now).await? {
            held_by(client, &found.client_id)?;
            self.store.remove_access_token(opaque::digest(&self.digest_key, token)).await?;
        }
        // RFC 7009 §2.2: the body means nothing. There are clients that read every answer as JSON.
        Ok(answer::json(StatusCode::OK, &json!({})))
    }

    async fn revoke_signed(&self, client: &Client, token: &str) -> Result<(), OAuthError> {
        let Some(access) = self.own_token(token).await else { return Ok(()) };
        let (Some(holder), Some(id)) = (access.client_id(), access.token_id()) else {
            // RFC 7009 §2.2.1: without a `jti` there is nothing that could be remembered.
            return Err(OAuthError::new(ErrorCode::UnsupportedTokenType, "these tokens cannot be revoked"));
        };
        held_by(client, holder)?;
        // An API whose clock may be late takes the token for a while longer.
        Ok(self.store.revoke_token_id(id, access.expires_at().saturating_add(LEEWAY)).await?)
    }

    async fn revoke_refresh(&self, client: &Client, token: &RefreshToken) -> Result<(), OAuthError> {
        let Some(grant) = self.store.grant(&token.grant_id()).await? else { return Ok(()) };
        held_by(client, &grant.client_id)?;
        if crate::crypto::same(token.seed_digest(&self.digest_key).as_bytes(), grant.seed.as_bytes()) {
            self.store.end_grant(&grant.id).await?;
        }
        Ok(())
    }
}

/// RFC 7009 §2.1: a client revokes its own tokens only.
fn held_by(client: &Client, holder: &str) -> Result<(), OAuthError> {
    if client.id == holder {
        return Ok(());
    }
    Err(OAuthError::new(ErrorCode::InvalidGrant, "the token was given to another client"))
}

/// The largest leeway that a validator of scopa can be given, in seconds.
const LEEWAY: u64 = 300;
