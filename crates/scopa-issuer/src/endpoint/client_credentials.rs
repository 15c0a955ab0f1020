use super::token::allowed;
use crate::answer::Answer;
use crate::client::{Client, Confidentiality, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::inner::Inner;
use crate::issue::Issue;
use crate::param::Params;

impl Inner {
    /// A client asks for itself (RFC 6749 §4.4). It gets no refresh token: it can ask again (§4.4.3).
    pub(super) async fn client_credentials(
        &self,
        client: &Client,
        params: &Params,
    ) -> Result<Answer, OAuthError> {
        allowed(client, GrantType::ClientCredentials)?;
        if client.draft.confidentiality == Confidentiality::Public {
            // RFC 6749 §4.4: confidential clients only.
            return Err(OAuthError::new(
                ErrorCode::UnauthorizedClient,
                "a public client cannot ask for itself",
            ));
        }
        let asked = params.get("scope");
        let scopes = self.scopes.choose(&client.draft, asked)?;
        let audience = self.audience(&client.draft, params)?;
        let mut issued = self.issue(&Issue {
            client,
            subject: &client.id,
            scopes: &scopes,
            audience: &audience,
            claims: None,
            grant: None,
            now: self.clock.now(),
        })?;
        if let Some(record) = issued.record.take()
            && !self.store.create_access_token(record).await?
        {
            // The client was removed since it was authenticated.
            return Err(OAuthError::new(ErrorCode::InvalidClient, "client authentication failed"));
        }
        Ok(self.token_answer(&issued, &scopes, asked, None))
    }
}
