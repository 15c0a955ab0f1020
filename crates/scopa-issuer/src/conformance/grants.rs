use std::sync::Arc;

use super::case::{Cases, Outcome, at_once, expect, only_winner};
use super::clients::RACERS;
use super::codes::ROUNDS;
use super::records::{END, NOW, client, code, digest, grant, token_of};
use crate::store::{AccessToken, Code, Grant, Store};

pub(super) async fn check<S: Store>(cases: &mut Cases<impl AsyncFn() -> S>) {
    cases.run("rotate_grant: sets generation and times, and keeps the rest", rotated).await;
    cases
        .run(
            "rotate_grant: removes the tokens that the grant had, adds the new one, and no others change",
            tokens_change,
        )
        .await;
    cases.run("rotate_grant: `false` and no change if the generation is not `from`", not_rotated).await;
    cases
        .run("rotate_grant: of calls at once exactly one wins, and only its token is kept", one_rotates)
        .await;
    cases.run("rotate_grant: no rotation of many is lost", none_is_lost).await;
    cases.run("end_grant: removes the grant and its tokens, and no others", ended).await;
    cases.run("end_grant: nothing of the grant comes in at the same moment and stays", ended_for_good).await;
    cases.run("end_grants_of: ends the grants of the subject, of one client if it is named", all_ended).await;
    cases.run("end_grants_of: spends the codes that were given out for it", codes_spent).await;
    cases.run("end_grants_of: no code becomes a grant at the same moment and stays", none_redeemed).await;
}

/// Adds a grant, as codes do.
pub(super) async fn given<S: Store>(
    store: &S,
    grant: &Grant,
    number: u32,
    token: Option<AccessToken>,
) -> Outcome {
    store.create_client(client(&grant.client_id)).await?;
    let code = code(number, &grant.client_id, &grant.subject);
    expect("create_code", store.create_code(Code { grant_id: grant.id.clone(), ..code }).await?, true)?;
    expect("redeem_code", store.redeem_code(digest(number), grant.clone(), token).await?, true)
}

async fn rotated<S: Store>(store: Arc<S>) -> Outcome {
    let (first, second) = (grant(1, "c", "alice"), grant(2, "c", "alice"));
    given(&*store, &first, 1, None).await?;
    given(&*store, &second, 2, None).await?;
    let mut wanted = first.clone();
    for generation in 1..4 {
        let (at, end) = (NOW + generation, END + 7 * generation);
        expect("rotate_grant", store.rotate_grant(&first.id, generation - 1, at, end, None).await?, true)?;
        wanted = Grant { generation, rotated_at: at, expires_at: end, ..wanted };
        expect("the grant", store.grant(&first.id).await?, Some(wanted.clone()))?;
    }
    expect("the other grant", store.grant(&second.id).await?, Some(second))
}

async fn tokens_change<S: Store>(store: Arc<S>) -> Outcome {
    let (first, second) = (grant(1, "c", "alice"), grant(2, "c", "alice"));
    given(&*store, &first, 1, Some(token_of(&first, 21))).await?;
    given(&*store, &second, 2, Some(token_of(&second, 31))).await?;
    expect("create_access_token", store.create_access_token(token_of(&first, 22)).await?, true)?;
    expect(
        "rotate_grant",
        store.rotate_grant(&first.id, 0, NOW, END, Some(token_of(&first, 23))).await?,
        true,
    )?;
    expect("the first token", store.access_token(digest(21)).await?, None)?;
    expect("the second token", store.access_token(digest(22)).await?, None)?;
    expect("the new token", store.access_token(digest(23)).await?, Some(token_of(&first, 23)))?;
    expect("another grant's token", store.access_token(digest(31)).await?, Some(token_of(&second, 31)))?;
    expect("rotate_grant", store.rotate_grant(&first.id, 1, NOW, END, None).await?, true)?;
    expect("the token before", store.access_token(digest(23)).await?, None)
}

