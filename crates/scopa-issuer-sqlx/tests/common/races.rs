//! A thousand at once, and one winner.

use std::sync::Arc;
use std::time::Duration;

use scopa_issuer::{Digest, Grant, Store};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::stage::{Answer, Stage};

const RACERS: usize = 1000;

/// Redeems one code and rotates one grant, a thousand times at once: by the store alone, and by the issuer in front of it. The stores
/// are the machines that do it, all on one database.
pub(crate) async fn one_of_a_thousand<S: Store + Clone>(stores: &[S]) {
    let first = Stage::new(stores[0].clone()).await;
    let id = first.client_id();
    let machines: Vec<_> =
        stores.iter().map(|store| Stage::again(store.clone(), Duration::ZERO, id)).collect();

    let code = first.code().await;
    let refused = vec![Answer::refused(); RACERS - 1];
    let redeem = |racer: usize| {
        let (machine, code) = (machines[racer % machines.len()].clone(), code.clone());
        async move { machine.exchange(&code).await }
    };
    assert_eq!(split(at_once(redeem).await), (1, refused.clone()));

    let token = first.exchange(&first.code().await).await.token();
    let refresh = |racer: usize| {
        let (machine, token) = (machines[racer % machines.len()].clone(), token.clone());
        async move { machine.refresh(&token).await }
    };
    assert_eq!(split(at_once(refresh).await), (1, refused));

    alone(stores, id).await;
}

/// The same without an issuer: what it asks before would keep most of them away.
async fn alone<S: Store + Clone>(stores: &[S], client_id: &str) {
    let (digest, end) = (Digest::from([1; 32]), 1_795_333_700);
    let grant = Grant {
        id: "grant".to_owned(),
        client_id: client_id.to_owned(),
        subject: "alice".to_owned(),
        scope: "read".to_owned(),
        audience: Vec::new(),
        claims: Default::default(),
        seed: Digest::from([2; 32]),
        generation: 0,
        rotated_at: 1_795_333_600,
        expires_at: end,
    };
    let code = scopa_issuer::Code {
        digest,
        grant_id: grant.id.clone(),
        client_id: client_id.to_owned(),
        subject: grant.subject.clone(),
        redirect_uri: None,
        code_challenge: String::new(),
        scope: grant.scope.clone(),
        audience: Vec::new(),
        claims: Default::default(),
        expires_at: end,
        spent: false,
    };
    assert!(stores[0].create_code(code).await.unwrap());
    let redeem = |racer: usize| {
        let (store, grant) = (stores[racer % stores.len()].clone(), grant.clone());
        async move { store.redeem_code(digest, grant, None).await.unwrap() }
    };
    assert_eq!(at_once(redeem).await.iter().filter(|won| **won).count(), 1);
    let rotate = |racer: usize| {
        let store = stores[racer % stores.len()].clone();
        async move { store.rotate_grant("grant", 0, 1_795_333_601, end, None).await.unwrap() }
    };
    assert_eq!(at_once(rotate).await.iter().filter(|won| **won).count(), 1);
    assert_eq!(stores[0].grant("grant").await.unwrap().unwrap().generation, 1);
}

async fn at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    step: impl Fn(usize) -> F,
) -> Vec<T> {
    let start = Arc::new(Barrier::new(RACERS));
    let mut tasks = JoinSet::new();
    for racer in 0..RACERS {
        let (start, step) = (start.clone(), step(racer));
        tasks.spawn(async move {
            start.wait().await;
            step.await
        });
    }
    tasks.join_all().await
}

/// Counts those that were given something, and returns what the others were told.
fn split(answers: Vec<Answer>) -> (usize, Vec<Answer>) {
    let (given, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| matches!(answer, Answer::Given(_)));
    (given.len(), refused)
}
