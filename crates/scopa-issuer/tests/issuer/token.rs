use std::time::Duration;

use bytes::Bytes;
use http::Request;
use scopa_issuer::{ClientDraft, DigestKey, Issuer, MemoryStore, TokenFormat, TokenShape};

use crate::stage::{API, SECRET, Stage, basic, now};

const ASK: [(&str, &str); 2] = [("grant_type", "client_credentials"), ("scope", "write")];

#[test]
fn a_machine_gets_a_token_that_its_api_takes() {
    let stage = Stage::new();
    let answer = stage.post("/oauth2/token", "machine", &ASK);
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    assert_eq!(body.as_object().unwrap().len(), 3, "{body}");

    let validator = stage.issuer.validator(API).rfc9068().build().unwrap();
    let bearer = format!("Bearer {}", answer.text("access_token").unwrap());
    let access = now(validator.authenticate([bearer.as_bytes()])).unwrap();
    assert_eq!(access.client_id(), Some("machine"));
    assert_eq!(access.subject(), Some("machine"));
    assert_eq!(access.scopes().as_str(), "write");
    assert_eq!(access.expires_at(), 1_795_333_600 + 3600);
}

#[test]
fn what_is_wrong_is_said_in_the_words_of_the_rfc() {
    let stage = Stage::new();
    stage.client(
        "mute",
        ClientDraft::machine("mute").scopes("beta".parse().unwrap()).default_scopes("".parse().unwrap()),
    );
    for (client, form, expected) in [
        ("machine", &[("scope", "write")][..], "400 invalid_request"),
        ("machine", &[("grant_type", "")], "400 invalid_request"),
        ("machine", &[("grant_type", "password")], "400 unsupported_grant_type"),
        ("machine", &[("grant_type", "implicit")], "400 unsupported_grant_type"),
        ("web", &[("grant_type", "client_credentials")], "400 unauthorized_client"),
        (
            "machine",
            &[("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", "y")],
            "400 unauthorized_client",
        ),
        ("machine", &[("grant_type", "refresh_token"), ("refresh_token", "x")], "400 unauthorized_client"),
        ("machine", &[("grant_type", "client_credentials"), ("scope", "admin")], "400 invalid_scope"),
        ("machine", &[("grant_type", "client_credentials"), ("scope", "unknown")], "400 invalid_scope"),
        ("machine", &[("grant_type", "client_credentials"), ("scope", "write  beta")], "400 invalid_scope"),
        ("machine", &[("grant_type", "client_credentials"), ("scope", "wr\"ite")], "400 invalid_scope"),
        ("mute", &[("grant_type", "client_credentials")], "400 invalid_scope"),
        (
            "machine",
            &[("grant_type", "client_credentials"), ("resource", "https://other.example.com")],
            "400 invalid_target",
        ),
        ("stranger", &[("grant_type", "client_credentials")], "401 invalid_client"),
    ] {
        let answer = stage.post("/oauth2/token", client, form);
        assert_eq!(answer.refusal(), expected, "{client} {form:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{form:?}");
    }
}

#[test]
fn the_endpoint_takes_post_alone() {
    let stage = Stage::new();
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        for path in ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"] {
            let request = Request::builder().method(method).uri(path).body(Bytes::new()).unwrap();
            let answer = stage.respond(request);
            assert_eq!((answer.status(), answer.header("allow")), (405, Some("POST")), "{method} {path}");
        }
    }
    assert_eq!(stage.respond(Request::get("/oauth2/other").body(Bytes::new()).unwrap()).status(), 404);
}

