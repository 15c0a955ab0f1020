use std::sync::Arc;

use super::case::{Cases, Outcome, at_once, expect, only_winner};
use super::clients::RACERS;
use super::records::{END, NOW, digest};
use crate::store::Store;

pub(super) async fn check<S: Store>(cases: &mut Cases<impl AsyncFn() -> S>) {
    cases.run("revoke_token_id: the id is revoked, and no other", revoked).await;
    cases.run("revoke_token_id: remembers until the latest `expires_at` that it was told", latest).await;
    cases.run("use_once: `true` for the first call alone", used_once).await;
    cases.run("use_once: of calls at once exactly one wins", one_uses).await;
}

async fn revoked<S: Store>(store: Arc<S>) -> Outcome {
    expect("is_token_id_revoked", store.is_token_id_revoked("jti-1").await?, false)?;
    store.revoke_token_id("jti-1", END).await?;
    expect("is_token_id_revoked", store.is_token_id_revoked("jti-1").await?, true)?;
    for other in ["", "jti-", "jti-2", "JTI-1", "jti-1 ", "jti-11"] {
        expect(&format!("{other:?} is revoked"), store.is_token_id_revoked(other).await?, false)?;
    }
    store.revoke_token_id("jti-1", END).await?;
    expect("when revoked again", store.is_token_id_revoked("jti-1").await?, true)
}

async fn latest<S: Store>(store: Arc<S>) -> Outcome {
    for (id, ends) in [("up", [NOW + 5, NOW + 10]), ("down", [NOW + 10, NOW + 5])] {
        for end in ends {
            store.revoke_token_id(id, end).await?;
        }
    }
    store.purge(NOW + 7, 100).await?;
    expect("up", store.is_token_id_revoked("up").await?, true)?;
    expect("down", store.is_token_id_revoked("down").await?, true)?;
    store.purge(NOW + 10, 100).await?;
    expect("up, at its end", store.is_token_id_revoked("up").await?, false)?;
    expect("down, at its end", store.is_token_id_revoked("down").await?, false)
}

async fn used_once<S: Store>(store: Arc<S>) -> Outcome {
    for number in [1, 2, 256] {
        expect("use_once", store.use_once(digest(number), END).await?, true)?;
        for end in [END, END - 1, END + 1] {
            expect("use_once again", store.use_once(digest(number), end).await?, false)?;
        }
    }
    Ok(())
}

async fn one_uses<S: Store>(store: Arc<S>) -> Outcome {
    let answers = at_once(RACERS, |_| {
        let store = store.clone();
        async move { store.use_once(digest(1), END).await }
    });
    only_winner(&answers.await?).map(drop)
}
