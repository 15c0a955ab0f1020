use futures_util::FutureExt as _;
use scopa::BoxFuture;
use scopa_testing::{ManualClock, TestIssuer};
use serde_json::{Value, json};

use super::*;
use crate::client::{GrantType, TokenFormat};
use crate::store::MemoryStore;

const NOW: u64 = 1_795_333_600;

struct Desk {
    store: Arc<dyn Store>,
    digest_key: DigestKey,
    clock: Arc<dyn Clock>,
    time: ManualClock,
    hierarchy: Hierarchy,
}

impl Desk {
    fn new() -> Self {
        let time = ManualClock::at(NOW);
        let hierarchy = Hierarchy::builder()
            .scopes(["admin", "read"])
            .includes("admin", ["read"])
            .alias("all", "admin")
            .template("team_{id}", "[0-9]+")
            .build()
            .unwrap();
        Self {
            store: Arc::new(MemoryStore::new()),
            digest_key: DigestKey::new([7; 32]).unwrap(),
            clock: Arc::new(time.clone()),
            time,
            hierarchy,
        }
    }

    fn clients(&self) -> Clients<'_> {
        Clients::new(&self.store, &self.digest_key, &self.clock, &self.hierarchy, SIGNED)
    }
}

/// Waits for what a store in memory answers at once.
fn now<T>(answer: impl Future<Output = T>) -> T {
    answer.now_or_never().unwrap()
}

fn machine() -> ClientDraft {
    ClientDraft::machine("machine")
}

fn jwks() -> Value {
    serde_json::from_str(&TestIssuer::new().jwks()).unwrap()
}

