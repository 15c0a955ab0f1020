use bytes::Bytes;
use http::{Request, StatusCode};
use scopa::{Access, Scopes};
use serde_json::{Map, Value, json};

use super::required;
use crate::answer::{self, Answer};
use crate::client::{Client, Confidentiality};
use crate::error::{ErrorCode, OAuthError};
use crate::inner::Inner;
use crate::param::Params;
use crate::store::AccessToken;
use crate::token::{RefreshToken, opaque, token_id};

impl Inner {
    /// Tells an authenticated client, an API mostly, what a token is worth now (RFC 7662).
    ///
    /// Whoever has the token and a secret of his own may ask. Unknown, expired, revoked: all that is one answer (§2.2).
    pub(super) async fn introspect(&self, client: &Client, params: &Params) -> Result<Answer, OAuthError> {
        if client.draft.confidentiality == Confidentiality::Public {
            // RFC 7662 §2.1: not for everybody; a public client is everybody. RFC 6749 §5.2: it has not authenticated.
            let error = OAuthError::new(ErrorCode::InvalidClient, "who asks about tokens must authenticate");
            return Err(error.challenged());
        }
        self.describe(Some(client), params).await
    }

    /// Answers an API of the host, in the same process: it needs no secret for what is its own.
    pub(crate) async fn introspect_for_host(&self, request: &Request<Bytes>) -> Answer {
        let answer = async {
            let params = Params::from_body(request.headers(), request.body(), self.body_types)?;
            self.describe(None, &params).await
        };
        answer.await.unwrap_or_else(|error| answer::refusal(&error))
    }

    async fn describe(&self, client: Option<&Client>, params: &Params) -> Result<Answer, OAuthError> {
        let token = required(params, "token", "`token` is missing")?;
        let now = self.clock.now();
        let found = if is_signed(token) {
            self.signed_token(token).await?.map(|access| describe_signed(&access))
        } else if let Some(found) = self.opaque_token(token, now).await? {
            Some(self.describe_opaque(found))
        } else if let (Some(client), Some("refresh_token")) = (client, params.get("token_type_hint")) {
            self.describe_refresh(client, token, now).await?
        } else {
            // An API that asks about what it was shown must never take a refresh token for an access token.
            None
        };
        Ok(answer::json(StatusCode::OK, &found.map_or_else(|| json!({"active": false}), Value::Object)))
    }

    /// Returns what an opaque access token stands for that is good at its issuer.
    async fn opaque_token(&self, token: &str, now: u64) -> Result<Option<AccessToken>, OAuthError> {
        let Some(found) = self.kept_token(token, now).await? else { return Ok(None) };
        let scopes = found.scope.parse().unwrap_or_default();
        Ok(if self.may_still_have(&found.client_id, &scopes).await? { Some(found) } else { None })
    }

    /// Returns what an unexpired opaque access token stands for.
    pub(super) async fn kept_token(&self, token: &str, now: u64) -> Result<Option<AccessToken>, OAuthError> {
        let found = self.store.access_token(opaque::digest(&self.digest_key, token)).await?;
        Ok(found.filter(|found| now < found.expires_at))
    }

    /// Returns the proof of a signed token that is good at its issuer: its client and its grant are still there, and it was not revoked.
    async fn signed_token(&self, token: &str) -> Result<Option<Access>, OAuthError> {
        let Some(access) = self.own_token(token).await else { return Ok(None) };
        Ok(if self.is_revoked(&access).await? { None } else { Some(access) })
    }

    /// Returns the proof of an unexpired signed token of this issuer.
    pub(super) async fn own_token(&self, token: &str) -> Option<Access> {
        let field = format!("Bearer {token}");
        self.own_tokens.as_ref()?.authenticate([field.as_bytes()]).await.ok()
    }

    /// Says whether a signed token has ended before its time.
    pub(crate) async fn is_revoked(&self, access: &Access) -> Result<bool, OAuthError> {
        if let Some(id) = access.token_id() {
            if self.store.is_token_id_revoked(id).await? {
                return Ok(true);
            }
            if let Some((grant, generation)) = token_id::grant_of(id) {
                let grant = self.store.grant(grant).await?;
                // With the refresh token that was used, its access token ends.
                if grant.is_none_or(|grant| grant.generation != generation) {
                    return Ok(true);
                }
            }
        }
        match access.client_id() {
            Some(client) => Ok(!self.may_still_have(client, access.scopes()).await?),
            None => Ok(false),
        }
    }

    /// Says whether a client is there, and may have today what a token of it says: with what is taken from a client end the
    /// tokens that hold it.
    async fn may_still_have(&self, client: &str, scopes: &Scopes) -> Result<bool, OAuthError> {
        let client = self.store.client(client).await?;
        let client = client.as_deref().map(|client| &client.draft.scopes);
        Ok(client.is_some_and(|most| scopes.iter().all(|scope| self.scopes.may_still_have(most, scope))))
    }

    fn describe_opaque(&self, token: AccessToken) -> Map<String, Value> {
        let mut claims = token.claims;
        let audience = match &*token.audience {
            [only] => json!(only),
            several => json!(several),
        };
        claims.extend(members([
            ("active", json!(true)),
            ("token_type", json!("Bearer")),
            ("iss", json!(self.identifier)),
            ("sub", json!(token.subject)),
            ("aud", audience),
            ("client_id", json!(token.client_id)),
            ("scope", json!(token.scope)),
            ("iat", json!(token.issued_at)),
            ("exp", json!(token.expires_at)),
        ]));
        claims
    }

    async fn describe_refresh(
        &self,
        client: &Client,
        token: &str,
        now: u64,
    ) -> Result<Option<Map<String, Value>>, OAuthError> {
        let Some(token) = RefreshToken::parse(&self.digest_key, token) else { return Ok(None) };
        let grant = match self.grant_of(client, &token, now).await {
            Ok(grant) => grant,
            Err(error) if error.code == ErrorCode::InvalidGrant => return Ok(None),
            Err(error) => return Err(error),
        };
        if grant.generation != token.generation() {
            return Ok(None);
        }
        let consented = grant.scope.parse().unwrap_or_default();
        let Some(scopes) = self.scopes.left(&client.draft, &consented) else { return Ok(None) };
        Ok(Some(members([
            ("active", json!(true)),
            ("iss", json!(self.identifier)),
            ("sub", json!(grant.subject)),
            ("client_id", json!(grant.client_id)),
            ("scope", json!(scopes.as_str())),
            ("exp", json!(grant.expires_at)),
        ])))
    }
}

/// The claims of a signed token, with its scopes as RFC 7662 §2.2 writes them.
fn describe_signed(access: &Access) -> Map<String, Value> {
    let mut claims: Map<String, Value> = access.claims().unwrap_or_default();
    claims.extend(members([
        ("active", json!(true)),
        ("token_type", json!("Bearer")),
        ("scope", json!(access.scopes().as_str())),
    ]));
    claims
}

fn members<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Our opaque tokens have no dots.
pub(super) fn is_signed(token: &str) -> bool {
    token.contains('.')
}