async fn not_rotated<S: Store>(store: Arc<S>) -> Outcome {
    let first = grant(1, "c", "alice");
    given(&*store, &first, 1, None).await?;
    store.rotate_grant(&first.id, 0, NOW, END, Some(token_of(&first, 21))).await?;
    let kept = store.grant(&first.id).await?;
    for from in [0, 2, u64::MAX] {
        let answer =
            store.rotate_grant(&first.id, from, NOW + 1, END + 1, Some(token_of(&first, 22))).await?;
        expect(&format!("rotate_grant from {from}"), answer, false)?;
    }
    let unknown = grant(2, "c", "alice");
    let answer = store.rotate_grant(&unknown.id, 0, NOW, END, Some(token_of(&unknown, 22))).await?;
    expect("rotate_grant of an unknown one", answer, false)?;
    expect("the unknown one", store.grant(&unknown.id).await?, None)?;
    expect("the grant", store.grant(&first.id).await?, kept)?;
    expect("its token", store.access_token(digest(21)).await?, Some(token_of(&first, 21)))?;
    expect("the token that came too late", store.access_token(digest(22)).await?, None)
}

async fn one_rotates<S: Store>(store: Arc<S>) -> Outcome {
    let first = grant(1, "c", "alice");
    given(&*store, &first, 1, Some(token_of(&first, 21))).await?;
    let token = |number: usize| token_of(&first, 200 + u32::try_from(number).unwrap_or_default());
    let answers = at_once(RACERS, |number| {
        let (store, id, token) = (store.clone(), first.id.clone(), token(number));
        async move { store.rotate_grant(&id, 0, NOW + number as u64, END, Some(token)).await }
    });
    let winner = only_winner(&answers.await?)?;
    let wanted = Grant { generation: 1, rotated_at: NOW + winner as u64, ..first.clone() };
    expect("the grant", store.grant(&first.id).await?, Some(wanted))?;
    expect("the token before", store.access_token(digest(21)).await?, None)?;
    for number in 0..RACERS {
        let token = token(number);
        let found = store.access_token(token.digest).await?;
        expect("the token of each", found, (number == winner).then_some(token))?;
    }
    Ok(())
}

async fn none_is_lost<S: Store>(store: Arc<S>) -> Outcome {
    let first = grant(1, "c", "alice");
    given(&*store, &first, 1, None).await?;
    let answers = at_once(8, |_| {
        let (store, id) = (store.clone(), first.id.clone());
        async move {
            let mut won = 0_u64;
            while won < 5 {
                let Some(grant) = store.grant(&id).await? else { break };
                won += u64::from(store.rotate_grant(&id, grant.generation, NOW, END, None).await?);
            }
            Ok(won)
        }
    });
    expect("rotations that won", answers.await?.iter().sum(), 40)?;
    expect("the generation", store.grant(&first.id).await?.map(|grant| grant.generation), Some(40))
}

async fn ended<S: Store>(store: Arc<S>) -> Outcome {
    let (first, second) = (grant(1, "c", "alice"), grant(2, "c", "alice"));
    given(&*store, &first, 1, Some(token_of(&first, 21))).await?;
    given(&*store, &second, 2, Some(token_of(&second, 31))).await?;
    store.create_access_token(token_of(&first, 22)).await?;
    for _ in 0..2 {
        store.end_grant(&first.id).await?;
        expect("the grant", store.grant(&first.id).await?, None)?;
        expect("its first token", store.access_token(digest(21)).await?, None)?;
        expect("its second token", store.access_token(digest(22)).await?, None)?;
    }
    expect("rotate_grant afterwards", store.rotate_grant(&first.id, 0, NOW, END, None).await?, false)?;
    expect("redeem_code afterwards", store.redeem_code(digest(1), first.clone(), None).await?, false)?;
    expect("the grant", store.grant(&first.id).await?, None)?;
    expect("the other grant", store.grant(&second.id).await?, Some(second.clone()))?;
    expect("its token", store.access_token(digest(31)).await?, Some(token_of(&second, 31)))
}

