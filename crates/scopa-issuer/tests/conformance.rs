//! The store in memory, and stores that are wrong in one way each, before the conformance suite.
#![cfg(test)]
#![cfg(feature = "conformance")]

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use scopa::BoxFuture;
use scopa_issuer::{AccessToken, Client, Code, Digest, Grant, MemoryStore, Store, StoreError, conformance};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_store_in_memory_keeps_every_rule() {
    assert_eq!(conformance::check(async || MemoryStore::new()).await, Ok(()));
}

#[tokio::test]
async fn a_store_that_is_shared_is_the_same_store() {
    let shared = async || Arc::new(MemoryStore::new()) as Arc<dyn Store>;
    assert_eq!(conformance::check(shared).await, Ok(()));
    let faulty = conformance::check(async || Arc::new(Faulty::new(Fault::PurgeNothing))).await;
    assert!(faulty.is_err());
}

// On one thread it is sure that calls at once come in between the two steps of a store that takes two.
#[tokio::test]
async fn each_fault_is_found_and_told_by_its_method() {
    assert_eq!(conformance::check(async || Faulty::new(Fault::None)).await, Ok(()));
    for (fault, method) in [
        (Fault::ClientsReversed, "clients:"),
        (Fault::ClientsWithAfter, "clients:"),
        (Fault::ClientsAll, "clients:"),
        (Fault::CreateReplaces, "create_client:"),
        (Fault::ReplaceAnyVersion, "replace_client:"),
        (Fault::ReplaceCreates, "replace_client:"),
        (Fault::RemoveKeepsRecords, "remove_client:"),
        (Fault::RemoveSaysTrue, "remove_client:"),
        (Fault::IdsTrimmed, "Store:"),
        (Fault::ZeroIsAnError, "Store:"),
        (Fault::CodeOfNobody, "create_code:"),
        (Fault::CodeUnspent, "code:"),
        (Fault::CodeGoneWhenSpent, "code:"),
        (Fault::SpendAgain, "spend_code: `true`"),
        (Fault::SpendInTwoSteps, "spend_code: of calls at once"),
        (Fault::RedeemInTwoSteps, "redeem_code: of calls at once"),
        (Fault::RedeemWithoutToken, "redeem_code:"),
        (Fault::RotateInTwoSteps, "rotate_grant: of calls at once"),
        (Fault::RotateAnyGeneration, "rotate_grant:"),
        (Fault::RotateKeepsEnd, "rotate_grant:"),
        (Fault::RotateWithoutToken, "rotate_grant:"),
        (Fault::EndNothing, "end_grant:"),
        (Fault::EndOfAllClients, "end_grants_of:"),
        (Fault::EndMiscounted, "end_grants_of:"),
        (Fault::EndIgnoringCase, "Store:"),
        (Fault::TokenOfNobody, "create_access_token: `false`, and nothing is added, if the client"),
        (Fault::TokenOfNoGrant, "create_access_token: `false`, and nothing is added, if the grant"),
        (Fault::TokenReplaced, "create_access_token: a token whose digest is taken"),
        (Fault::TokenWithoutClaims, "create_access_token:"),
        (Fault::RemoveTokenAndGrant, "remove_access_token:"),
        (Fault::RevokeFirstEnd, "revoke_token_id:"),
        (Fault::RevokeIgnoringCase, "revoke_token_id:"),
        (Fault::UseAlways, "use_once: `true`"),
        (Fault::UseInTwoSteps, "use_once: of calls at once"),
        (Fault::PurgeEarly, "purge:"),
        (Fault::PurgeLate, "purge:"),
        (Fault::PurgeAll, "purge: up to `most`"),
        (Fault::PurgeMiscounted, "purge: up to `most`"),
        (Fault::PurgeNothing, "purge:"),
    ] {
        let violations = conformance::check(async || Faulty::new(fault)).await.unwrap_err();
        let is_told = violations.iter().any(|violation| violation.rule().starts_with(method));
        assert!(is_told, "{fault:?}: {violations:#?}");
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    ClientsReversed,
    ClientsWithAfter,
    ClientsAll,
    CreateReplaces,
    ReplaceAnyVersion,
    ReplaceCreates,
    RemoveKeepsRecords,
    RemoveSaysTrue,
    IdsTrimmed,
    ZeroIsAnError,
    CodeOfNobody,
    CodeUnspent,
    CodeGoneWhenSpent,
    SpendAgain,
    SpendInTwoSteps,
    RedeemInTwoSteps,
    RedeemWithoutToken,
    RotateInTwoSteps,
    RotateAnyGeneration,
    RotateKeepsEnd,
    RotateWithoutToken,
    EndNothing,
    EndOfAllClients,
    EndMiscounted,
    EndIgnoringCase,
    TokenOfNobody,
    TokenOfNoGrant,
    TokenReplaced,
    TokenWithoutClaims,
    RemoveTokenAndGrant,
    RevokeFirstEnd,
    RevokeIgnoringCase,
    UseAlways,
    UseInTwoSteps,
    PurgeEarly,
    PurgeLate,
    PurgeAll,
    PurgeMiscounted,
    PurgeNothing,
}

/// A store in memory with something wrong about it.
struct Faulty {
    inner: MemoryStore,
    fault: Fault,
    removed: Mutex<HashSet<String>>,
    used: Mutex<HashSet<Digest>>,
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        Self { inner: MemoryStore::new(), fault, removed: Mutex::default(), used: Mutex::default() }
    }

    fn is_removed(&self, id: &str) -> bool {
        self.removed.lock().unwrap().contains(id)
    }
}

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

