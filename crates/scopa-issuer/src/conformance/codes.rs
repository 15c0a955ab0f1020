use std::sync::Arc;

use super::case::{Cases, Outcome, at_once, expect, only_winner};
use super::clients::RACERS;
use super::records::{client, code, digest, grant, token_of};
use crate::store::{Code, Digest, Grant, Store};

pub(super) async fn check<S: Store>(cases: &mut Cases<impl AsyncFn() -> S>) {
    cases.run("create_code: `false`, and nothing is added, if the client is not there", without_client).await;
    cases.run("create_code: a code whose digest is taken does not replace the other", not_replaced).await;
    cases.run("code: returns a code, spent or not", returned).await;
    cases.run("spend_code: `true` for the first call alone", spent_once).await;
    cases.run("spend_code: of calls at once exactly one wins", one_spends).await;
    cases.run("redeem_code: spends the code and adds grant and token", redeemed).await;
    cases.run("redeem_code: nothing changes for a code that is spent or not there", not_redeemed).await;
    cases
        .run("redeem_code: of calls at once exactly one wins, and only what it brought is kept", one_redeems)
        .await;
    cases.run("redeem_code: of this and spend_code at once exactly one wins", redeemed_or_spent).await;
    cases.run("redeem_code: wholly or not at all, so an error leaves the code unspent", wholly).await;
}

/// Adds a client and its codes.
async fn given<S: Store>(store: &S, codes: &[Code]) -> Outcome {
    store.create_client(client("c")).await?;
    for code in codes {
        expect("create_code", store.create_code(code.clone()).await?, true)?;
    }
    Ok(())
}

async fn without_client<S: Store>(store: Arc<S>) -> Outcome {
    given(&*store, &[]).await?;
    expect("create_code", store.create_code(code(1, "d", "alice")).await?, false)?;
    expect("code", store.code(digest(1)).await?, None)?;
    store.create_client(client("d")).await?;
    expect("code, when there is the client", store.code(digest(1)).await?, None)
}

async fn not_replaced<S: Store>(store: Arc<S>) -> Outcome {
    given(&*store, &[code(1, "c", "alice")]).await?;
    store.spend_code(digest(1)).await?;
    // What it answers is its own affair.
    drop(store.create_code(code(1, "c", "mallory")).await);
    expect("code", store.code(digest(1)).await?, Some(Code { spent: true, ..code(1, "c", "alice") }))
}

async fn returned<S: Store>(store: Arc<S>) -> Outcome {
    let bare = Code { redirect_uri: None, audience: Vec::new(), ..code(2, "c", "bob") };
    given(&*store, &[code(1, "c", "alice"), bare.clone()]).await?;
    expect("code", store.code(digest(1)).await?, Some(code(1, "c", "alice")))?;
    expect("bare code", store.code(digest(2)).await?, Some(bare.clone()))?;
    expect("unknown code", store.code(digest(3)).await?, None)?;
    store.spend_code(digest(1)).await?;
    expect("spent code", store.code(digest(1)).await?, Some(Code { spent: true, ..code(1, "c", "alice") }))?;
    expect("the other code", store.code(digest(2)).await?, Some(bare))
}

async fn spent_once<S: Store>(store: Arc<S>) -> Outcome {
    given(&*store, &[code(1, "c", "alice"), code(2, "c", "alice")]).await?;
    expect("spend_code", store.spend_code(digest(1)).await?, true)?;
    expect("spend_code again", store.spend_code(digest(1)).await?, false)?;
    expect("spend_code of an unknown one", store.spend_code(digest(3)).await?, false)?;
    expect("spend_code of another one", store.spend_code(digest(2)).await?, true)
}

async fn one_spends<S: Store>(store: Arc<S>) -> Outcome {
    given(&*store, &[code(1, "c", "alice")]).await?;
    let answers = at_once(RACERS, |_| {
        let store = store.clone();
        async move { store.spend_code(digest(1)).await }
    });
    only_winner(&answers.await?).map(drop)
}

async fn redeemed<S: Store>(store: Arc<S>) -> Outcome {
    given(&*store, &[code(1, "c", "alice"), code(2, "c", "alice")]).await?;
    let (first, second) = (grant(1, "c", "alice"), grant(2, "c", "alice"));
    let token = token_of(&first, 21);
    expect("redeem_code", store.redeem_code(digest(1), first.clone(), Some(token.clone())).await?, true)?;
    expect("its grant", store.grant(&first.id).await?, Some(first.clone()))?;
    expect("its token", store.access_token(digest(21)).await?, Some(token))?;
    expect("its code", store.code(digest(1)).await?, Some(Code { spent: true, ..code(1, "c", "alice") }))?;
    expect("the other code", store.code(digest(2)).await?, Some(code(2, "c", "alice")))?;
    expect("redeem_code without a token", store.redeem_code(digest(2), second.clone(), None).await?, true)?;
    expect("the second grant", store.grant(&second.id).await?, Some(second))?;
    expect("the first grant", store.grant(&first.id).await?, Some(first))
}

