use std::sync::Arc;
use std::time::Duration;

use scopa::{Clock, Hierarchy};
use zeroize::Zeroizing;

use super::check::SignedTokens;
use super::secret::{SecretCheck, digest_of};
use super::{Client, ClientDraft, ClientError, ClientSecret, SecretRecord, is_id};
use crate::crypto::{DigestKey, random, random_text};
use crate::store::Store;

/// Makes, lists and changes the clients of an issuer.
///
/// Each step goes to the store at once, and counts from the next request on. Secrets are made here, shown once, and kept as
/// digests only.
///
/// ```
/// # futures_util::FutureExt::now_or_never(async {
/// use std::time::Duration;
/// use scopa_issuer::{ClientDraft, DevIssuer};
///
/// let dev = DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
/// let clients = dev.issuer().clients();
/// let (client, secret) = clients.create(ClientDraft::machine("nightly export")).await?;
/// let old = secret.ok_or("a machine has a secret")?;
///
/// // The next secret is good beside the old one, until nobody uses that any more.
/// let new = clients.add_secret(client.id(), Some(Duration::from_secs(90 * 86_400))).await?;
/// clients.revoke_secret(client.id(), old.id()).await?;
/// let client = clients.get(client.id()).await?.ok_or("it is there")?;
/// assert_eq!(client.secrets().len(), 1);
/// assert_eq!(client.secrets()[0].id(), new.id());
/// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct Clients<'i> {
    store: &'i Arc<dyn Store>,
    digest_key: &'i DigestKey,
    clock: &'i Arc<dyn Clock>,
    hierarchy: &'i Hierarchy,
    signed: SignedTokens,
}

impl<'i> Clients<'i> {
    pub(crate) fn new(
        store: &'i Arc<dyn Store>,
        digest_key: &'i DigestKey,
        clock: &'i Arc<dyn Clock>,
        hierarchy: &'i Hierarchy,
        signed: SignedTokens,
    ) -> Self {
        Self { store, digest_key, clock, hierarchy, signed }
    }

    /// Makes a client, with an id and a secret of its own. One that is public or has keys gets no secret.
    ///
    /// # Errors
    /// `Invalid`: something in the draft cannot be. `Store`.
    pub async fn create(
        &self,
        draft: ClientDraft,
    ) -> Result<(Arc<Client>, Option<ClientSecret>), ClientError> {
        draft.check(self.hierarchy, self.signed)?;
        let secret = if draft.has_secrets() { Some(self.new_secret()?) } else { None };
        let records = secret.iter().map(|secret| self.record(secret, None)).collect();
        // Hexadecimal: an id never begins with `-`, which programs would take for an option.
        let id = format!("{:032x}", u128::from_be_bytes(random()?));
        let client = self.add(id, draft, records).await?;
        Ok((client, secret))
    }

