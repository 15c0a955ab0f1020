//! Access tokens in the making.

use scopa::Scopes;

use crate::client::{Claims, Client, TokenFormat};
use crate::error::OAuthError;
use crate::inner::Inner;
use crate::store::AccessToken;
use crate::token::{TokenClaims, opaque, token_id};

/// What an access token will say.
pub(crate) struct Issue<'a> {
    pub(crate) client: &'a Client,
    /// Whom it speaks for: a person, or the client itself (RFC 9068 §2.2).
    pub(crate) subject: &'a str,
    pub(crate) scopes: &'a Scopes,
    pub(crate) audience: &'a [String],
    /// What the login adds.
    pub(crate) claims: Option<&'a Claims>,
    /// The grant that it belongs to, and its generation.
    pub(crate) grant: Option<(&'a str, u64)>,
    pub(crate) now: u64,
}

/// An access token, and what has to be kept of it before anybody sees it.
pub(crate) struct Issued {
    pub(crate) text: String,
    pub(crate) expires_in: u64,
    pub(crate) record: Option<AccessToken>,
}

impl Inner {
    /// Makes an access token; its record is the caller's to keep, in one step with what it depends on.
    pub(crate) fn issue(&self, issue: &Issue<'_>) -> Result<Issued, OAuthError> {
        let draft = &issue.client.draft;
        let expires_in = draft.access_lifetime.unwrap_or(self.access_lifetime);
        match draft.format.unwrap_or(self.token_format) {
            TokenFormat::Jwt => {
                // A retired key is published for no longer than this.
                let expires_in = expires_in.min(self.longest_lifetime);
                Ok(Issued { text: self.signed(issue, expires_in)?, expires_in, record: None })
            }
            TokenFormat::Opaque => {
                let text = opaque::new()?;
                let record = AccessToken {
                    digest: opaque::digest(&self.digest_key, &text),
                    grant_id: issue.grant.map(|(id, _)| id.to_owned()),
                    client_id: issue.client.id.clone(),
                    subject: issue.subject.to_owned(),
                    scope: issue.scopes.as_str().to_owned(),
                    audience: issue.audience.to_vec(),
                    claims: merged(issue),
                    issued_at: issue.now,
                    expires_at: issue.now.saturating_add(expires_in),
                };
                Ok(Issued { text: text.to_string(), expires_in, record: Some(record) })
            }
        }
    }

    fn signed(&self, issue: &Issue<'_>, expires_in: u64) -> Result<String, OAuthError> {
        let mint = self.mint.load();
        let mint = mint.as_ref().ok_or(NO_KEY)?;
        let id = match issue.grant {
            Some((grant, generation)) => token_id::of_grant(grant, generation)?,
            None => token_id::new()?,
        };
        let both;
        let own = [&issue.client.draft.claims];
        // Of two claims of one name the login's counts.
        let others: &[&Claims] = match issue.claims {
            Some(claims) => {
                both = [claims, &issue.client.draft.claims];
                &both
            }
            None => &own,
        };
        Ok(mint.token(&TokenClaims {
            issuer: &self.identifier,
            subject: issue.subject,
            audience: issue.audience,
            client_id: &issue.client.id,
            issued_at: issue.now,
            expires_at: issue.now.saturating_add(expires_in),
            token_id: &id,
            scope: issue.scopes.as_str(),
            others,
        })?)
    }
}

/// Joins the claims of the client and those of the login, whose word counts where both have one.
fn merged(issue: &Issue<'_>) -> Claims {
    let mut claims = issue.client.draft.claims.clone();
    for (name, value) in issue.claims.into_iter().flatten() {
        claims.insert(name.clone(), value.clone());
    }
    claims
}

/// `build()` sees to it that an issuer that signs has a key.
const NO_KEY: OAuthError = OAuthError::unavailable();