async fn ended_for_good<S: Store>(store: Arc<S>) -> Outcome {
    for round in 0..ROUNDS {
        let number = round + 1;
        let grant = grant(number, "c", "alice");
        given(&*store, &grant, number, None).await?;
        let token =
            |racer: usize| token_of(&grant, 1000 + 100 * number + u32::try_from(racer).unwrap_or_default());
        let answers = at_once(9, |racer| {
            let (store, id, token) = (store.clone(), grant.id.clone(), token(racer));
            async move {
                match racer {
                    4 => store.end_grant(&id).await.map(|()| true),
                    8 => store.rotate_grant(&id, 0, NOW, END, Some(token)).await,
                    _ => store.create_access_token(token).await,
                }
            }
        });
        answers.await?;
        expect("the grant", store.grant(&grant.id).await?, None)?;
        for racer in 0..9 {
            expect("a token of the grant", store.access_token(token(racer).digest).await?, None)?;
        }
    }
    Ok(())
}

async fn all_ended<S: Store>(store: Arc<S>) -> Outcome {
    let held = [(1, "c", "alice"), (2, "c", "alice"), (3, "d", "alice"), (4, "c", "bob"), (5, "c", "Alice")];
    for (number, client, subject) in held {
        let grant = grant(number, client, subject);
        given(&*store, &grant, number, Some(token_of(&grant, 20 + number))).await?;
    }
    let steps: [(&str, Option<&str>, u64, &[u32]); 6] = [
        ("alice", Some("e"), 0, &[1, 2, 3, 4, 5]),
        ("carol", None, 0, &[1, 2, 3, 4, 5]),
        ("alice", Some("c"), 2, &[3, 4, 5]),
        ("alice", Some("c"), 0, &[3, 4, 5]),
        ("alice", None, 1, &[4, 5]),
        ("alice", None, 0, &[4, 5]),
    ];
    for (subject, client, count, left) in steps {
        let what = format!("end_grants_of {subject:?}, {client:?}");
        expect(&what, store.end_grants_of(subject, client).await?, count)?;
        for (number, client, subject) in held {
            let grant = grant(number, client, subject);
            let is_left = left.contains(&number);
            let found = store.access_token(digest(20 + number)).await?;
            expect(
                &format!("{what}: token {number}"),
                found,
                is_left.then(|| token_of(&grant, 20 + number)),
            )?;
            let found = store.grant(&grant.id).await?;
            expect(&format!("{what}: grant {number}"), found, is_left.then_some(grant))?;
        }
    }
    Ok(())
}

async fn codes_spent<S: Store>(store: Arc<S>) -> Outcome {
    let codes = [code(1, "c", "alice"), code(2, "d", "alice"), code(3, "c", "bob")];
    for code in &codes {
        store.create_client(client(&code.client_id)).await?;
        store.create_code(code.clone()).await?;
    }
    for (named, spent) in [(Some("c"), [true, false, false]), (None, [true, true, false])] {
        expect("end_grants_of", store.end_grants_of("alice", named).await?, 0)?;
        for (code, spent) in codes.iter().zip(spent) {
            let found = store.code(code.digest).await?.map(|code| code.spent);
            expect(&format!("code of {}, {} is spent", code.subject, code.client_id), found, Some(spent))?;
        }
    }
    expect("redeem_code", store.redeem_code(digest(1), grant(1, "c", "alice"), None).await?, false)?;
    expect("redeem_code of another", store.redeem_code(digest(3), grant(3, "c", "bob"), None).await?, true)
}

async fn none_redeemed<S: Store>(store: Arc<S>) -> Outcome {
    for round in 0..ROUNDS {
        let numbers: Vec<u32> = (0..6).map(|number| 1 + 10 * round + number).collect();
        store.create_client(client("c")).await?;
        for number in &numbers {
            store.create_code(code(*number, "c", "alice")).await?;
        }
        let answers = at_once(numbers.len() + 1, |racer| {
            let (store, number) = (store.clone(), numbers.get(racer).copied());
            async move {
                match number {
                    Some(number) => {
                        let grant = grant(number, "c", "alice");
                        let token = token_of(&grant, 1000 + number);
                        store.redeem_code(digest(number), grant, Some(token)).await
                    }
                    None => store.end_grants_of("alice", None).await.map(|_| true),
                }
            }
        });
        answers.await?;
        for number in numbers {
            expect("the grant", store.grant(&format!("grant-{number}")).await?, None)?;
            expect("its token", store.access_token(digest(1000 + number)).await?, None)?;
            let code = store.code(digest(number)).await?;
            expect("its code is spent", code.map(|code| code.spent), Some(true))?;
        }
    }
    Ok(())
}
