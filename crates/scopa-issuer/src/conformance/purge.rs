use std::sync::Arc;

use super::case::{Cases, Outcome, at_once, expect};
use super::clients::expect_client;
use super::codes::ROUNDS;
use super::grants::given;
use super::records::{END, NOW, client, code, digest, grant, token, token_of};
use crate::store::{AccessToken, Code, Grant, Store};

pub(super) async fn check<S: Store>(cases: &mut Cases<impl AsyncFn() -> S>) {
    cases.run("purge: removes what expires at `now` or before, and nothing else", what_expired).await;
    cases.run("purge: removes a grant with its access tokens", grant_with_tokens).await;
    cases.run("purge: by the time that a rotation set", rotated).await;
    cases.run("purge: up to `most` of each kind, and says how many", in_portions).await;
    cases.run("purge: of this and a rotation at once one wins", at_the_same_time).await;
}

/// Adds one record of each kind that expires at `end`: five.
async fn one_of_each<S: Store>(store: &S, number: u32, end: u64) -> Outcome {
    let grant = Grant { expires_at: end, ..grant(number, "c", "alice") };
    given(store, &grant, number, None).await?;
    // The code that became the grant is one of them, too.
    store.create_code(Code { expires_at: end, ..code(number + 500, "c", "alice") }).await?;
    store.create_access_token(AccessToken { expires_at: end, ..token(number, "c") }).await?;
    store.revoke_token_id(&number.to_string(), end).await?;
    store.use_once(digest(number), end).await?;
    Ok(())
}

/// Says of each kind whether it is there.
async fn there<S: Store>(store: &S, number: u32) -> Result<[bool; 5], crate::StoreError> {
    Ok([
        store.grant(&format!("grant-{number}")).await?.is_some(),
        store.code(digest(number + 500)).await?.is_some(),
        store.access_token(digest(number)).await?.is_some(),
        store.is_token_id_revoked(&number.to_string()).await?,
        !store.use_once(digest(number), END).await?,
    ])
}

async fn what_expired<S: Store>(store: Arc<S>) -> Outcome {
    for (number, end) in [(1, NOW - 1), (2, NOW), (3, NOW + 1), (4, FAR)] {
        one_of_each(&*store, number, end).await?;
    }
    store.purge(NOW - 2, 100).await?;
    store.purge(NOW, 100).await?;
    for (number, is_there) in [(1, false), (2, false), (3, true), (4, true)] {
        expect(&format!("record {number}"), there(&*store, number).await?, [is_there; 5])?;
    }
    // Spent codes whose end is later.
    expect("a spent code", store.code(digest(3)).await?.is_some(), true)?;
    store.purge(END, 100).await?;
    expect("a spent code that expired", store.code(digest(3)).await?, None)?;
    expect("what ends in the far future", there(&*store, 4).await?, [true; 5])?;
    expect_client(&*store, "c", Some(&client("c"))).await
}

async fn grant_with_tokens<S: Store>(store: Arc<S>) -> Outcome {
    let first = Grant { expires_at: NOW + 1, ..grant(1, "c", "alice") };
    let second = grant(2, "c", "alice");
    given(&*store, &first, 1, Some(token_of(&first, 21))).await?;
    given(&*store, &second, 2, Some(AccessToken { expires_at: NOW + 1, ..token_of(&second, 31) })).await?;
    store.create_access_token(token_of(&second, 32)).await?;
    expect("purge", store.purge(NOW + 1, 100).await?, 2)?;
    expect("the grant that expired", store.grant(&first.id).await?, None)?;
    expect("its token", store.access_token(digest(21)).await?, None)?;
    expect("the other grant", store.grant(&second.id).await?, Some(second.clone()))?;
    expect("its token that expired", store.access_token(digest(31)).await?, None)?;
    expect("its other token", store.access_token(digest(32)).await?, Some(token_of(&second, 32)))
}

async fn rotated<S: Store>(store: Arc<S>) -> Outcome {
    let (longer, shorter) = (grant(1, "c", "alice"), grant(2, "c", "alice"));
    given(&*store, &longer, 1, None).await?;
    given(&*store, &shorter, 2, None).await?;
    store.rotate_grant(&longer.id, 0, NOW, END + 10, None).await?;
    store.rotate_grant(&shorter.id, 0, NOW, NOW + 10, None).await?;
    store.purge(NOW + 10, 100).await?;
    expect("the shorter", store.grant(&shorter.id).await?, None)?;
    store.purge(END, 100).await?;
    expect("the longer", store.grant(&longer.id).await?.is_some(), true)?;
    store.purge(END + 10, 100).await?;
    expect("the longer, at its end", store.grant(&longer.id).await?, None)
}

async fn in_portions<S: Store>(store: Arc<S>) -> Outcome {
    for number in 1..=5 {
        one_of_each(&*store, number, NOW + 1).await?;
    }
    one_of_each(&*store, 6, NOW + 2).await?;
    expect("purge of none", store.purge(NOW + 1, 0).await?, 0)?;
    let mut portions = Vec::new();
    for _ in 0..4 {
        portions.push(store.purge(NOW + 1, 2).await?);
    }
    expect("portions", portions, [10, 10, 5, 0].into())?;
    for number in 1..=5 {
        expect(&format!("record {number}"), there(&*store, number).await?, [false; 5])?;
    }
    expect("what has not expired", there(&*store, 6).await?, [true; 5])
}

async fn at_the_same_time<S: Store>(store: Arc<S>) -> Outcome {
    for round in 0..ROUNDS {
        let number = round + 1;
        let end = NOW + u64::from(number);
        let expiring = Grant { expires_at: end, ..grant(number, "c", "alice") };
        given(&*store, &expiring, number, None).await?;
        let answers = at_once(2, |racer| {
            let (store, id) = (store.clone(), expiring.id.clone());
            async move {
                match racer {
                    0 => store.purge(end, 100).await.map(|gone| gone == 0),
                    _ => store.rotate_grant(&id, 0, NOW, END, None).await,
                }
            }
        });
        let answers = answers.await?;
        let is_there = store.grant(&expiring.id).await?.is_some();
        expect("the grant stays for both", answers, [is_there; 2].into())?;
    }
    Ok(())
}

/// In the year 9999.
const FAR: u64 = 253_402_300_799;
