use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use scopa_issuer::{AccessToken, Client, Code, Digest, Grant, Store, StoreError};

/// A store that a test takes away, and gives back. A clone is the same.
#[derive(Clone)]
pub struct Away {
    store: Arc<dyn Store>,
    is_away: Arc<AtomicBool>,
}

impl Away {
    /// What its errors hold, as those of databases do. No answer may show it.
    pub const SECRET: &'static str = "postgres://user:password@db";

    /// Stands before a store, which is there.
    pub fn new(store: impl Store) -> Self {
        Self { store: Arc::new(store), is_away: Arc::default() }
    }

    /// Takes it away, or gives it back.
    pub fn set(&self, is_away: bool) {
        self.is_away.store(is_away, Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), StoreError> {
        match self.is_away.load(Ordering::Relaxed) {
            true => Err(StoreError::new(Self::SECRET)),
            false => Ok(()),
        }
    }
}

impl fmt::Debug for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Away").field("is_away", &self.is_away).finish_non_exhaustive()
    }
}

macro_rules! forwarded {
    ($(fn $name:ident(&$life:lifetime self $(, $arg:ident: $kind:ty)*) -> $out:ty;)*) => {
        $(fn $name<$life>(&$life self $(, $arg: $kind)*) -> Pin<Box<dyn Future<Output = Result<$out, StoreError>> + Send + $life>> {
            Box::pin(async move {
                self.check()?;
                self.store.$name($($arg),*).await
            })
        })*
    };
}

impl Store for Away {
    forwarded! {
        fn client(&'a self, id: &'a str) -> Option<Arc<Client>>;
        fn clients(&'a self, after: Option<&'a str>, most: usize) -> Vec<Arc<Client>>;
        fn create_client(&'a self, client: Client) -> bool;
        fn replace_client(&'a self, from: u64, client: Client) -> bool;
        fn remove_client(&'a self, id: &'a str) -> bool;
        fn create_code(&'a self, code: Code) -> bool;
        fn code(&'a self, digest: Digest) -> Option<Code>;
        fn spend_code(&'a self, digest: Digest) -> bool;
        fn redeem_code(&'a self, digest: Digest, grant: Grant, token: Option<AccessToken>) -> bool;
        fn grant(&'a self, id: &'a str) -> Option<Grant>;
        fn rotate_grant(&'a self, id: &'a str, from: u64, rotated_at: u64, expires_at: u64, token: Option<AccessToken>) -> bool;
        fn end_grant(&'a self, id: &'a str) -> ();
        fn end_grants_of(&'a self, subject: &'a str, client: Option<&'a str>) -> u64;
        fn create_access_token(&'a self, token: AccessToken) -> bool;
        fn access_token(&'a self, digest: Digest) -> Option<AccessToken>;
        fn remove_access_token(&'a self, digest: Digest) -> ();
        fn revoke_token_id(&'a self, id: &'a str, expires_at: u64) -> ();
        fn is_token_id_revoked(&'a self, id: &'a str) -> bool;
        fn use_once(&'a self, digest: Digest, expires_at: u64) -> bool;
        fn purge(&'a self, now: u64, most: usize) -> u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, store};

    #[tokio::test]
    async fn it_answers_until_it_is_taken_away_and_after_it_is_back() -> Outcome {
        let away = Away::new(store("away").await?);
        assert!(away.client("nobody").await?.is_none());
        away.set(true);
        assert!(away.client("nobody").await.is_err() && away.clone().purge(0, 1).await.is_err());
        away.set(false);
        assert!(away.client("nobody").await?.is_none());
        Ok(())
    }
}
