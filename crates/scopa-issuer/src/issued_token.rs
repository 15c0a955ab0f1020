use std::{fmt, io};

use zeroize::Zeroizing;

use crate::client::ClientError;
use crate::crypto::random;
use crate::endpoint::own_claims;
use crate::issue::Issue;
use crate::issuer::Issuer;
use crate::login::Approval;
use crate::store::{Code, Digest, Grant, StoreError};
use crate::token::token_id;

/// An access token that the host gave out itself. There is no second chance to see it.
///
/// ```
/// # futures_util::FutureExt::now_or_never(async {
/// use scopa_issuer::{Approval, ClientDraft, DevIssuer};
///
/// let dev = DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
/// dev.issuer().clients().declare("website", ClientDraft::host("Website")).await?;
/// let token = dev.issuer().issue("website", Approval::new("alice")).await?;
/// assert_eq!(token.expires_in(), 3600);
/// assert_eq!(format!("{token:?}"), "IssuedToken { expires_in: 3600, .. }");
///
/// let api = dev.validator().build()?;
/// let caller = api.authenticate([format!("Bearer {}", token.as_str()).as_bytes()]).await?;
/// assert_eq!((caller.subject(), caller.client_id()), (Some("alice"), Some("website")));
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct IssuedToken {
    text: Zeroizing<String>,
    expires_in: u64,
}

impl IssuedToken {
    /// Returns the token.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns for how many seconds it is good.
    pub fn expires_in(&self) -> u64 {
        self.expires_in
    }
}

impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl Issuer {
    /// Gives out an access token without being asked by a client: for somebody whom the host itself has signed in, say on a page
    /// where people make tokens to try an API.
    ///
    /// It is a token of a client, [`ClientDraft::host`](crate::ClientDraft::host) as a rule, with the client's audience, lifetime and
    /// claims, and the scopes of the approval; [`Approval::new`] alone consents to all that the client gets when it names none. It is
    /// the token of a grant of that person, so [`end_grants`](Self::end_grants) ends it, too, where revocation is asked about. No
    /// refresh token comes with it.
    ///
    /// # Errors
    /// `NotFound`: no such client. `Invalid`: nobody approves, or somebody who is called like the client, or to nothing, or to more than the client may have. `Store`.
    pub async fn issue(&self, client_id: &str, approval: Approval) -> Result<IssuedToken, ClientError> {
        let inner = &*self.inner;
        let client = self.clients().get(client_id).await?.ok_or(ClientError::NotFound)?;
        if approval.subject.is_empty() {
            return Err(ClientError::invalid("subject", "say who approves"));
        }
        if approval.subject == client.id {
            return Err(ClientError::invalid(
                "subject",
                "a person who is called like the client would be it",
            ));
        }
        let scopes = inner.scopes.approved(&client.draft, approval.scopes.as_ref()).map_err(|_| {
            let problem = "none, more than the client may have, or not what one token may hold";
            ClientError::invalid("scopes", problem)
        })?;
        let audience = inner.audience_of(&client.draft).to_vec();
        let (now, grant_id, claims) = (inner.clock.now(), token_id::new()?, own_claims(approval.claims));
        let issued = inner.issue(&Issue {
            client: &client,
            subject: &approval.subject,
            scopes: &scopes,
            audience: &audience,
            claims: Some(&claims),
            grant: Some((&grant_id, 0)),
            now,
        });
        let mut issued =
            issued.map_err(|_| ClientError::Store(StoreError::new(io::Error::other(NO_TOKEN))))?;
        // The grant comes to be by a code that nobody was ever told: that is the one way, and it is one step with the token.
        let digest = Digest::from(random()?);
        let code = Code {
            digest,
            grant_id: grant_id.clone(),
            client_id: client.id.clone(),
            subject: approval.subject.clone(),
            redirect_uri: None,
            code_challenge: String::new(),
            scope: scopes.as_str().to_owned(),
            audience: audience.clone(),
            claims: claims.clone(),
            expires_at: now.saturating_add(CODE_LIFETIME),
            spent: false,
        };
        let grant = Grant {
            id: grant_id,
            client_id: client.id.clone(),
            subject: approval.subject,
            scope: scopes.as_str().to_owned(),
            audience,
            claims,
            // Of no refresh token: none was made.
            seed: Digest::from(random()?),
            generation: 0,
            rotated_at: now,
            expires_at: now.saturating_add(issued.expires_in),
        };
        if !inner.store.create_code(code).await?
            || !inner.store.redeem_code(digest, grant, issued.record.take()).await?
        {
            // The client was removed in the meantime.
            return Err(ClientError::NotFound);
        }
        Ok(IssuedToken { text: Zeroizing::new(issued.text), expires_in: issued.expires_in })
    }
}

/// Longer than a store takes for two steps.
const CODE_LIFETIME: u64 = 60;

const NO_TOKEN: &str = "no token can be made now; the log says why";