#[test]
fn a_client_is_made_with_an_id_and_a_secret_that_is_shown_once() {
    let desk = Desk::new();
    let (client, secret) = now(desk.clients().create(machine())).unwrap();
    let secret = secret.unwrap();
    assert_eq!((client.id().len(), client.version(), client.created_at()), (32, 1, NOW));
    assert!(client.id().bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(secret.as_str().len(), 43);
    assert!(secret.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(client.secrets()[0].id(), secret.id());
    assert_eq!(secret.id().len(), 16);

    // What is kept, shown and written down has nothing of it.
    let kept = now(desk.clients().get(client.id())).unwrap().unwrap();
    assert_eq!(kept, client);
    for text in [format!("{kept:?} {secret:?} {:?}", kept.secrets()), serde_json::to_string(&*kept).unwrap()]
    {
        assert!(!text.contains(secret.as_str()), "{text}");
    }

    let (other, another) = now(desk.clients().create(machine())).unwrap();
    assert_ne!(other.id(), client.id());
    assert_ne!(another.unwrap().as_str(), secret.as_str());
}

#[test]
fn public_clients_and_those_with_keys_have_no_secret() {
    let desk = Desk::new();
    for draft in [ClientDraft::public("phone", ["com.example.app:/cb"]), machine().jwks(jwks())] {
        let (client, secret) = now(desk.clients().create(draft.clone())).unwrap();
        assert!(secret.is_none() && client.secrets().is_empty());
        let error = now(desk.clients().add_secret(client.id(), None)).unwrap_err();
        assert!(error.to_string().contains("has no secret"), "{error}");
        let secret = "0123456789abcdefghij";
        let error = now(desk.clients().create_with_credentials("a", draft, secret)).unwrap_err();
        assert!(error.to_string().contains("has no secret"), "{error}");
    }
}

#[test]
fn credentials_from_elsewhere_are_looked_at() {
    let desk = Desk::new();
    let good = "0123456789abcdefghij";
    let long = "s".repeat(257);
    for (id, secret, expected) in [
        ("m2m", good, ""),
        ("m2m", good, "choose another"),
        ("https", good, ""),
        ("user@example.com/7", good, ""),
        ("", good, "an id has"),
        ("a b", good, "an id has"),
        ("a:b", good, "an id has"),
        ("a%41", good, "an id has"),
        ("a+b", good, "an id has"),
        ("a\"b", good, "an id has"),
        ("\u{e9}", good, "an id has"),
        ("a\0", good, "an id has"),
        (&"a".repeat(129), good, "an id has"),
        ("b", "0123456789abcdefghi", "a secret has"),
        ("b", "0123456789 abcdefghij", "a secret has"),
        ("b", "0123456789abcdefghij\0", "a secret has"),
        ("b", "0123456789abcdefghi\u{e9}", "a secret has"),
        ("b", &long, "a secret has"),
    ] {
        let told = now(desk.clients().create_with_credentials(id, machine(), secret));
        let told = told.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{id} {secret}: {told}");
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn clients_are_listed_in_pages() {
    let desk = Desk::new();
    for id in ["c", "a", "b"] {
        now(desk.clients().create_with_credentials(id, machine(), "0123456789abcdefghij")).unwrap();
    }
    let ids = |after: Option<&str>, most| {
        let page = now(desk.clients().list(after, most)).unwrap();
        page.iter().map(|client| client.id().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 2), ["a", "b"]);
    assert_eq!(ids(Some("b"), 2), ["c"]);
    assert!(ids(Some("c"), 2).is_empty());
}

#[test]
fn secrets_come_and_go() {
    let desk = Desk::new();
    let (client, first) = now(desk.clients().create(machine())).unwrap();
    let id = client.id();
    let second = now(desk.clients().add_secret(id, Some(Duration::from_secs(60)))).unwrap();
    let kept = now(desk.clients().get(id)).unwrap().unwrap();
    assert_eq!(kept.version(), 2);
    let ends: Vec<_> = kept.secrets().iter().map(SecretRecord::expires_at).collect();
    assert_eq!(ends, [None, Some(NOW + 60)]);

    now(desk.clients().revoke_secret(id, first.unwrap().id())).unwrap();
    let kept = now(desk.clients().get(id)).unwrap().unwrap();
    assert_eq!(kept.secrets().iter().map(SecretRecord::id).collect::<Vec<_>>(), [second.id()]);

    for _ in 1..16 {
        now(desk.clients().add_secret(id, None)).unwrap();
    }
    let error = now(desk.clients().add_secret(id, None)).unwrap_err();
    assert!(error.to_string().contains("at most 16"), "{error}");
    // One that has ended makes room.
    desk.time.advance(Duration::from_secs(60));
    now(desk.clients().add_secret(id, None)).unwrap();
}

#[test]
fn what_is_not_there_is_not_found() {
    let desk = Desk::new();
    let (client, _) = now(desk.clients().create(machine())).unwrap();
    for id in ["nobody", "", "a\0"] {
        assert!(now(desk.clients().get(id)).unwrap().is_none());
        for error in [
            now(desk.clients().add_secret(id, None)).map(drop),
            now(desk.clients().revoke_secret(id, "x")),
            now(desk.clients().update(id, machine())).map(drop),
            now(desk.clients().remove(id)),
        ] {
            assert!(matches!(error, Err(ClientError::NotFound)), "{error:?}");
        }
    }
    let error = now(desk.clients().revoke_secret(client.id(), "x"));
    assert!(matches!(error, Err(ClientError::NotFound)), "{error:?}");
    now(desk.clients().remove(client.id())).unwrap();
    assert!(now(desk.clients().get(client.id())).unwrap().is_none());
}

#[test]
fn an_update_keeps_id_and_secrets_of_a_client_that_may_have_them() {
    let desk = Desk::new();
    let (client, _) = now(desk.clients().create(machine())).unwrap();
    let renamed = now(desk.clients().update(client.id(), ClientDraft::machine("other"))).unwrap();
    assert_eq!((renamed.name(), renamed.id(), renamed.version()), ("other", client.id(), 2));
    assert_eq!((renamed.secrets(), renamed.created_at()), (client.secrets(), client.created_at()));
    let public = ClientDraft::public("phone", ["com.example.app:/cb"]);
    assert!(now(desk.clients().update(client.id(), public)).unwrap().secrets().is_empty());
    let error = now(desk.clients().update(client.id(), ClientDraft::machine(""))).unwrap_err();
    assert!(matches!(error, ClientError::Invalid(_)), "{error:?}");
}

#[test]
fn a_draft_is_told_what_it_cannot_be() {
    let desk = Desk::new();
    let scopes = |text: &str| text.parse::<scopa::Scopes>().unwrap();
    let web = || ClientDraft::web("web", ["https://app.example.com/cb"]);
    let public = || ClientDraft::public("phone", ["com.example.app:/cb"]);
    let mut private = jwks();
    private["keys"][0]["d"] = "AQ".into();
    let seconds = Duration::from_secs;
    for (draft, expected) in [
        (machine(), ""),
        (web(), ""),
        (public(), ""),
        (ClientDraft::machine(" "), "a name has"),
        (ClientDraft::machine("a\nb"), "a name has"),
        (ClientDraft::machine("n".repeat(201)), "a name has"),
        (machine().grants([]), "at least one"),
        (public().grants([GrantType::ClientCredentials]), "a public client cannot"),
        (public().grants([GrantType::AuthorizationCode]), ""),
        (machine().grants([GrantType::RefreshToken]), "goes with `authorization_code`"),
        (ClientDraft::web("web", [""; 0]), "needs an address"),
        (machine().grants([GrantType::AuthorizationCode]), "needs an address"),
        (ClientDraft::web("web", ["http://app.example.com/"]), "`http://app.example.com/` is not encrypted"),
        (ClientDraft::web("web", ["com.example.app:/cb"]), "ClientDraft::public"),
        (ClientDraft::web("web", ["https://app.example.com/"; 33]), "at most 32"),
        (machine().scopes(scopes("admin read team_7 team_{id} all")), ""),
        (machine().scopes(scopes("write")), "`write` is not declared"),
        (machine().scopes(scopes("team_x")), "`team_x` is not declared"),
        (machine().scopes(scopes("read")).default_scopes(scopes("wirte")), "`wirte` is not declared"),
        (machine().exactly_one_scope(), "needs one"),
        (machine().scopes(scopes("read")).exactly_one_scope(), ""),
        (machine().scopes(scopes("admin")).default_scopes(scopes("read")), ""),
        (machine().scopes(scopes("admin")).default_scopes(scopes("")), ""),
        (machine().scopes(scopes("team_{id}")).default_scopes(scopes("team_7")), ""),
        (machine().scopes(scopes("read")).default_scopes(scopes("admin")), "not among the scopes"),
        (machine().scopes(scopes("team_7")).default_scopes(scopes("team_8")), "not among the scopes"),
        (machine().scopes(scopes("team_{id}")).default_scopes(scopes("team_{id}")), "not among the scopes"),
        (
            machine().scopes(scopes("admin read")).default_scopes(scopes("admin read")).exactly_one_scope(),
            "name one",
        ),
        (machine().audience("https://api.example.com"), ""),
        (machine().audience(""), "identifiers of APIs"),
        (machine().audience("a b"), "identifiers of APIs"),
        (machine().access_lifetime(seconds(1)).refresh_lifetime(seconds(315_360_000)), ""),
        (machine().access_lifetime(seconds(0)), "access_lifetime: a lifetime"),
        (machine().refresh_lifetime(seconds(400_000_000)), "refresh_lifetime: a lifetime"),
        (machine().jwks(jwks()), ""),
        (machine().jwks(json!({})), "expected a JWK Set"),
        (machine().jwks(json!({"keys": []})), "no usable key"),
        (machine().jwks(json!({"keys": [{"kty": "oct", "k": "AAAA"}]})), "a secret"),
        (machine().jwks(private), "private member `d`"),
        (public().jwks(jwks()), "a public client has no key"),
        (machine().jwks(json!({"keys": vec![json!({}); 17]})), "at most 16 keys"),
        (machine().claim("database", "Fred"), ""),
        (machine().claim("sub", "root"), "`sub` is the issuer's"),
        (machine().claim("scope", "admin"), "`scope` is the issuer's"),
        (machine().claim("x", "x".repeat(5000)), "at most 4,096"),
        (machine().metadata("sub", "root").metadata("x", "x".repeat(5000)), ""),
        (machine().metadata("x", "x".repeat(17_000)), "at most 16,384"),
    ] {
        let shown = format!("{draft:?}");
        let told = now(desk.clients().create(draft)).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{shown}: {told}");
    }
}

#[test]
fn without_a_hierarchy_any_scope_may_be_had() {
    let desk = Desk { hierarchy: Hierarchy::default(), ..Desk::new() };
    let draft = || machine().scopes("anything read".parse().unwrap());
    assert!(now(desk.clients().create(draft())).is_ok());
    assert!(now(desk.clients().create(draft().default_scopes("read".parse().unwrap()))).is_ok());
    assert!(now(desk.clients().create(draft().default_scopes("other".parse().unwrap()))).is_err());
}

#[test]
fn two_that_change_a_client_at_once_both_have_their_way() {
    let desk = Desk::new();
    let (client, _) = now(desk.clients().create(machine())).unwrap();
    let tries = std::cell::Cell::new(0);
    let changed = now(desk.clients().change(client.id(), |client| {
        tries.set(tries.get() + 1);
        if tries.get() == 1 {
            now(desk.clients().add_secret(&client.id, None)).unwrap();
        }
        client.draft.name = "renamed".into();
        Ok(())
    }));
    let changed = changed.unwrap();
    assert_eq!(
        (tries.get(), changed.version(), changed.name(), changed.secrets().len()),
        (2, 3, "renamed", 2)
    );

    // Who never gets there is told so.
    let error = now(desk.clients().change(client.id(), |client| {
        now(desk.clients().update(&client.id, machine())).unwrap();
        Ok(())
    }));
    assert!(matches!(error, Err(ClientError::Changed)), "{error:?}");
}

#[test]
fn a_client_can_be_made_on_any_thread() {
    fn sent<T>(future: impl Future<Output = T> + Send + 'static) -> BoxFuture<'static, T> {
        Box::pin(future)
    }
    let made = sent(async {
        let desk = Desk::new();
        let clients = desk.clients();
        let (client, _) = clients.create(machine()).await?;
        clients.add_secret(client.id(), None).await?;
        clients.update(client.id(), machine()).await?;
        clients.remove(client.id()).await
    });
    now(made).unwrap();
}

const SIGNED: SignedTokens = SignedTokens { format: TokenFormat::Jwt, longest: Some(86_400) };
