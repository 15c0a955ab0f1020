//! A store that cannot answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use scopa::BoxFuture;
use scopa_issuer::{AccessToken, Client, ClientError, Code, Digest, Grant, MemoryStore, Store, StoreError};

use crate::stage::{API, CALLBACK, CHALLENGE, Stage, now};

/// A store that the test takes away, or lets fail after a number of answers.
struct Away {
    store: MemoryStore,
    is_away: Arc<AtomicBool>,
}

impl Away {
    fn check(&self) -> Result<(), StoreError> {
        if self.is_away.load(Ordering::Relaxed) {
            Err(StoreError::new("postgres://user:password@db is away"))
        } else {
            Ok(())
        }
    }
}

macro_rules! forwarded {
    ($(fn $name:ident$(<$life:lifetime>)?(&$self_life:lifetime self $(, $arg:ident: $kind:ty)*) -> $out:ty;)*) => {
        $(fn $name<$self_life>(&$self_life self $(, $arg: $kind)*) -> BoxFuture<$self_life, Result<$out, StoreError>> {
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

#[test]
fn an_outage_is_503_and_nothing_is_lost_by_it() {
    let is_away = Arc::new(AtomicBool::new(false));
    let store = Away { store: MemoryStore::new(), is_away: is_away.clone() };
    let stage = Stage::on(store, |issuer| issuer);
    let away = |yes: bool| is_away.store(yes, Ordering::Relaxed);
    let token =
        stage.post("/oauth2/token", "machine", &[("grant_type", "client_credentials"), ("scope", "beta")]);
    let token = token.text("access_token").unwrap();
    let code = stage.code("write");
    let refresh = stage.exchange(&stage.code("write")).text("refresh_token").unwrap();

    away(true);
    for answer in [
        stage.post("/oauth2/token", "machine", &[("grant_type", "client_credentials"), ("scope", "beta")]),
        stage.exchange(&code),
        stage.refresh(&refresh),
        stage.post("/oauth2/introspect", "machine", &[("token", &token)]),
        stage.post("/oauth2/revoke", "machine", &[("token", &token)]),
    ] {
        assert_eq!(answer.refusal(), "503 temporarily_unavailable");
        assert_eq!(answer.header("retry-after"), Some("5"));
        assert!(!String::from_utf8_lossy(answer.0.body()).contains("postgres"));
    }
    // Who the client is cannot be known: nobody is sent anywhere.
    let params = [
        ("response_type", "code"),
        ("client_id", "web"),
        ("redirect_uri", CALLBACK),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let page = stage.authorize("alice", &params);
    assert_eq!((page.status(), page.header("location"), page.header("retry-after")), (503, None, Some("5")));

    // An API in the same process cannot know whether a token was revoked: that is not the caller's fault.
    let validator = stage.issuer.validator(API).revocation(stage.issuer.revocation()).build().unwrap();
    let bearer = format!("Bearer {token}");
    assert_eq!(now(validator.authenticate([bearer.as_bytes()])).unwrap_err().status(), 503);
    assert!(matches!(now(stage.issuer.clients().get("web")), Err(ClientError::Store(_))));
    assert!(now(stage.issuer.purge()).is_err());

    away(false);
    assert_eq!(stage.exchange(&code).status(), 200);
    assert_eq!(stage.refresh(&refresh).status(), 200);
    assert!(now(validator.authenticate([bearer.as_bytes()])).is_ok());
}
