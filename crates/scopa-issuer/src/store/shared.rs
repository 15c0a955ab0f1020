use std::sync::Arc;

use super::{AccessToken, Answer, Code, Digest, Grant, Store};
use crate::client::Client;

/// A store that an issuer shares with others: with its host, or with a second issuer.
impl<S: Store + ?Sized> Store for Arc<S> {
    fn client<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Arc<Client>>> {
        (**self).client(id)
    }

    fn clients<'a>(&'a self, after: Option<&'a str>, most: usize) -> Answer<'a, Vec<Arc<Client>>> {
        (**self).clients(after, most)
    }

    fn create_client(&self, client: Client) -> Answer<'_, bool> {
        (**self).create_client(client)
    }

    fn replace_client(&self, from: u64, client: Client) -> Answer<'_, bool> {
        (**self).replace_client(from, client)
    }

    fn remove_client<'a>(&'a self, id: &'a str) -> Answer<'a, bool> {
        (**self).remove_client(id)
    }

    fn create_code(&self, code: Code) -> Answer<'_, bool> {
        (**self).create_code(code)
    }

    fn code(&self, digest: Digest) -> Answer<'_, Option<Code>> {
        (**self).code(digest)
    }

    fn spend_code(&self, digest: Digest) -> Answer<'_, bool> {
        (**self).spend_code(digest)
    }

    fn redeem_code(&self, digest: Digest, grant: Grant, token: Option<AccessToken>) -> Answer<'_, bool> {
        (**self).redeem_code(digest, grant, token)
    }

    fn grant<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Grant>> {
        (**self).grant(id)
    }

    fn rotate_grant<'a>(
        &'a self,
        id: &'a str,
        from: u64,
        rotated_at: u64,
        expires_at: u64,
        token: Option<AccessToken>,
    ) -> Answer<'a, bool> {
        (**self).rotate_grant(id, from, rotated_at, expires_at, token)
    }

    fn end_grant<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        (**self).end_grant(id)
    }

    fn end_grants_of<'a>(&'a self, subject: &'a str, client: Option<&'a str>) -> Answer<'a, u64> {
        (**self).end_grants_of(subject, client)
    }

    fn create_access_token(&self, token: AccessToken) -> Answer<'_, bool> {
        (**self).create_access_token(token)
    }

    fn access_token(&self, digest: Digest) -> Answer<'_, Option<AccessToken>> {
        (**self).access_token(digest)
    }

    fn remove_access_token(&self, digest: Digest) -> Answer<'_, ()> {
        (**self).remove_access_token(digest)
    }

    fn revoke_token_id<'a>(&'a self, id: &'a str, expires_at: u64) -> Answer<'a, ()> {
        (**self).revoke_token_id(id, expires_at)
    }

    fn is_token_id_revoked<'a>(&'a self, id: &'a str) -> Answer<'a, bool> {
        (**self).is_token_id_revoked(id)
    }

    fn use_once(&self, digest: Digest, expires_at: u64) -> Answer<'_, bool> {
        (**self).use_once(digest, expires_at)
    }

    fn purge(&self, now: u64, most: usize) -> Answer<'_, u64> {
        (**self).purge(now, most)
    }
}
