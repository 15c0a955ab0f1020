use std::sync::Arc;

use super::case::{Cases, Outcome, at_once, expect};
use super::clients::expect_client;
use super::codes::ROUNDS;
use super::grants::given;
use super::records::{END, NOW, client, code, digest, grant, named, token, token_of};
use crate::store::Store;

pub(super) async fn check<S: Store>(cases: &mut Cases<impl AsyncFn() -> S>) {
    cases.run("remove_client: `true` if there was one, which is gone", removed).await;
    cases
        .run("remove_client: removes its codes, its grants and its access tokens, and no others", with_all)
        .await;
    cases.run("remove_client: nothing of the client comes in at the same moment and stays", for_good).await;
}

async fn removed<S: Store>(store: Arc<S>) -> Outcome {
    expect("remove_client of none", store.remove_client("c").await?, false)?;
    store.create_client(client("c")).await?;
    store.create_client(client("d")).await?;
    expect("remove_client", store.remove_client("c").await?, true)?;
    expect("remove_client again", store.remove_client("c").await?, false)?;
    expect_client(&*store, "c", None).await?;
    expect("replace_client afterwards", store.replace_client(1, named("c", 2, "again")).await?, false)?;
    expect_client(&*store, "d", Some(&client("d"))).await?;
    expect("clients", store.clients(None, 9).await?.len(), 1)?;
    expect("create_client afterwards", store.create_client(named("c", 1, "anew")).await?, true)?;
    expect_client(&*store, "c", Some(&named("c", 1, "anew"))).await
}

async fn with_all<S: Store>(store: Arc<S>) -> Outcome {
    for (number, id) in [(1, "c"), (2, "d")] {
        let grant = grant(number, id, "alice");
        given(&*store, &grant, number, Some(token_of(&grant, 20 + number))).await?;
        expect("create_code", store.create_code(code(10 + number, id, "alice")).await?, true)?;
        expect("create_access_token", store.create_access_token(token(30 + number, id)).await?, true)?;
    }
    expect("remove_client", store.remove_client("c").await?, true)?;
    // A new client with the id of an old one inherits nothing.
    for _ in 0..2 {
        expect("its code", store.code(digest(11)).await?, None)?;
        expect("its spent code", store.code(digest(1)).await?, None)?;
        expect("its grant", store.grant("grant-1").await?, None)?;
        expect("its token with a grant", store.access_token(digest(21)).await?, None)?;
        expect("its token without one", store.access_token(digest(31)).await?, None)?;
        expect("redeem_code", store.redeem_code(digest(11), grant(11, "c", "alice"), None).await?, false)?;
        expect("rotate_grant", store.rotate_grant("grant-1", 0, NOW, END, None).await?, false)?;
        store.create_client(client("c")).await?;
    }
    let other = grant(2, "d", "alice");
    expect("another's code", store.code(digest(12)).await?, Some(code(12, "d", "alice")))?;
    expect("another's grant", store.grant(&other.id).await?, Some(other.clone()))?;
    expect("its token", store.access_token(digest(22)).await?, Some(token_of(&other, 22)))?;
    expect("its token without a grant", store.access_token(digest(32)).await?, Some(token(32, "d")))
}

async fn for_good<S: Store>(store: Arc<S>) -> Outcome {
    for round in 0..ROUNDS {
        let base = 1 + 100 * round;
        let held = grant(base, "c", "alice");
        given(&*store, &held, base, None).await?;
        store.create_code(code(base + 1, "c", "alice")).await?;
        let answers = at_once(13, |racer| {
            let (store, held) = (store.clone(), held.clone());
            async move {
                let number = base + 10 + u32::try_from(racer).unwrap_or_default();
                match racer {
                    6 => store.remove_client("c").await,
                    0 => store.rotate_grant(&held.id, 0, NOW, END, Some(token_of(&held, number))).await,
                    1 | 7 => {
                        let grant = grant(base + 1, "c", "alice");
                        let token = token_of(&grant, number);
                        store.redeem_code(digest(base + 1), grant, Some(token)).await
                    }
                    2 | 8 => store.create_code(code(number, "c", "alice")).await,
                    3 | 9 => store.create_access_token(token_of(&held, number)).await,
                    4 => store.end_grants_of("alice", None).await.map(|_| true),
                    5 => store.end_grant(&held.id).await.map(|()| true),
                    _ => store.create_access_token(token(number, "c")).await,
                }
            }
        });
        answers.await?;
        expect_client(&*store, "c", None).await?;
        for number in base..base + 30 {
            expect("a code", store.code(digest(number)).await?, None)?;
            expect("a grant", store.grant(&format!("grant-{number}")).await?, None)?;
            expect("a token", store.access_token(digest(number)).await?, None)?;
        }
    }
    Ok(())
}
