use bytes::Bytes;
use http::Request;
use scopa::Algorithm;
use scopa_issuer::{DevIssuer, Endpoints, SigningKey, SigningKeys, TokenFormat};
use serde_json::{Value, json};

use crate::stage::{Stage, now};

fn get(stage: &Stage, path: &str) -> (u16, Value) {
    let answer = stage.respond(Request::get(path).body(Bytes::new()).unwrap());
    (answer.status(), serde_json::from_slice(answer.0.body()).unwrap_or_default())
}

#[test]
fn it_describes_what_there_is() {
    let stage = Stage::new();
    let (status, metadata) = get(&stage, "/.well-known/oauth-authorization-server");
    assert_eq!(status, 200);
    assert_eq!(metadata, get(&stage, "/.well-known/openid-configuration").1);
    for (member, expected) in [
        ("issuer", json!("https://id.example.com")),
        ("token_endpoint", json!("https://id.example.com/oauth2/token")),
        ("authorization_endpoint", json!("https://id.example.com/oauth2/authorize")),
        ("introspection_endpoint", json!("https://id.example.com/oauth2/introspect")),
        ("revocation_endpoint", json!("https://id.example.com/oauth2/revoke")),
        ("jwks_uri", json!("https://id.example.com/oauth2/jwks")),
        ("response_types_supported", json!(["code"])),
        ("grant_types_supported", json!(["client_credentials", "authorization_code", "refresh_token"])),
        ("code_challenge_methods_supported", json!(["S256"])),
        ("authorization_response_iss_parameter_supported", json!(true)),
        ("scopes_supported", json!(["admin", "write", "read", "beta"])),
    ] {
        assert_eq!(metadata[member], expected, "{member}");
    }
}

#[test]
fn an_issuer_with_a_path_is_found_where_clients_look() {
    let dev = DevIssuer::with("http://127.0.0.1:9000/tenant", "https://api.example.com", |issuer| {
        issuer.endpoints(
            Endpoints::default().token("/tenant/token/").without_revocation().without_introspection(),
        )
    })
    .unwrap();
    for path in [
        "/.well-known/oauth-authorization-server/tenant",
        "/.well-known/openid-configuration/tenant",
        "/tenant/.well-known/openid-configuration",
    ] {
        assert!(dev.issuer().paths().any(|known| known == path));
        let answer = now(dev.issuer().respond(Request::get(path).body(Bytes::new()).unwrap()));
        let metadata: Value = serde_json::from_slice(answer.body()).unwrap();
        assert_eq!(metadata["issuer"], "http://127.0.0.1:9000/tenant");
        assert_eq!(metadata["token_endpoint"], "http://127.0.0.1:9000/tenant/token/");
        assert_eq!(metadata["response_types_supported"], json!([]));
        assert_eq!(metadata.get("authorization_endpoint"), None);
        assert_eq!(metadata.get("revocation_endpoint"), None);
        assert_eq!(metadata.get("introspection_endpoint"), None);
    }
}

#[test]
fn keys_are_shown_before_they_sign_and_until_their_last_token_is_dead() {
    let key = |name: &str| SigningKey::generate(Algorithm::ES256).unwrap().kid(name);
    let start = 1_795_333_600;
    let stage = Stage::with(|issuer| {
        issuer.signing_keys(SigningKeys::new(key("old")).then(key("new"), start + 1000).unwrap())
    });
    let shown = || {
        let (_, jwks) = get(&stage, "/oauth2/jwks");
        let keys = jwks["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    let token = || {
        let answer = stage.post(
            "/oauth2/token",
            "machine",
            &[("grant_type", "client_credentials"), ("scope", "beta")],
        );
        answer.text("access_token").unwrap()
    };
    assert_eq!(shown(), "old new");
    let last_of_old = {
        stage.wait(999);
        token()
    };
    stage.wait(1);
    assert_eq!(shown(), "old new");
    assert!(stage.is_active(&last_of_old));
    stage.wait(24 * 3600 - 1);
    assert_eq!(shown(), "old new", "a token of a day could still live");
    stage.wait(2 * 3600);
    assert_eq!(shown(), "new");

    // And while it runs, others.
    stage.issuer.set_signing_keys(SigningKeys::new(key("third"))).unwrap();
    assert_eq!(shown(), "third");
    assert!(stage.is_active(&token()));
}

#[test]
fn a_secret_is_never_shown() {
    let secret = SigningKey::from_secret(Algorithm::HS256, [7; 32]).unwrap();
    let stage = Stage::with(|issuer| issuer.signing_keys(SigningKeys::new(secret)));
    assert_eq!(get(&stage, "/oauth2/jwks").0, 404);
    assert!(!stage.issuer.paths().any(|path| path == "/oauth2/jwks"));
    assert!(Stage::new().issuer.paths().any(|path| path == "/oauth2/jwks"));
    assert_eq!(get(&stage, "/.well-known/oauth-authorization-server").1.get("jwks_uri"), None);
    let token =
        stage.post("/oauth2/token", "machine", &[("grant_type", "client_credentials"), ("scope", "beta")]);
    assert!(stage.is_active(&token.text("access_token").unwrap()));
    let public = SigningKeys::new(SigningKey::generate(Algorithm::ES256).unwrap());
    assert!(stage.issuer.set_signing_keys(public).unwrap_err().to_string().contains("signing_keys"));
}

#[test]
fn documents_are_read_and_nothing_else() {
    let stage = Stage::with(|issuer| issuer.token_format(TokenFormat::Opaque));
    for path in ["/.well-known/oauth-authorization-server", "/oauth2/jwks"] {
        let head = stage.respond(Request::head(path).body(Bytes::new()).unwrap());
        assert_eq!((head.status(), head.0.body().len()), (200, 0));
        let post = stage.respond(Request::post(path).body(Bytes::new()).unwrap());
        assert_eq!((post.status(), post.header("allow")), (405, Some("GET, HEAD")));
    }
}
