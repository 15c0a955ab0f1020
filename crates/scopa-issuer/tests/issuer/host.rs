//! Tokens that the host gives out itself.

use scopa::Validator;
use scopa_issuer::{Approval, Client, ClientDraft, ClientError, MemoryStore, Store as _, TokenFormat};
use serde_json::json;

use crate::stage::{API, CALLBACK, CHALLENGE, Stage, now};

fn stage(format: TokenFormat) -> Stage {
    let stage = Stage::with(|issuer| issuer.token_format(format));
    let draft =
        ClientDraft::host("website").scopes("write team_{id}".parse().unwrap()).claim("tenant", "acme");
    now(stage.issuer.clients().declare("website", draft)).unwrap();
    stage
}

fn validator(stage: &Stage) -> Validator {
    stage.issuer.validator(API).revocation(stage.issuer.revocation()).build().unwrap()
}

fn alice() -> Approval {
    Approval::new("alice").scopes("read team_7".parse().unwrap())
}

#[test]
fn the_host_gives_a_person_a_token_of_a_client() {
    let stage = stage(TokenFormat::Jwt);
    let token = now(stage.issuer.issue("website", alice().claim("team", "blue"))).unwrap();
    assert_eq!(token.expires_in(), 3600);
    let bearer = format!("Bearer {}", token.as_str());
    let caller = now(validator(&stage).authenticate([bearer.as_bytes()])).unwrap();
    assert_eq!((caller.subject(), caller.client_id()), (Some("alice"), Some("website")));
    assert_eq!(caller.scopes().as_str(), "read team_7");
    assert_eq!(caller.claim::<String>("team").unwrap().as_deref(), Some("blue"));
    assert_eq!(caller.claim::<String>("tenant").unwrap().as_deref(), Some("acme"));
    assert!(!format!("{token:?}").contains(token.as_str()));

    // Without scopes of its own an approval is to all that stands for itself.
    let token = now(stage.issuer.issue("website", Approval::new("alice"))).unwrap();
    let bearer = format!("Bearer {}", token.as_str());
    assert_eq!(now(validator(&stage).authenticate([bearer.as_bytes()])).unwrap().scopes().as_str(), "write");
}

#[test]
fn it_ends_with_the_persons_consents_and_with_the_client() {
    for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
        let stage = stage(format);
        let token = now(stage.issuer.issue("website", alice())).unwrap();
        let other = now(stage.issuer.issue("website", Approval::new("bob"))).unwrap();
        assert!(stage.is_active(token.as_str()) && stage.is_active(other.as_str()));
        assert_eq!(now(stage.issuer.end_grants("alice", None)).unwrap(), 1);
        assert!(!stage.is_active(token.as_str()) && stage.is_active(other.as_str()));
        if format == TokenFormat::Jwt {
            let authenticate =
                |token: &str| now(validator(&stage).authenticate([format!("Bearer {token}").as_bytes()]));
            assert_eq!(authenticate(token.as_str()).unwrap_err().status(), 401);
            assert!(authenticate(other.as_str()).is_ok());
        }
        now(stage.issuer.clients().remove("website")).unwrap();
        assert!(!stage.is_active(other.as_str()));
        assert!(matches!(now(stage.issuer.issue("website", alice())).unwrap_err(), ClientError::NotFound));
    }
}

#[test]
fn it_holds_no_more_than_the_client_may_have() {
    let stage = stage(TokenFormat::Jwt);
    let refused = |client: &str, approval: Approval| now(stage.issuer.issue(client, approval)).unwrap_err();
    for scopes in ["admin", "read beta", "team_x", "nothing-of-ours"] {
        let error = refused("website", Approval::new("alice").scopes(scopes.parse().unwrap()));
        assert!(error.to_string().starts_with("scopes: "), "{scopes}: {error}");
    }
    assert!(refused("website", Approval::new("")).to_string().contains("who approves"));
    // RFC 9700 §4.15: a person who could choose that name would be the client.
    assert!(refused("website", Approval::new("website")).to_string().contains("called like the client"));
    assert!(matches!(refused("nobody", alice()), ClientError::NotFound));
    // What the issuer writes itself is not an approval's to say.
    let token =
        now(stage.issuer.issue("website", alice().claim("scp", "admin").claim("sub", "bob"))).unwrap();
    let bearer = format!("Bearer {}", token.as_str());
    let caller = now(validator(&stage).authenticate([bearer.as_bytes()])).unwrap();
    assert_eq!((caller.subject(), caller.claim::<String>("scp").unwrap()), (Some("alice"), None));
}

#[test]
fn it_holds_what_was_approved_and_nothing_else() {
    let stage = stage(TokenFormat::Opaque);
    let ignoring =
        ClientDraft::host("website").scopes("write beta".parse().unwrap()).ignore_requested_scope();
    now(stage.issuer.clients().declare("ignoring", ignoring)).unwrap();
    now(stage.issuer.clients().declare("bare", ClientDraft::host("bare"))).unwrap();
    let given = |client: &str, scopes: &str| {
        let token = now(stage.issuer.issue(client, Approval::new("alice").scopes(scopes.parse().unwrap())))?;
        let answer = stage.post("/oauth2/introspect", "machine", &[("token", token.as_str())]);
        Ok::<_, ClientError>(answer.text("scope").unwrap())
    };
    // What a client's own wish counts for does not touch what a person consents to.
    assert_eq!(given("ignoring", "read").unwrap(), "read");
    assert!(given("ignoring", "admin").is_err());
    // Whoever leaves out everything does not consent to everything.
    for client in ["website", "ignoring"] {
        assert!(given(client, "").unwrap_err().to_string().starts_with("scopes: "), "{client}");
    }
    assert_eq!(given("bare", "").unwrap(), "");
    let too_many: Vec<String> = (0..200).map(|number| format!("team_{number}")).collect();
    assert!(given("website", &too_many.join(" ")).is_err());
}