#[test]
fn a_body_that_is_too_long_is_not_read() {
    let stage = Stage::with(|issuer| issuer.body_limit(1024));
    for (length, expected) in [(1024, "400 invalid_scope"), (1025, "413 invalid_request")] {
        let start = "grant_type=client_credentials&scope=";
        let body = format!("{start}{}", "a".repeat(length - start.len()));
        let request = Request::post("/oauth2/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("authorization", basic("machine", SECRET))
            .body(Bytes::from(body))
            .unwrap();
        assert_eq!(stage.respond(request).refusal(), expected, "{length}");
    }
}

#[test]
fn credentials_in_the_query_are_not_read() {
    let stage = Stage::new();
    let path = format!("/oauth2/token?client_id=machine&client_secret={SECRET}");
    assert_eq!(stage.post_alone(&path, &ASK).refusal(), "401 invalid_client");
}

#[test]
fn a_token_without_scopes_says_nothing_of_them() {
    let stage = Stage::new();
    stage.client("bare", ClientDraft::machine("bare"));
    let answer = stage.post("/oauth2/token", "bare", &[("grant_type", "client_credentials")]);
    assert_eq!(answer.json().get("scope"), None);
    assert!(stage.is_active(&answer.text("access_token").unwrap()));
}

#[test]
fn a_request_that_asks_for_nothing_is_malformed_whoever_sends_it() {
    let stage = Stage::new();
    assert_eq!(stage.post_alone("/oauth2/token", &[]).refusal(), "400 invalid_request");
    assert_eq!(stage.post_alone("/oauth2/introspect", &[]).refusal(), "401 invalid_client");
}

#[test]
fn an_opaque_token_is_known_to_the_issuer_alone() {
    let stage = Stage::opaque();
    let answer = stage.post("/oauth2/token", "machine", &ASK);
    let token = answer.text("access_token").unwrap();
    assert_eq!(token.len(), 43);
    assert!(stage.is_active(&token));
    stage.wait(3600);
    assert!(!stage.is_active(&token), "at its end it is over");
}

#[test]
fn a_client_has_its_own_format_lifetime_audience_and_claims() {
    let stage = Stage::new();
    let draft = ClientDraft::machine("other")
        .scopes("beta".parse().unwrap())
        .token_format(TokenFormat::Opaque)
        .access_lifetime(Duration::from_secs(63_072_000))
        .audience("https://one.example.com")
        .audience("https://two.example.com")
        .claim("database", "Fred");
    stage.client("other", draft);
    let ask = |form: &[(&str, &str)]| {
        let form: Vec<_> = [("grant_type", "client_credentials")].iter().chain(form).copied().collect();
        let answer = stage.post("/oauth2/token", "other", &form);
        assert_eq!(answer.status(), 200, "{form:?}");
        assert_eq!(answer.json()["expires_in"], 63_072_000);
        stage.post("/oauth2/introspect", "other", &[("token", &answer.text("access_token").unwrap())]).json()
    };
    let all = ask(&[]);
    assert_eq!(all["aud"], serde_json::json!(["https://one.example.com", "https://two.example.com"]));
    assert_eq!(all["database"], "Fred");
    assert_eq!(ask(&[("resource", "https://two.example.com")])["aud"], "https://two.example.com");
    let twice = [("resource", "https://two.example.com"), ("resource", "https://one.example.com")];
    assert_eq!(ask(&twice)["aud"], serde_json::json!(["https://two.example.com", "https://one.example.com"]));
}

#[test]
fn another_systems_tokens_and_answers_can_be_made() {
    let shape = TokenShape::rfc9068()
        .typ("JWT")
        .scope_array()
        .audience_array()
        .not_before()
        .without("sub")
        .without("jti")
        .without("iat");
    let stage = Stage::with(|issuer| issuer.token_shape(shape).token_type("bearer"));
    let answer = stage.post("/oauth2/token", "machine", &ASK);
    assert_eq!(answer.json()["token_type"], "bearer");
    let token = answer.text("access_token").unwrap();
    assert!(stage.is_active(&token));
    let validator = stage.issuer.validator(API).build().unwrap();
    let access = now(validator.authenticate([format!("Bearer {token}").as_bytes()])).unwrap();
    assert_eq!(access.subject(), None);
    assert_eq!(access.claim::<Vec<String>>("scope").unwrap().unwrap(), ["write"]);
    assert_eq!(access.claim::<Vec<String>>("aud").unwrap().unwrap(), [API]);
}

#[test]
fn a_client_whose_tokens_would_outlive_their_key_is_not_made() {
    let stage = Stage::with(|issuer| issuer.longest_access_lifetime(Duration::from_secs(7200)));
    let made = |format: TokenFormat, lifetime: u64| {
        let draft =
            ClientDraft::machine("long").token_format(format).access_lifetime(Duration::from_secs(lifetime));
        now(stage.issuer.clients().create(draft)).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(made(TokenFormat::Jwt, 7200), Ok(()));
    assert_eq!(made(TokenFormat::Opaque, 63_072_000), Ok(()));
    assert!(made(TokenFormat::Jwt, 7201).unwrap_err().contains("longest_access_lifetime"));

    let stage = Stage::on(MemoryStore::new(), |_| {
        Issuer::builder("https://id.example.com", MemoryStore::new(), DigestKey::new([7; 32]).unwrap())
            .audience(API)
            .token_format(TokenFormat::Opaque)
    });
    let draft = ClientDraft::machine("signed").token_format(TokenFormat::Jwt);
    let error = now(stage.issuer.clients().create(draft)).unwrap_err();
    assert!(error.to_string().contains("no key to sign with"), "{error}");
}
