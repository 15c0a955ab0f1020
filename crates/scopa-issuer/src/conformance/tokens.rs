use std::sync::Arc;

use super::case::{Cases, Outcome, at_once, expect};
use super::clients::RACERS;
use super::grants::given;
use super::records::{client, digest, grant, token, token_of};
use crate::store::{AccessToken, Store};

pub(super) async fn check<S: Store>(cases: &mut Cases<impl AsyncFn() -> S>) {
    cases.run("create_access_token: adds a token, which access_token returns as it was", returned).await;
    cases
        .run("create_access_token: `false`, and nothing is added, if the client is not there", without_client)
        .await;
    cases
        .run("create_access_token: `false`, and nothing is added, if the grant is not there", without_grant)
        .await;
    cases
        .run("create_access_token: a token whose digest is taken does not replace the other", not_replaced)
        .await;
    cases.run("create_access_token: many at once are all kept", many).await;
    cases.run("remove_access_token: removes this token alone, whether it is there or not", removed).await;
}

async fn returned<S: Store>(store: Arc<S>) -> Outcome {
    let grant = grant(1, "c", "alice");
    given(&*store, &grant, 1, None).await?;
    let bare = AccessToken { audience: Vec::new(), claims: Default::default(), ..token(22, "c") };
    for token in [token(21, "c"), bare, token_of(&grant, 23)] {
        expect("create_access_token", store.create_access_token(token.clone()).await?, true)?;
        expect("access_token", store.access_token(token.digest).await?, Some(token))?;
    }
    expect("an unknown one", store.access_token(digest(24)).await?, None)?;
    expect("the digest of a code", store.access_token(digest(1)).await?, None)
}

async fn without_client<S: Store>(store: Arc<S>) -> Outcome {
    store.create_client(client("c")).await?;
    expect("create_access_token", store.create_access_token(token(21, "d")).await?, false)?;
    store.create_client(client("d")).await?;
    expect("access_token", store.access_token(digest(21)).await?, None)?;
    expect("create_access_token", store.create_access_token(token(21, "d")).await?, true)
}

async fn without_grant<S: Store>(store: Arc<S>) -> Outcome {
    let (first, second) = (grant(1, "c", "alice"), grant(2, "c", "alice"));
    given(&*store, &first, 1, None).await?;
    expect("create_access_token", store.create_access_token(token_of(&second, 21)).await?, false)?;
    given(&*store, &second, 2, None).await?;
    expect("access_token", store.access_token(digest(21)).await?, None)?;
    expect("create_access_token", store.create_access_token(token_of(&second, 21)).await?, true)?;
    store.end_grant(&second.id).await?;
    expect("create_access_token afterwards", store.create_access_token(token_of(&second, 22)).await?, false)?;
    expect("access_token", store.access_token(digest(22)).await?, None)
}

async fn not_replaced<S: Store>(store: Arc<S>) -> Outcome {
    let grant = grant(1, "c", "alice");
    given(&*store, &grant, 1, Some(token_of(&grant, 22))).await?;
    store.create_access_token(token(21, "c")).await?;
    // What it answers is its own affair.
    drop(store.create_access_token(AccessToken { scope: "admin".to_owned(), ..token(21, "c") }).await);
    drop(store.create_access_token(AccessToken { scope: "admin".to_owned(), ..token_of(&grant, 22) }).await);
    expect("access_token", store.access_token(digest(21)).await?, Some(token(21, "c")))?;
    expect("that of the grant", store.access_token(digest(22)).await?, Some(token_of(&grant, 22)))
}

async fn many<S: Store>(store: Arc<S>) -> Outcome {
    let grant = grant(1, "c", "alice");
    given(&*store, &grant, 1, None).await?;
    let kept = |racer: usize| {
        let number = 100 + u32::try_from(racer).unwrap_or_default();
        if racer.is_multiple_of(2) { token(number, "c") } else { token_of(&grant, number) }
    };
    let answers = at_once(RACERS, |racer| {
        let (store, token) = (store.clone(), kept(racer));
        async move { store.create_access_token(token).await }
    });
    expect("create_access_token", answers.await?, vec![true; RACERS])?;
    for racer in 0..RACERS {
        let token = kept(racer);
        expect("access_token", store.access_token(token.digest).await?, Some(token))?;
    }
    Ok(())
}

async fn removed<S: Store>(store: Arc<S>) -> Outcome {
    let grant = grant(1, "c", "alice");
    given(&*store, &grant, 1, Some(token_of(&grant, 23))).await?;
    store.create_access_token(token(21, "c")).await?;
    store.create_access_token(token(22, "c")).await?;
    for number in [21, 23, 21, 24] {
        store.remove_access_token(digest(number)).await?;
    }
    expect("the first", store.access_token(digest(21)).await?, None)?;
    expect("that of the grant", store.access_token(digest(23)).await?, None)?;
    expect("another", store.access_token(digest(22)).await?, Some(token(22, "c")))?;
    expect("the grant", store.grant(&grant.id).await?, Some(grant))
}