#[test]
fn it_is_for_the_apis_and_the_time_of_its_client_and_its_grant_lasts_as_long() {
    for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
        let stage = stage(format);
        let draft = ClientDraft::host("website").audience("https://other.example.com");
        let draft = draft.access_lifetime(std::time::Duration::from_secs(600));
        now(stage.issuer.clients().declare("website", draft)).unwrap();
        let token = now(stage.issuer.issue("website", Approval::new("alice"))).unwrap();
        let answer = stage.post("/oauth2/introspect", "machine", &[("token", token.as_str())]).json();
        assert_eq!((token.expires_in(), &answer["aud"]), (600, &json!("https://other.example.com")));
        stage.wait(599);
        now(stage.issuer.purge()).unwrap();
        assert!(stage.is_active(token.as_str()));
        stage.wait(1);
        assert!(!stage.is_active(token.as_str()));
        now(stage.issuer.purge()).unwrap();
        assert_eq!(now(stage.issuer.end_grants("alice", None)).unwrap(), 0);
    }
}

#[test]
fn nobody_can_ask_for_tokens_as_the_host() {
    let stage = stage(TokenFormat::Jwt);
    for (form, expected) in [
        (&[("grant_type", "client_credentials"), ("client_id", "website")][..], "400 unauthorized_client"),
        (
            &[("grant_type", "client_credentials"), ("client_id", "website"), ("client_secret", "x")],
            "400 invalid_client",
        ),
        (
            &[
                ("grant_type", "authorization_code"),
                ("client_id", "website"),
                ("code", "x"),
                ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            ],
            "400 unauthorized_client",
        ),
        (
            &[("grant_type", "refresh_token"), ("client_id", "website"), ("refresh_token", "x")],
            "400 unauthorized_client",
        ),
    ] {
        assert_eq!(stage.post_alone("/oauth2/token", form).refusal(), expected, "{form:?}");
    }
    let params = [
        ("response_type", "code"),
        ("client_id", "website"),
        ("redirect_uri", CALLBACK),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let answer = stage.authorize("alice", &params);
    assert_eq!((answer.status(), answer.header("location")), (400, None));
}

#[test]
fn a_declared_client_is_made_once_and_brought_up_to_date() {
    let stage = Stage::new();
    let clients = stage.issuer.clients();
    let draft = |name: &str| ClientDraft::machine(name).scopes("read".parse().unwrap());
    let version = |client: std::sync::Arc<Client>| client.version();
    assert_eq!(version(now(clients.declare("own", draft("one"))).unwrap()), 1);
    let secret = now(clients.add_secret("own", None)).unwrap();
    assert_eq!(version(now(clients.declare("own", draft("one"))).unwrap()), 2, "nothing to change");
    let changed = now(clients.declare("own", draft("two").claim("tenant", "acme"))).unwrap();
    assert_eq!((changed.version(), changed.name(), changed.secrets().len()), (3, "two", 1));
    assert_eq!(changed.claim("tenant"), Some(&json!("acme")));
    assert_eq!(changed.secrets()[0].id(), secret.id());
    assert!(matches!(now(clients.declare("a b", draft("one"))).unwrap_err(), ClientError::Invalid(_)));
    let beyond = ClientDraft::host("own").scopes("nothing-of-ours".parse().unwrap());
    assert!(matches!(now(clients.declare("own", beyond)).unwrap_err(), ClientError::Invalid(_)));
}

#[test]
fn of_several_machines_that_declare_a_client_at_once_each_has_it() {
    let (store, made) = (std::sync::Arc::new(MemoryStore::new()), std::sync::Barrier::new(8));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let stage = Stage::bare(store.clone());
                made.wait();
                let draft = ClientDraft::host("website");
                assert_eq!(now(stage.issuer.clients().declare("website", draft)).unwrap().id(), "website");
            });
        }
    });
    assert_eq!(now(store.clients(None, 10)).unwrap().len(), 1);
}

#[test]
fn what_the_host_knows_of_a_client_is_in_none_of_its_tokens() {
    for format in [TokenFormat::Jwt, TokenFormat::Opaque] {
        let stage = Stage::with(|issuer| issuer.token_format(format));
        let draft = ClientDraft::machine("owned").scopes("read".parse().unwrap());
        stage.client("owned", draft.claim("tenant", "acme").metadata("owner", "alice-7f3"));
        let answer = stage.post("/oauth2/token", "owned", &[("grant_type", "client_credentials")]);
        let token = answer.text("access_token").unwrap();
        let told = stage.post("/oauth2/introspect", "machine", &[("token", &token)]).json();
        assert_eq!((&told["active"], &told["tenant"]), (&json!(true), &json!("acme")));
        assert!(!told.to_string().contains("alice-7f3"), "{told}");
        if format == TokenFormat::Jwt {
            let bearer = format!("Bearer {token}");
            let caller = now(validator(&stage).authenticate([bearer.as_bytes()])).unwrap();
            assert_eq!(caller.claim::<String>("owner").unwrap(), None);
        }
        let client = now(stage.issuer.clients().get("owned")).unwrap().unwrap();
        assert_eq!((client.metadata("owner"), client.claim("owner")), (Some(&json!("alice-7f3")), None));
    }
}