impl Store for Faulty {
    fn client<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Arc<Client>>> {
        Box::pin(async move {
            match self.fault {
                Fault::ZeroIsAnError if id.contains('\0') => Err(StoreError::new("a zero")),
                Fault::IdsTrimmed => self.inner.client(id.trim_end()).await,
                _ if self.is_removed(id) => Ok(None),
                _ => self.inner.client(id).await,
            }
        })
    }

    fn clients<'a>(&'a self, after: Option<&'a str>, most: usize) -> Answer<'a, Vec<Arc<Client>>> {
        Box::pin(async move {
            let most = if self.fault == Fault::ClientsAll { usize::MAX } else { most };
            let mut page = self.inner.clients(after, most).await?;
            match (self.fault, after) {
                (Fault::ClientsReversed, _) => page.reverse(),
                (Fault::ClientsWithAfter, Some(after)) => page.extend(self.inner.client(after).await?),
                _ => {}
            }
            Ok(page)
        })
    }

    fn create_client(&self, client: Client) -> Answer<'_, bool> {
        Box::pin(async move {
            if self.fault == Fault::CreateReplaces {
                self.inner.remove_client(client.id()).await?;
            }
            self.removed.lock().unwrap().remove(client.id());
            self.inner.create_client(client).await
        })
    }

    fn replace_client(&self, from: u64, client: Client) -> Answer<'_, bool> {
        Box::pin(async move {
            let kept = self.inner.client(client.id()).await?;
            match (self.fault, kept) {
                (Fault::ReplaceAnyVersion, Some(kept)) => {
                    self.inner.replace_client(kept.version(), client).await
                }
                (Fault::ReplaceCreates, None) => self.inner.create_client(client).await,
                _ => self.inner.replace_client(from, client).await,
            }
        })
    }

    fn remove_client<'a>(&'a self, id: &'a str) -> Answer<'a, bool> {
        Box::pin(async move {
            match self.fault {
                Fault::RemoveKeepsRecords => {
                    let is_there = self.client(id).await?.is_some();
                    self.removed.lock().unwrap().insert(id.to_owned());
                    Ok(is_there)
                }
                Fault::RemoveSaysTrue => self.inner.remove_client(id).await.map(|_| true),
                _ => self.inner.remove_client(id).await,
            }
        })
    }

    fn create_code(&self, code: Code) -> Answer<'_, bool> {
        Box::pin(async move {
            let added = self.inner.create_code(code).await?;
            Ok(added || self.fault == Fault::CodeOfNobody)
        })
    }

    fn code(&self, digest: Digest) -> Answer<'_, Option<Code>> {
        Box::pin(async move {
            let code = self.inner.code(digest).await?;
            Ok(match self.fault {
                Fault::CodeUnspent => code.map(|code| Code { spent: false, ..code }),
                Fault::CodeGoneWhenSpent => code.filter(|code| !code.spent),
                _ => code,
            })
        })
    }

    fn spend_code(&self, digest: Digest) -> Answer<'_, bool> {
        Box::pin(async move {
            let before = self.inner.code(digest).await?;
            match self.fault {
                Fault::SpendAgain => return self.inner.spend_code(digest).await.map(|_| before.is_some()),
                Fault::SpendInTwoSteps => tokio::task::yield_now().await,
                _ => return self.inner.spend_code(digest).await,
            }
            self.inner.spend_code(digest).await?;
            Ok(before.is_some_and(|code| !code.spent))
        })
    }

    fn redeem_code(&self, digest: Digest, grant: Grant, token: Option<AccessToken>) -> Answer<'_, bool> {
        Box::pin(async move {
            match self.fault {
                Fault::RedeemWithoutToken => self.inner.redeem_code(digest, grant, None).await,
                Fault::RedeemInTwoSteps => {
                    let before = self.inner.code(digest).await?;
                    tokio::task::yield_now().await;
                    self.inner.redeem_code(digest, grant, token).await?;
                    Ok(before.is_some_and(|code| !code.spent))
                }
                _ => self.inner.redeem_code(digest, grant, token).await,
            }
        })
    }

    fn grant<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Grant>> {
        self.inner.grant(id)
    }

    fn rotate_grant<'a>(
        &'a self,
        id: &'a str,
        from: u64,
        rotated_at: u64,
        expires_at: u64,
        token: Option<AccessToken>,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let Some(grant) = self.inner.grant(id).await? else { return Ok(false) };
            let (mut from, mut end, mut token) = (from, expires_at, token);
            match self.fault {
                Fault::RotateAnyGeneration => from = grant.generation,
                Fault::RotateKeepsEnd => end = grant.expires_at,
                Fault::RotateWithoutToken => token = None,
                Fault::RotateInTwoSteps => {
                    tokio::task::yield_now().await;
                    self.inner.rotate_grant(id, from, rotated_at, end, token).await?;
                    return Ok(grant.generation == from);
                }
                _ => {}
            }
            self.inner.rotate_grant(id, from, rotated_at, end, token).await
        })
    }

    fn end_grant<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            match self.fault {
                Fault::EndNothing => Ok(()),
                _ => self.inner.end_grant(id).await,
            }
        })
    }

    fn end_grants_of<'a>(&'a self, subject: &'a str, client: Option<&'a str>) -> Answer<'a, u64> {
        Box::pin(async move {
            match self.fault {
                Fault::EndOfAllClients => self.inner.end_grants_of(subject, None).await,
                Fault::EndMiscounted => {
                    self.inner.end_grants_of(subject, client).await.map(|count| count + 1)
                }
                Fault::EndIgnoringCase => self.inner.end_grants_of(&subject.to_lowercase(), client).await,
                _ => self.inner.end_grants_of(subject, client).await,
            }
        })
    }

    fn create_access_token(&self, token: AccessToken) -> Answer<'_, bool> {
        Box::pin(async move {
            let has_client = self.inner.client(&token.client_id).await?.is_some();
            match self.fault {
                Fault::TokenOfNobody if !has_client => Ok(true),
                Fault::TokenOfNoGrant => match self.inner.create_access_token(token.clone()).await? {
                    true => Ok(true),
                    false => self.inner.create_access_token(AccessToken { grant_id: None, ..token }).await,
                },
                Fault::TokenReplaced => {
                    self.inner.remove_access_token(token.digest).await?;
                    self.inner.create_access_token(token).await
                }
                _ => self.inner.create_access_token(token).await,
            }
        })
    }

    fn access_token(&self, digest: Digest) -> Answer<'_, Option<AccessToken>> {
        Box::pin(async move {
            let token = self.inner.access_token(digest).await?;
            Ok(match self.fault {
                Fault::TokenWithoutClaims => {
                    token.map(|token| AccessToken { claims: Default::default(), ..token })
                }
                _ => token,
            })
        })
    }

    fn remove_access_token(&self, digest: Digest) -> Answer<'_, ()> {
        Box::pin(async move {
            let token = self.inner.access_token(digest).await?;
            if let (Fault::RemoveTokenAndGrant, Some(grant)) =
                (self.fault, token.and_then(|token| token.grant_id))
            {
                self.inner.end_grant(&grant).await?;
            }
            self.inner.remove_access_token(digest).await
        })
    }

    fn revoke_token_id<'a>(&'a self, id: &'a str, expires_at: u64) -> Answer<'a, ()> {
        Box::pin(async move {
            if self.fault == Fault::RevokeFirstEnd && self.inner.is_token_id_revoked(id).await? {
                return Ok(());
            }
            match self.fault {
                Fault::RevokeIgnoringCase => self.inner.revoke_token_id(&id.to_lowercase(), expires_at).await,
                _ => self.inner.revoke_token_id(id, expires_at).await,
            }
        })
    }

    fn is_token_id_revoked<'a>(&'a self, id: &'a str) -> Answer<'a, bool> {
        Box::pin(async move {
            match self.fault {
                Fault::RevokeIgnoringCase => self.inner.is_token_id_revoked(&id.to_lowercase()).await,
                _ => self.inner.is_token_id_revoked(id).await,
            }
        })
    }

    fn use_once(&self, digest: Digest, expires_at: u64) -> Answer<'_, bool> {
        Box::pin(async move {
            match self.fault {
                Fault::UseAlways => Ok(true),
                Fault::UseInTwoSteps => {
                    let was_used = self.used.lock().unwrap().contains(&digest);
                    tokio::task::yield_now().await;
                    self.used.lock().unwrap().insert(digest);
                    Ok(!was_used)
                }
                _ => self.inner.use_once(digest, expires_at).await,
            }
        })
    }

    fn purge(&self, now: u64, most: usize) -> Answer<'_, u64> {
        Box::pin(async move {
            match self.fault {
                Fault::PurgeEarly => self.inner.purge(now + 1, most).await,
                Fault::PurgeLate => self.inner.purge(now - 1, most).await,
                Fault::PurgeAll => self.inner.purge(now, usize::MAX).await,
                Fault::PurgeMiscounted => self.inner.purge(now, most).await.map(|count| count * 2),
                Fault::PurgeNothing => Ok(0),
                _ => self.inner.purge(now, most).await,
            }
        })
    }
}