async fn not_redeemed<S: Store>(store: Arc<S>) -> Outcome {
    given(&*store, &[code(1, "c", "alice"), code(2, "c", "alice")]).await?;
    let first = grant(1, "c", "alice");
    store.redeem_code(digest(1), first.clone(), None).await?;
    store.spend_code(digest(2)).await?;
    for (number, what) in [(1, "redeemed code"), (2, "spent code"), (3, "unknown code")] {
        let another = Grant { id: "another".to_owned(), ..grant(number, "c", "mallory") };
        let token = token_of(&another, 21);
        let answer = store.redeem_code(digest(number), another, Some(token)).await?;
        expect(&format!("redeem_code of a {what}"), answer, false)?;
        expect(&format!("grant of a {what}"), store.grant("another").await?, None)?;
        expect(&format!("token of a {what}"), store.access_token(digest(21)).await?, None)?;
    }
    expect(
        "redeem_code again, with the same grant",
        store.redeem_code(digest(1), first.clone(), None).await?,
        false,
    )?;
    expect("the grant", store.grant(&first.id).await?, Some(first))
}

async fn one_redeems<S: Store>(store: Arc<S>) -> Outcome {
    given(&*store, &[code(1, "c", "alice")]).await?;
    let brought = |number: usize| {
        let number = u32::try_from(number).unwrap_or_default();
        let grant = Grant { seed: digest(100 + number), ..grant(1, "c", "alice") };
        let token = token_of(&grant, 200 + number);
        (grant, token)
    };
    let answers = at_once(RACERS, |number| {
        let (store, (grant, token)) = (store.clone(), brought(number));
        async move { store.redeem_code(digest(1), grant, Some(token)).await }
    });
    let winner = only_winner(&answers.await?)?;
    expect("its grant", store.grant("grant-1").await?, Some(brought(winner).0))?;
    for number in 0..RACERS {
        let token = brought(number).1;
        let found = store.access_token(token.digest).await?;
        expect("the token of each", found, (number == winner).then_some(token))?;
    }
    Ok(())
}

async fn redeemed_or_spent<S: Store>(store: Arc<S>) -> Outcome {
    for round in 0..ROUNDS {
        let number = round + 1;
        given(&*store, &[code(number, "c", "alice")]).await?;
        let answers = at_once(8, |racer| {
            let store = store.clone();
            async move {
                match racer % 2 {
                    0 => store.redeem_code(digest(number), grant(number, "c", "alice"), None).await,
                    _ => store.spend_code(digest(number)).await,
                }
            }
        });
        let was_redeemed = only_winner(&answers.await?)? % 2 == 0;
        let found = store.grant(&format!("grant-{number}")).await?;
        expect("there is a grant", found.is_some(), was_redeemed)?;
    }
    Ok(())
}

async fn wholly<S: Store>(store: Arc<S>) -> Outcome {
    given(&*store, &[code(1, "c", "alice"), code(2, "c", "alice")]).await?;
    let first = grant(1, "c", "alice");
    let token = token_of(&first, 21);
    store.redeem_code(digest(1), first.clone(), Some(token.clone())).await?;
    let taken: [(Grant, Digest); 2] = [(first.clone(), digest(22)), (grant(2, "c", "alice"), digest(21))];
    for (grant, of_token) in taken {
        let what = format!("with a taken id or digest ({}, {of_token:?})", grant.id);
        let its_token = crate::AccessToken { digest: of_token, ..token_of(&grant, 0) };
        let answer = store.redeem_code(digest(2), grant, Some(its_token)).await;
        expect(&format!("redeem_code {what} is an error"), answer.is_err(), true)?;
        expect(
            &format!("code after redeem_code {what}"),
            store.code(digest(2)).await?,
            Some(code(2, "c", "alice")),
        )?;
        expect("the first grant", store.grant(&first.id).await?, Some(first.clone()))?;
        expect("its token", store.access_token(digest(21)).await?, Some(token.clone()))?;
        expect("the second grant", store.grant("grant-2").await?, None)?;
    }
    Ok(())
}

/// How often two steps that contradict each other are let loose.
pub(super) const ROUNDS: u32 = 12;