    /// Makes a client whose id and secret were made elsewhere: for tests, and set-ups that carry both around. A client that is
    /// public or has keys is given `None` for a secret.
    ///
    /// # Security
    /// The secret is kept as a fast digest, which is right for random ones only. It has 20 characters or more, visible ASCII;
    /// see that they are random. For one that a person chose there is `import`.
    ///
    /// # Errors
    /// `Invalid`: the draft, the id or the secret cannot be, or this kind of client has no secret, or needs one. `Taken`. `Store`.
    pub async fn create_with_credentials<'s>(
        &self,
        id: &str,
        draft: ClientDraft,
        secret: impl Into<Option<&'s str>>,
    ) -> Result<Arc<Client>, ClientError> {
        draft.check(self.hierarchy, self.signed)?;
        check_id(id)?;
        let secret = match secret.into() {
            Some(secret) => secret,
            None if draft.has_secrets() => {
                return Err(ClientError::invalid("secret", "this kind of client needs one"));
            }
            None => return self.add(id.to_owned(), draft, Vec::new()).await,
        };
        if !draft.has_secrets() {
            return Err(ClientError::invalid("secret", NO_SECRETS));
        }
        let is_visible = secret.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_visible || !(SHORTEST_SECRET..=LONGEST_SECRET).contains(&secret.len()) {
            return Err(ClientError::invalid(
                "secret",
                "a secret has 20 to 256 characters of visible ASCII, out of a good source of random numbers",
            ));
        }
        let secret = ClientSecret { id: self.secret_id()?, text: Zeroizing::new(secret.to_owned()) };
        let records = vec![self.record(&secret, None)];
        self.add(id.to_owned(), draft, records).await
    }

    /// Makes a client under this id, or gives the one that is there this draft: for those that a service has always, at each start and
    /// on each of its machines. It comes without a secret; [`add_secret`](Self::add_secret) gives it one.
    ///
    /// ```
    /// # futures_util::FutureExt::now_or_never(async {
    /// use scopa_issuer::{ClientDraft, DevIssuer};
    ///
    /// let dev = DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
    /// let clients = dev.issuer().clients();
    /// for _ in 0..2 {
    ///     let client = clients.declare("website", ClientDraft::host("Website")).await?;
    ///     assert_eq!((client.id(), client.version()), ("website", 1));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// `Invalid`: the draft or the id cannot be. `Changed`. `Store`.
    pub async fn declare(&self, id: &str, draft: ClientDraft) -> Result<Arc<Client>, ClientError> {
        draft.check(self.hierarchy, self.signed)?;
        check_id(id)?;
        // Another machine may make it or take it away in between.
        for _ in 0..MOST_TRIES {
            match self.get(id).await? {
                Some(client) if client.draft == draft => return Ok(client),
                Some(_) => match self.update(id, draft.clone()).await {
                    Err(ClientError::NotFound) => {}
                    outcome => return outcome,
                },
                None => match self.add(id.to_owned(), draft.clone(), Vec::new()).await {
                    Err(ClientError::Taken) => {}
                    outcome => return outcome,
                },
            }
        }
        Err(ClientError::Changed)
    }

    /// Takes over a client whose secret a person chose, from another issuer. Feature `argon2`.
    ///
    /// # Security
    /// Its secret is kept as an Argon2id hash, and a right or wrong one costs about 20 ms of a processor and 19 MiB on the thread that
    /// answers. So strangers can see by the time that such a client is there, and guesses from many addresses can keep the
    /// machine busy. Give it a generated secret with [`add_secret`](Self::add_secret), and revoke this one, as soon as you can: a
    /// client that shows a generated one costs nothing of that.
    ///
    /// # Errors
    /// `Invalid`: the draft or the id cannot be, the secret is shorter than 8 characters or longer than 256, or this kind of client has
    /// none. `Taken`. `Store`.
    #[cfg(feature = "argon2")]
    pub async fn import(
        &self,
        id: &str,
        draft: ClientDraft,
        secret: &str,
    ) -> Result<Arc<Client>, ClientError> {
        draft.check(self.hierarchy, self.signed)?;
        check_id(id)?;
        if !draft.has_secrets() {
            return Err(ClientError::invalid("secret", NO_SECRETS));
        }
        let is_text = !secret.contains(char::is_control);
        if !is_text || !(SHORTEST_CHOSEN..=LONGEST_SECRET).contains(&secret.len()) {
            return Err(ClientError::invalid(
                "secret",
                "a secret that a person chose has 8 to 256 characters",
            ));
        }
        let secret = ClientSecret { id: self.secret_id()?, text: Zeroizing::new(secret.to_owned()) };
        let digest = digest_of(self.digest_key, secret.text.as_bytes());
        let check = SecretCheck::Argon2(super::chosen::hash(&digest)?);
        let records = vec![SecretRecord { check, ..self.record(&secret, None) }];
        self.add(id.to_owned(), draft, records).await
    }

    /// Returns a client.
    ///
    /// # Errors
    /// `Store`.
    pub async fn get(&self, id: &str) -> Result<Option<Arc<Client>>, ClientError> {
        if !is_id(id) {
            return Ok(None);
        }
        Ok(self.store.client(id).await?)
    }

    /// Returns up to `most` clients in the order of their ids, those after the id `after`.
    ///
    /// # Errors
    /// `Store`.
    pub async fn list(&self, after: Option<&str>, most: usize) -> Result<Vec<Arc<Client>>, ClientError> {
        Ok(self.store.clients(after, most).await?)
    }

    /// Adds a secret beside those that a client has, 16 at most; with a lifetime, it ends by itself.
    ///
    /// # Errors
    /// `NotFound`. `Invalid`: the client is public or has keys, or has 16 secrets. `Changed`. `Store`.
    pub async fn add_secret(
        &self,
        id: &str,
        lifetime: Option<Duration>,
    ) -> Result<ClientSecret, ClientError> {
        let secret = self.new_secret()?;
        let record = self.record(&secret, lifetime);
        let now = self.clock.now();
        self.change(id, |client| {
            if !client.draft.has_secrets() {
                return Err(ClientError::invalid("secret", NO_SECRETS));
            }
            client.secrets.retain(|secret| secret.is_living(now));
            if client.secrets.len() >= MOST_SECRETS {
                return Err(ClientError::invalid(
                    "secret",
                    format!("a client has at most {MOST_SECRETS} secrets; revoke one that is not used"),
                ));
            }
            client.secrets.push(record.clone());
            Ok(())
        })
        .await?;
        Ok(secret)
    }

    /// Takes a secret from a client: it is refused from now on. Tokens that it brought stay good.
    ///
    /// # Errors
    /// `NotFound`: no such client, or it has no such secret. `Changed`. `Store`.
    pub async fn revoke_secret(&self, id: &str, secret_id: &str) -> Result<(), ClientError> {
        self.change(id, |client| {
            let before = client.secrets.len();
            client.secrets.retain(|secret| secret.id != secret_id);
            if client.secrets.len() < before { Ok(()) } else { Err(ClientError::NotFound) }
        })
        .await
        .map(drop)
    }

    /// Gives a client another draft. Id and secrets stay; one that becomes public or gets keys loses its secrets.
    ///
    /// Tokens end that hold a scope which it may not have any more, where revocation is asked about.
    ///
    /// # Errors
    /// `NotFound`. `Invalid`: something in the draft cannot be. `Changed`. `Store`.
    pub async fn update(&self, id: &str, draft: ClientDraft) -> Result<Arc<Client>, ClientError> {
        draft.check(self.hierarchy, self.signed)?;
        self.change(id, |client| {
            if !draft.has_secrets() {
                client.secrets.clear();
            }
            client.draft = draft.clone();
            Ok(())
        })
        .await
    }

    /// Removes a client with its grants, codes and opaque tokens. Signed tokens stay good where nobody asks about them.
    ///
    /// # Errors
    /// `NotFound`. `Store`.
    pub async fn remove(&self, id: &str) -> Result<(), ClientError> {
        if is_id(id) && self.store.remove_client(id).await? { Ok(()) } else { Err(ClientError::NotFound) }
    }

    async fn add(
        &self,
        id: String,
        draft: ClientDraft,
        secrets: Vec<SecretRecord>,
    ) -> Result<Arc<Client>, ClientError> {
        let client = Client { id, version: 1, created_at: self.clock.now(), secrets, draft };
        if !self.store.create_client(client.clone()).await? {
            return Err(ClientError::Taken);
        }
        Ok(Arc::new(client))
    }

    /// Changes a client as it is now. Where another change came between, that is looked at and the step taken again.
    async fn change(
        &self,
        id: &str,
        step: impl Fn(&mut Client) -> Result<(), ClientError>,
    ) -> Result<Arc<Client>, ClientError> {
        for _ in 0..MOST_TRIES {
            let old = self.get(id).await?.ok_or(ClientError::NotFound)?;
            let mut new = Client::clone(&old);
            step(&mut new)?;
            new.version = old.version.saturating_add(1);
            if self.store.replace_client(old.version, new.clone()).await? {
                return Ok(Arc::new(new));
            }
        }
        Err(ClientError::Changed)
    }

    fn new_secret(&self) -> Result<ClientSecret, ClientError> {
        Ok(ClientSecret { id: self.secret_id()?, text: random_text::<32>()? })
    }

    fn secret_id(&self) -> Result<String, ClientError> {
        Ok(format!("{:016x}", u64::from_be_bytes(random()?)))
    }

    fn record(&self, secret: &ClientSecret, lifetime: Option<Duration>) -> SecretRecord {
        let created_at = self.clock.now();
        SecretRecord {
            id: secret.id.clone(),
            created_at,
            expires_at: lifetime.map(|lifetime| created_at.saturating_add(lifetime.as_secs())),
            check: SecretCheck::Digest(digest_of(self.digest_key, secret.text.as_bytes())),
        }
    }
}

impl std::fmt::Debug for Clients<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clients").finish_non_exhaustive()
    }
}

fn check_id(id: &str) -> Result<(), ClientError> {
    if is_id(id) {
        return Ok(());
    }
    Err(ClientError::invalid(
        "id",
        "an id has 1 to 128 characters of visible ASCII without `\"`, `\\`, `%`, `+` and `:`",
    ))
}

const NO_SECRETS: &str = "a client that is public or signs assertions has no secret";
const SHORTEST_SECRET: usize = 20;
#[cfg(feature = "argon2")]
const SHORTEST_CHOSEN: usize = 8;
const LONGEST_SECRET: usize = 256;
const MOST_SECRETS: usize = 16;
const MOST_TRIES: usize = 8;

#[cfg(test)]
mod tests;
