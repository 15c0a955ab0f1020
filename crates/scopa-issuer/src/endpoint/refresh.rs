use scopa::Scopes;

use super::code::INVALID_GRANT;
use super::required;
use super::token::allowed;
use crate::answer::Answer;
use crate::client::{Client, GrantType};
use crate::crypto::same;
use crate::error::OAuthError;
use crate::inner::Inner;
use crate::issue::Issue;
use crate::param::Params;
use crate::store::Grant;
use crate::token::RefreshToken;

/// What a refresh token is to its grant.
enum Standing {
    /// It is the one that is good.
    Current,
    /// It was that a moment ago, and its answer may have been lost.
    JustBefore,
    /// It was that once: somebody uses a token that somebody else has used.
    Reused,
}

impl Inner {
    /// A client asks again with its refresh token (RFC 6749 §6), and gets a new one for it (RFC 9700 §4.14.2).
    pub(super) async fn refresh_token(&self, client: &Client, params: &Params) -> Result<Answer, OAuthError> {
        let text = required(params, "refresh_token", "`refresh_token` is missing")?;
        let Some(token) = RefreshToken::parse(&self.digest_key, text) else {
            allowed(client, GrantType::RefreshToken)?;
            return Err(INVALID_GRANT);
        };
        // Twice at most: who loses the race for a generation finds the next one.
        for _ in 0..2 {
            let now = self.clock.now();
            let grant = self.grant_of(client, &token, now).await?;
            allowed(client, GrantType::RefreshToken)?;
            let answer = match self.standing(&token, &grant, now) {
                Some(Standing::Current) => self.rotate(client, params, &token, &grant, now).await?,
                Some(Standing::JustBefore) => self.repeat(client, params, &token, &grant, now).await?,
                Some(Standing::Reused) => {
                    // RFC 9700 §4.14.2: nobody knows which of the two is the thief.
                    self.store.end_grant(&grant.id).await?;
                    tracing::warn!(client_id = client.id, "a refresh token came again: its grant was ended");
                    return Err(INVALID_GRANT);
                }
                None => return Err(INVALID_GRANT),
            };
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
        Err(INVALID_GRANT)
    }

    /// Finds the living grant of a genuine refresh token, if it is this client's.
    pub(super) async fn grant_of(
        &self,
        client: &Client,
        token: &RefreshToken,
        now: u64,
    ) -> Result<Grant, OAuthError> {
        let grant = self.store.grant(&token.grant_id()).await?.ok_or(INVALID_GRANT)?;
        let is_its_token = same(token.seed_digest(&self.digest_key).as_bytes(), grant.seed.as_bytes());
        if grant.client_id != client.id || !is_its_token || grant.expires_at <= now {
            return Err(INVALID_GRANT);
        }
        Ok(grant)
    }

    /// `None` for a token of a generation that has not been: the store is older than it, out of a backup.
    fn standing(&self, token: &RefreshToken, grant: &Grant, now: u64) -> Option<Standing> {
        let behind = grant.generation.checked_sub(token.generation())?;
        Some(match behind {
            0 => Standing::Current,
            1 if now < grant.rotated_at.saturating_add(self.refresh_grace) => Standing::JustBefore,
            _ => Standing::Reused,
        })
    }

    async fn rotate(
        &self,
        client: &Client,
        params: &Params,
        token: &RefreshToken,
        grant: &Grant,
        now: u64,
    ) -> Result<Option<Answer>, OAuthError> {
        let next = token.next().ok_or(INVALID_GRANT)?;
        let (mut issued, scopes) = self.refreshed(client, params, grant, next.generation(), now)?;
        let lifetime = client.draft.refresh_lifetime.unwrap_or(self.refresh_lifetime);
        let expires_at = now.saturating_add(lifetime.max(issued.expires_in));
        let record = issued.record.take();
        if !self.store.rotate_grant(&grant.id, grant.generation, now, expires_at, record).await? {
            return Ok(None);
        }
        let next = next.text(&self.digest_key);
        Ok(Some(self.token_answer(&issued, &scopes, params.get("scope"), Some(&next))))
    }

    /// Answers once more with the successor that was given out already, so that a lost answer costs nobody his grant.
    async fn repeat(
        &self,
        client: &Client,
        params: &Params,
        token: &RefreshToken,
        grant: &Grant,
        now: u64,
    ) -> Result<Option<Answer>, OAuthError> {
        let next = token.next().ok_or(INVALID_GRANT)?;
        let (mut issued, scopes) = self.refreshed(client, params, grant, grant.generation, now)?;
        if let Some(record) = issued.record.take()
            && !self.store.create_access_token(record).await?
        {
            return Err(INVALID_GRANT);
        }
        let next = next.text(&self.digest_key);
        Ok(Some(self.token_answer(&issued, &scopes, params.get("scope"), Some(&next))))
    }

    fn refreshed(
        &self,
        client: &Client,
        params: &Params,
        grant: &Grant,
        generation: u64,
        now: u64,
    ) -> Result<(crate::issue::Issued, Scopes), OAuthError> {
        let consented: Scopes = grant.scope.parse().map_err(|_| INVALID_GRANT)?;
        // RFC 6749 §6: no scope that was not granted. The grant itself stays as wide as it was.
        let scopes = self.scopes.narrow(&client.draft, &consented, params.get("scope"))?;
        let audience = self.narrower_audience(&client.draft, &grant.audience, params)?;
        let issued = self.issue(&Issue {
            client,
            subject: &grant.subject,
            scopes: &scopes,
            audience: &audience,
            claims: Some(&grant.claims),
            grant: Some((&grant.id, generation)),
            now,
        })?;
        Ok((issued, scopes))
    }
}
