use std::sync::Arc;

use super::case::{Cases, Outcome, at_once, expect, only_winner};
use super::records::{client, named};
use crate::client::Client;
use crate::store::Store;

pub(super) async fn check<S: Store>(cases: &mut Cases<impl AsyncFn() -> S>) {
    cases.run("client: returns a client as it was created", returned_as_created).await;
    cases.run("create_client: `false` if the id is taken, and the first one stays", first_stays).await;
    cases.run("create_client: of calls at once with one id exactly one wins", one_creation).await;
    cases.run("replace_client: keeps the new client as it is, its version included", replaced).await;
    cases.run("replace_client: `false` and no change if the version is not `from`", wrong_version).await;
    cases
        .run("replace_client: `false` if there is no client with the id, which stays free", no_such_client)
        .await;
    cases.run("replace_client: of calls at once from one version exactly one wins", one_replacement).await;
    cases.run("clients: in the order of their ids by bytes", in_order).await;
    cases.run("clients: up to `most`, those after `after`, which need not be there", in_pages).await;
}

async fn returned_as_created<S: Store>(store: Arc<S>) -> Outcome {
    let kept = client("c");
    expect("create_client", store.create_client(kept.clone()).await?, true)?;
    expect_client(&*store, "c", Some(&kept)).await?;
    for other in ["", "C", "c ", "cc", "ç"] {
        expect_client(&*store, other, None).await?;
    }
    Ok(())
}

async fn first_stays<S: Store>(store: Arc<S>) -> Outcome {
    let first = named("c", 1, "first");
    expect("create_client", store.create_client(first.clone()).await?, true)?;
    expect("create_client again", store.create_client(named("c", 2, "second")).await?, false)?;
    expect_client(&*store, "c", Some(&first)).await
}

async fn one_creation<S: Store>(store: Arc<S>) -> Outcome {
    let all: Vec<Client> = (0..RACERS).map(|number| named("c", 1, &number.to_string())).collect();
    let answers = at_once(RACERS, |number| {
        let (store, client) = (store.clone(), all.get(number).cloned());
        async move {
            match client {
                Some(client) => store.create_client(client).await,
                None => Ok(false),
            }
        }
    });
    let winner = only_winner(&answers.await?)?;
    expect_client(&*store, "c", all.get(winner)).await
}

async fn replaced<S: Store>(store: Arc<S>) -> Outcome {
    let other = named("d", 3, "another");
    store.create_client(named("c", 3, "before")).await?;
    store.create_client(other.clone()).await?;
    let after = named("c", 9, "after");
    expect("replace_client", store.replace_client(3, after.clone()).await?, true)?;
    expect_client(&*store, "c", Some(&after)).await?;
    expect_client(&*store, "d", Some(&other)).await?;
    let last = named("c", 10, "last");
    expect("replace_client from the new version", store.replace_client(9, last.clone()).await?, true)?;
    expect_client(&*store, "c", Some(&last)).await?;
    expect("clients", store.clients(None, 9).await?, [last, other].map(Arc::new).into())
}

async fn wrong_version<S: Store>(store: Arc<S>) -> Outcome {
    let kept = named("c", 3, "kept");
    store.create_client(kept.clone()).await?;
    for from in [0, 2, 4, u64::MAX] {
        expect("replace_client", store.replace_client(from, named("c", 5, "other")).await?, false)?;
    }
    expect_client(&*store, "c", Some(&kept)).await
}

async fn no_such_client<S: Store>(store: Arc<S>) -> Outcome {
    expect("replace_client", store.replace_client(0, client("c")).await?, false)?;
    expect("replace_client", store.replace_client(1, client("c")).await?, false)?;
    expect_client(&*store, "c", None).await
}

async fn one_replacement<S: Store>(store: Arc<S>) -> Outcome {
    store.create_client(named("c", 1, "before")).await?;
    let answers = at_once(RACERS, |number| {
        let store = store.clone();
        async move { store.replace_client(1, named("c", 2, &number.to_string())).await }
    });
    let winner = only_winner(&answers.await?)?;
    expect_client(&*store, "c", Some(&named("c", 2, &winner.to_string()))).await
}

async fn in_order<S: Store>(store: Arc<S>) -> Outcome {
    for id in IN_ORDER.iter().rev() {
        store.create_client(client(id)).await?;
    }
    expect("all", ids(&*store, None, 99).await?, IN_ORDER.map(str::to_owned).into())
}

async fn in_pages<S: Store>(store: Arc<S>) -> Outcome {
    expect("of none", ids(&*store, None, 9).await?, Vec::new())?;
    for id in ["b", "d", "f", "h"] {
        store.create_client(client(id)).await?;
    }
    for (after, most, wanted) in [
        (None, 0, ""),
        (None, 3, "b d f"),
        (Some("b"), 2, "d f"),
        (Some("c"), 2, "d f"),
        (Some("f"), 2, "h"),
        (Some("h"), 2, ""),
        (Some(""), 1, "b"),
        (Some("i"), 2, ""),
        (Some("d"), usize::MAX, "f h"),
    ] {
        let found = ids(&*store, after, most).await?.join(" ");
        expect(&format!("{most} after {after:?}"), found, wanted.to_owned())?;
    }
    Ok(())
}

async fn ids(store: &impl Store, after: Option<&str>, most: usize) -> Result<Vec<String>, crate::StoreError> {
    let page = store.clients(after, most).await?;
    Ok(page.iter().map(|client| client.id().to_owned()).collect())
}

/// Compares a client with all that it holds, which its `Debug` does not show.
pub(super) async fn expect_client(store: &impl Store, id: &str, wanted: Option<&Client>) -> Outcome {
    let found = store.client(id).await?;
    let same = found.as_deref() == wanted;
    let what = format!("client {id:?}, found {found:?} where there should be {wanted:?}: as it was");
    expect(&what, same, true)
}

/// Bytes, not letters; and not the units of UTF-16, by which the last two would change places.
const IN_ORDER: [&str; 12] = ["", "-", "1", "10", "2", "A", "Z", "_", "a", "é", "\u{ff5e}", "\u{1f600}"];

pub(super) const RACERS: usize = 32;
