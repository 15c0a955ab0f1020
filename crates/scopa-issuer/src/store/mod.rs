//! Where clients, codes, grants and tokens are kept.

mod error;
mod memory;
mod record;
mod shared;

use std::sync::Arc;

use scopa::BoxFuture;

pub use error::StoreError;
pub use memory::MemoryStore;
pub use record::{AccessToken, Code, Digest, Grant};

use crate::client::Client;

/// What a store answers, now or later.
type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

/// Keeps clients, authorization codes, grants and opaque tokens.
///
/// An implementation keeps records and compares; it decides nothing: what has expired, whom a code belongs to and what a
/// second use means, the [`Issuer`](crate::Issuer) judges. Each method is one atomic step: it happens wholly or not at
/// all, also when the process is killed, and of methods that run at once and would contradict each other exactly one wins. What a method
/// answered before is seen by every later one, on whichever machine.
///
/// Texts are compared byte for byte, and none that is asked for is an error. Ids are short, other texts as long as a request. A new
/// record whose id or digest is taken does not replace the one that is there: that is an error. From its `expires_at` on a record
/// may go before it is purged, by the latest time that the store was told of.
///
/// Whether an implementation does so the module `conformance` checks (feature `conformance`).
///
/// No record holds a token, a code or a secret: [`Digest`]s under a key that the store does not have.
pub trait Store: Send + Sync + 'static {
    /// Returns a client.
    fn client<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Arc<Client>>>;

    /// Returns up to `most` clients in the order of their ids (by bytes), those after the id `after`.
    fn clients<'a>(&'a self, after: Option<&'a str>, most: usize) -> Answer<'a, Vec<Arc<Client>>>;

    /// Adds a client; `false` if its id is taken.
    fn create_client(&self, client: Client) -> Answer<'_, bool>;

    /// Puts a client in the place of the one with its id, if that has the version `from`; `false` otherwise.
    ///
    /// Kept is the new one as it is, with its own, higher, version.
    fn replace_client(&self, from: u64, client: Client) -> Answer<'_, bool>;

    /// Removes a client with its codes, its grants and its access tokens; `false` if there was none.
    fn remove_client<'a>(&'a self, id: &'a str) -> Answer<'a, bool>;

    /// Adds a code that has not been spent; `false`, and nothing is added, if its client is not there.
    fn create_code(&self, code: Code) -> Answer<'_, bool>;

    /// Returns a code, spent or not.
    fn code(&self, digest: Digest) -> Answer<'_, Option<Code>>;

    /// Spends a code: `true` for the one call that found it unspent.
    fn spend_code(&self, digest: Digest) -> Answer<'_, bool>;

    /// Spends a code, and in the same step adds the grant that it stood for and its first access token, if that is
    /// opaque: `true` for the one call that found the code unspent. For all others nothing changes.
    fn redeem_code(&self, digest: Digest, grant: Grant, token: Option<AccessToken>) -> Answer<'_, bool>;

    /// Returns a grant.
    fn grant<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Grant>>;

    /// Puts a grant into its next generation, if it is in the generation `from`: `true` for the one call that found it so.
    ///
    /// In the same step: `generation` is `from + 1`, `rotated_at` and `expires_at` are set, the access tokens that the
    /// grant had are removed, and `token` is added.
    fn rotate_grant<'a>(
        &'a self,
        id: &'a str,
        from: u64,
        rotated_at: u64,
        expires_at: u64,
        token: Option<AccessToken>,
    ) -> Answer<'a, bool>;

    /// Ends a grant: removes it and its access tokens. One that is not there has ended already.
    fn end_grant<'a>(&'a self, id: &'a str) -> Answer<'a, ()>;

    /// Ends all grants of a subject, those to one client only if `client` names it, and spends the codes that were given out for
    /// it. Returns how many grants ended.
    fn end_grants_of<'a>(&'a self, subject: &'a str, client: Option<&'a str>) -> Answer<'a, u64>;

    /// Adds an opaque access token; `false`, and nothing is added, if its client or the grant it belongs to is not there.
    fn create_access_token(&self, token: AccessToken) -> Answer<'_, bool>;

    /// Returns an opaque access token.
    fn access_token(&self, digest: Digest) -> Answer<'_, Option<AccessToken>>;

    /// Removes an opaque access token. One that is not there has been removed already.
    fn remove_access_token(&self, digest: Digest) -> Answer<'_, ()>;

    /// Remembers until `expires_at` that the signed token with this `jti` is revoked.
    fn revoke_token_id<'a>(&'a self, id: &'a str, expires_at: u64) -> Answer<'a, ()>;

    /// Says whether the signed token with this `jti` is revoked.
    fn is_token_id_revoked<'a>(&'a self, id: &'a str) -> Answer<'a, bool>;

    /// Remembers until `expires_at` that a word was used: `true` for the one call that brought it first.
    ///
    /// For what is good once: the `jti` of a client assertion (RFC 7523 §3).
    fn use_once(&self, digest: Digest, expires_at: u64) -> Answer<'_, bool>;

    /// Removes up to `most` records of each kind whose `expires_at` is `now` or before: codes, grants with their access tokens, access
    /// tokens, revoked and used words. Returns how many went, those that only went with their grant not counted.
    fn purge(&self, now: u64, most: usize) -> Answer<'_, u64>;
}
