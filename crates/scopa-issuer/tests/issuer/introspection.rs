use scopa_issuer::ClientDraft;
use serde_json::json;

use crate::stage::{CALLBACK, Stage, now};

#[test]
fn it_says_what_a_token_is_worth() {
    for stage in [Stage::new(), Stage::opaque()] {
        let answer = stage.post(
            "/oauth2/token",
            "machine",
            &[("grant_type", "client_credentials"), ("scope", "beta write")],
        );
        let token = answer.text("access_token").unwrap();
        let said =
            stage.post("/oauth2/introspect", "web", &[("token", &token), ("token_type_hint", "nonsense")]);
        assert_eq!(said.header("cache-control"), Some("no-store"));
        let mut said = said.json();
        let id = said.as_object_mut().unwrap().remove("jti");
        assert!(id.is_none_or(|id| id.is_string()));
        let expected = json!({
            "active": true,
            "token_type": "Bearer",
            "iss": "https://id.example.com",
            "sub": "machine",
            "aud": "https://api.example.com",
            "client_id": "machine",
            "scope": "beta write",
            "iat": 1_795_333_600,
            "exp": 1_795_337_200,
        });
        assert_eq!(said, expected);
    }
}

#[test]
fn whatever_is_not_active_gets_one_answer() {
    let stage = Stage::new();
    let foreign = scopa_testing::TestIssuer::new().token().sign();
    let refresh = stage.exchange(&stage.code("write")).text("refresh_token").unwrap();
    let code = stage.code("write");
    for token in ["x", "a.b.c", &foreign, &refresh, &code, " ", &"a".repeat(10_000)] {
        let answer = stage.post("/oauth2/introspect", "machine", &[("token", token)]);
        assert_eq!(answer.json(), json!({"active": false}), "{token}");
    }
    assert_eq!(stage.post("/oauth2/introspect", "machine", &[]).refusal(), "400 invalid_request");
    assert_eq!(stage.post_alone("/oauth2/introspect", &[("token", "x")]).refusal(), "401 invalid_client");
}

#[test]
fn a_refresh_token_is_described_to_its_client_who_asks_for_it_by_name() {
    let stage = Stage::new();
    stage.client("other", ClientDraft::web("other", [CALLBACK]).scopes("write".parse().unwrap()));
    let refresh = stage.exchange(&stage.code("write")).text("refresh_token").unwrap();
    let ask = |client: &str, token: &str| {
        stage
            .post("/oauth2/introspect", client, &[("token", token), ("token_type_hint", "refresh_token")])
            .json()
    };
    let said = ask("web", &refresh);
    assert_eq!((said["active"].as_bool(), said["sub"].as_str()), (Some(true), Some("alice")));
    assert_eq!(ask("other", &refresh), json!({"active": false}));
    stage.refresh(&refresh);
    assert_eq!(ask("web", &refresh), json!({"active": false}), "it was used");
}

#[test]
fn with_its_client_a_token_ends() {
    for stage in [Stage::new(), Stage::opaque()] {
        let token = stage
            .post("/oauth2/token", "machine", &[("grant_type", "client_credentials")])
            .text("access_token")
            .unwrap();
        let said = |token: &str| stage.post("/oauth2/introspect", "web", &[("token", token)]).json();
        assert_eq!(said(&token)["active"], true);
        now(stage.issuer.clients().remove("machine")).unwrap();
        assert_eq!(said(&token), json!({"active": false}));
    }
}
