//! Who asks: client authentication (RFC 6749 §2.3, RFC 7523).

mod assertion;
mod basic;
mod credentials;
mod secret;
mod throttle;

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderMap;
use scopa::Clock;

use crate::client::{Client, Confidentiality};
use crate::crypto::DigestKey;
use crate::error::OAuthError;
use crate::param::Params;
use crate::store::Store;

pub(crate) use assertion::ASSERTION_ALGORITHMS;
use credentials::{Credentials, Method, REFUSED};
use throttle::Throttle;

/// Authenticates clients at the endpoints that only they may use.
pub(crate) struct ClientAuthentication {
    store: Arc<dyn Store>,
    digest_key: DigestKey,
    clock: Arc<dyn Clock>,
    throttle: Throttle,
    /// What an assertion may be for: the identifier of the issuer and its token endpoint (RFC 7523 §3).
    audiences: Vec<String>,
}

impl ClientAuthentication {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        digest_key: DigestKey,
        clock: Arc<dyn Clock>,
        audiences: Vec<String>,
    ) -> Self {
        Self { store, digest_key, clock, throttle: Throttle::default(), audiences }
    }

    /// Says which client sends a request, or how it is refused.
    ///
    /// `params` are those of the body alone: RFC 6749 §2.3.1 has no credentials in an address. `address` is the caller's;
    /// without one, guessing is not limited.
    pub(crate) async fn authenticate(
        &self,
        headers: &HeaderMap,
        params: &Params,
        address: Option<IpAddr>,
    ) -> Result<Arc<Client>, OAuthError> {
        match Credentials::of(headers, params)? {
            Credentials::Secret { id, readings, method } => {
                let refused = match method {
                    Method::Basic => REFUSED.challenged(),
                    Method::Post => REFUSED,
                };
                self.throttle.check(&id, address, &*self.clock)?;
                let client = self.client(&id).await?;
                // From here on without a pause: of many guesses at once, each sees those before it.
                self.throttle.check(&id, address, &*self.clock)?;
                // RFC 6749 §2.3.1: an empty secret is one left out. There are clients that must write Basic all the same.
                if let Some(public) = client.as_ref().filter(|client| is_public(client))
                    && readings.iter().all(|reading| reading.is_empty())
                {
                    return Ok(public.clone());
                }
                match self.secret_holder(client, &readings) {
                    Some(client) => Ok(client),
                    None => {
                        self.throttle.count(&id, address, &*self.clock);
                        Err(refused)
                    }
                }
            }
            Credentials::Assertion { id, assertion } => self.asserted(id, assertion).await,
            Credentials::Id(id) => {
                let client = self.client(id).await?;
                client.filter(|client| is_public(client)).ok_or(REFUSED)
            }
        }
    }

    /// Asks the store for a client. What cannot be an id is not asked for.
    async fn client(&self, id: &str) -> Result<Option<Arc<Client>>, OAuthError> {
        if !crate::client::is_id(id) {
            return Ok(None);
        }
        Ok(self.store.client(id).await?)
    }
}

fn is_public(client: &Client) -> bool {
    client.draft.confidentiality == Confidentiality::Public
}

#[cfg(test)]
mod tests;
