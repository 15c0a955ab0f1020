use http::StatusCode;
use scopa::Scopes;

use super::required;
use crate::answer::{self, Answer};
use crate::client::{Client, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::inner::Inner;
use crate::issue::Issued;
use crate::json::JsonObject;
use crate::param::Params;
use crate::scope::is_as_asked;

impl Inner {
    /// Answers an authenticated client at the token endpoint (RFC 6749 §3.2).
    pub(super) async fn token(&self, client: &Client, params: &Params) -> Result<Answer, OAuthError> {
        match required(params, "grant_type", "`grant_type` is missing")? {
            "client_credentials" => self.client_credentials(client, params).await,
            "authorization_code" if self.login.is_some() => self.authorization_code(client, params).await,
            "refresh_token" if self.login.is_some() => self.refresh_token(client, params).await,
            _ => Err(OAuthError::new(ErrorCode::UnsupportedGrantType, "this grant type is not offered")),
        }
    }

    /// Words the answer. The scope is said where it is not what was asked for (RFC 6749 §5.1).
    pub(super) fn token_answer(
        &self,
        issued: &Issued,
        scopes: &Scopes,
        asked: Option<&str>,
        refresh_token: Option<&str>,
    ) -> Answer {
        let is_as_asked = asked.is_some_and(|asked| is_as_asked(asked, scopes));
        let mut body = JsonObject::new();
        body.text("access_token", &issued.text);
        body.text("token_type", &self.token_type);
        body.number("expires_in", issued.expires_in);
        // RFC 6749 §3.3: a scope has one word at least.
        if !is_as_asked && !scopes.is_empty() {
            body.text("scope", scopes.as_str());
        }
        if let Some(refresh_token) = refresh_token {
            body.text("refresh_token", refresh_token);
        }
        answer::private_json(StatusCode::OK, body.end())
    }
}

/// Refuses a grant that the client was not registered for.
pub(super) fn allowed(client: &Client, grant: GrantType) -> Result<(), OAuthError> {
    if client.draft.grants.contains(&grant) { Ok(()) } else { Err(UNAUTHORIZED_CLIENT) }
}

const UNAUTHORIZED_CLIENT: OAuthError =
    OAuthError::new(ErrorCode::UnauthorizedClient, "this client may not use this grant type");
