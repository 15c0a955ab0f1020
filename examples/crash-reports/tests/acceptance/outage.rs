use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use example_crash_reports::hierarchy;
use scopa_axum::BoxFuture;
use scopa_axum::issuer::{AccessToken, Client, Code, Digest, Grant, MemoryStore, Store, StoreError};
use scopa_systems::{Answer, Outcome, folder};
use scopa_testing::{ManualClock, TestIssuer};
use serde_json::json;

use crate::stage::{NOW, Stage};

/// A store that the test takes away.
struct Away {
    store: MemoryStore,
    is_away: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Away {
    fn check(&self) -> Result<(), StoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        match self.is_away.load(Ordering::Relaxed) {
            true => Err(StoreError::new("postgres://user:password@db is away")),
            false => Ok(()),
        }
    }
}

macro_rules! forwarded {
    ($(fn $name:ident(&$life:lifetime self $(, $arg:ident: $kind:ty)*) -> $out:ty;)*) => {
        $(fn $name<$life>(&$life self $(, $arg: $kind)*) -> BoxFuture<$life, Result<$out, StoreError>> {
            Box::pin(async move {
                self.check()?;
                self.store.$name($($arg),*).await
            })
        })*
    };
}

impl Store for Away {
    forwarded! {
        fn client(&'a self, id: &'a str) -> Option<Arc<Client>>;
        fn clients(&'a self, after: Option<&'a str>, most: usize) -> Vec<Arc<Client>>;
        fn create_client(&'a self, client: Client) -> bool;
        fn replace_client(&'a self, from: u64, client: Client) -> bool;
        fn remove_client(&'a self, id: &'a str) -> bool;
        fn create_code(&'a self, code: Code) -> bool;
        fn code(&'a self, digest: Digest) -> Option<Code>;
        fn spend_code(&'a self, digest: Digest) -> bool;
        fn redeem_code(&'a self, digest: Digest, grant: Grant, token: Option<AccessToken>) -> bool;
        fn grant(&'a self, id: &'a str) -> Option<Grant>;
        fn rotate_grant(&'a self, id: &'a str, from: u64, rotated_at: u64, expires_at: u64, token: Option<AccessToken>) -> bool;
        fn end_grant(&'a self, id: &'a str) -> ();
        fn end_grants_of(&'a self, subject: &'a str, client: Option<&'a str>) -> u64;
        fn create_access_token(&'a self, token: AccessToken) -> bool;
        fn access_token(&'a self, digest: Digest) -> Option<AccessToken>;
        fn remove_access_token(&'a self, digest: Digest) -> ();
        fn revoke_token_id(&'a self, id: &'a str, expires_at: u64) -> ();
        fn is_token_id_revoked(&'a self, id: &'a str) -> bool;
        fn use_once(&'a self, digest: Digest, expires_at: u64) -> bool;
        fn purge(&'a self, now: u64, most: usize) -> u64;
    }
}

#[tokio::test]
async fn a_store_that_cannot_answer_is_503_for_all_and_lets_nobody_in() -> Outcome {
    let is_away = Arc::new(AtomicBool::new(false));
    let store: Arc<dyn Store> =
        Arc::new(Away { store: MemoryStore::new(), is_away: is_away.clone(), asked: Arc::default() });
    let (clock, keys) = (ManualClock::at(NOW), folder("outage")?);
    let stage = Stage::on(store.clone(), &keys, &clock, None, None).await?;
    let client = stage.client("symbols").await?;
    let token = stage.token_of(&client).await?;
    let address = stage.call("POST /symsrv/uploadUrl", &token).await?.expect(200)?.text("url")?;
    let put = || stage.http.request("PUT", &address).body("application/octet-stream", "x").send();
    // Whose tokens are good whatever the store says: of another issuer.
    let issuer = TestIssuer::new().with_clock(clock.clone());
    let person = issuer.token().scope("unrestricted").claim("database", "Fred").sign();
    let validator = issuer.validator().hierarchy(hierarchy()?).build()?;
    let other = Stage::on(store, &keys, &clock, None, Some(validator)).await?;
    let clients = |method: &str, path: &str| {
        other.http.request(method, &format!("/api/oauth-clients{path}")).bearer(&person)
    };

    is_away.store(true, Ordering::Relaxed);
    let unavailable = |answer: Answer| -> Outcome {
        let answer = answer.expect(503)?;
        assert!(answer.field("retry-after").is_some() && answer.fields("www-authenticate").is_empty());
        assert_eq!(answer.field("cache-control"), Some("no-store"));
        assert!(!answer.body().contains("password"), "{answer:?}");
        Ok(())
    };
    unavailable(stage.ask(&client, &[]).send().await?)?;
    unavailable(stage.call("POST /symsrv/uploadUrl", &token).await?)?;
    unavailable(put().await?)?;
    unavailable(clients("GET", "").send().await?)?;
    let draft = json!({ "name": "x", "scope": "symbols", "database": "Fred" });
    unavailable(clients("POST", "").json(&draft).send().await?)?;
    unavailable(clients("DELETE", &format!("/{}", client.id)).send().await?)?;
    unavailable(clients("POST", &format!("/{}/secrets", client.id)).send().await?)?;
    other.http.get("/health").send().await?.expect(200)?;

    is_away.store(false, Ordering::Relaxed);
    put().await?.expect(200)?;
    stage.token_of(&client).await?;
    Ok(())
}

#[tokio::test]
async fn whether_a_token_is_revoked_is_asked_once_for_each_request() -> Outcome {
    let asked = Arc::new(AtomicUsize::new(0));
    let store = Away { store: MemoryStore::new(), is_away: Arc::default(), asked: asked.clone() };
    let stage = Stage::on(store, &folder("once")?, &ManualClock::at(NOW), None, None).await?;
    let token = stage.token("restricted").await?;
    for _ in 0..3 {
        asked.store(0, Ordering::Relaxed);
        stage.call("POST /api/v2/summary", &token).await?.expect(200)?;
        // For its client, and for itself.
        assert_eq!(asked.load(Ordering::Relaxed), 2);
    }
    Ok(())
}
