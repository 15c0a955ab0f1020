use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use scopa::BoxFuture;
use scopa_issuer::{AccessToken, Client, Code, Digest, Grant, Store, StoreError};
use scopa_issuer_sqlx::SqlStore;

/// Two stores on one database, asked in turn: what one was told, the other must know.
pub(crate) struct TwoMachines {
    stores: [SqlStore; 2],
    turn: AtomicUsize,
}

impl TwoMachines {
    pub(crate) fn new(stores: [SqlStore; 2]) -> Self {
        Self { stores, turn: AtomicUsize::new(0) }
    }

    fn next(&self) -> &SqlStore {
        &self.stores[self.turn.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

#[rustfmt::skip]
impl Store for TwoMachines {
    fn client<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Arc<Client>>> { self.next().client(id) }
    fn clients<'a>(&'a self, after: Option<&'a str>, most: usize) -> Answer<'a, Vec<Arc<Client>>> { self.next().clients(after, most) }
    fn create_client(&self, client: Client) -> Answer<'_, bool> { self.next().create_client(client) }
    fn replace_client(&self, from: u64, client: Client) -> Answer<'_, bool> { self.next().replace_client(from, client) }
    fn remove_client<'a>(&'a self, id: &'a str) -> Answer<'a, bool> { self.next().remove_client(id) }
    fn create_code(&self, code: Code) -> Answer<'_, bool> { self.next().create_code(code) }
    fn code(&self, digest: Digest) -> Answer<'_, Option<Code>> { self.next().code(digest) }
    fn spend_code(&self, digest: Digest) -> Answer<'_, bool> { self.next().spend_code(digest) }
    fn redeem_code(&self, digest: Digest, grant: Grant, token: Option<AccessToken>) -> Answer<'_, bool> { self.next().redeem_code(digest, grant, token) }
    fn grant<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Grant>> { self.next().grant(id) }
    fn rotate_grant<'a>(&'a self, id: &'a str, from: u64, rotated_at: u64, expires_at: u64, token: Option<AccessToken>) -> Answer<'a, bool> { self.next().rotate_grant(id, from, rotated_at, expires_at, token) }
    fn end_grant<'a>(&'a self, id: &'a str) -> Answer<'a, ()> { self.next().end_grant(id) }
    fn end_grants_of<'a>(&'a self, subject: &'a str, client: Option<&'a str>) -> Answer<'a, u64> { self.next().end_grants_of(subject, client) }
    fn create_access_token(&self, token: AccessToken) -> Answer<'_, bool> { self.next().create_access_token(token) }
    fn access_token(&self, digest: Digest) -> Answer<'_, Option<AccessToken>> { self.next().access_token(digest) }
    fn remove_access_token(&self, digest: Digest) -> Answer<'_, ()> { self.next().remove_access_token(digest) }
    fn revoke_token_id<'a>(&'a self, id: &'a str, expires_at: u64) -> Answer<'a, ()> { self.next().revoke_token_id(id, expires_at) }
    fn is_token_id_revoked<'a>(&'a self, id: &'a str) -> Answer<'a, bool> { self.next().is_token_id_revoked(id) }
    fn use_once(&self, digest: Digest, expires_at: u64) -> Answer<'_, bool> { self.next().use_once(digest, expires_at) }
    fn purge(&self, now: u64, most: usize) -> Answer<'_, u64> { self.next().purge(now, most) }
}
