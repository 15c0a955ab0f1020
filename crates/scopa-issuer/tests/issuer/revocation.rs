use std::time::Duration;

use scopa_issuer::{ClientDraft, TokenShape};

use crate::stage::{API, CALLBACK, Stage, now};

#[test]
fn a_client_ends_its_tokens() {
    for stage in [Stage::new(), Stage::opaque()] {
        let answer = stage.exchange(&stage.code("write"));
        let (access, refresh) = (answer.text("access_token").unwrap(), answer.text("refresh_token").unwrap());
        let revoke = |token: &str| stage.post("/oauth2/revoke", "web", &[("token", token)]).status();
        assert_eq!(revoke(&access), 200);
        assert!(!stage.is_active(&access));
        let answer = stage.refresh(&refresh);
        let (access, refresh) = (answer.text("access_token").unwrap(), answer.text("refresh_token").unwrap());
        assert!(stage.is_active(&access));
        assert_eq!(revoke(&refresh), 200);
        assert!(!stage.is_active(&access), "with a refresh token ends all that it brought");
        assert_eq!(stage.refresh(&refresh).refusal(), "400 invalid_grant");
        assert_eq!((revoke(&refresh), revoke(&access)), (200, 200), "once more");
    }
}

#[test]
fn what_was_revoked_is_remembered_for_as_long_as_any_api_could_take_it() {
    let stage = Stage::new();
    let form = [("grant_type", "client_credentials"), ("scope", "beta")];
    let token = stage.post("/oauth2/token", "machine", &form).text("access_token").unwrap();
    let validator = stage.issuer.validator(API).leeway(Duration::from_secs(300));
    let validator = validator.revocation(stage.issuer.revocation()).build().unwrap();
    let bearer = format!("Bearer {token}");
    let is_accepted = || now(validator.authenticate([bearer.as_bytes()])).is_ok();
    assert!(is_accepted());
    assert_eq!(stage.post("/oauth2/revoke", "machine", &[("token", &token)]).status(), 200);
    for seconds in [0, 3600, 200] {
        stage.wait(seconds);
        now(stage.issuer.purge()).unwrap();
        assert!(!is_accepted());
    }
}

#[test]
fn a_token_that_is_not_known_is_ended_already() {
    let stage = Stage::new();
    for token in ["x", "a.b.c", &"a".repeat(10_000)] {
        assert_eq!(stage.post("/oauth2/revoke", "machine", &[("token", token)]).status(), 200, "{token}");
    }
    assert_eq!(stage.post("/oauth2/revoke", "machine", &[]).refusal(), "400 invalid_request");
    assert_eq!(stage.post_alone("/oauth2/revoke", &[("token", "x")]).refusal(), "401 invalid_client");
}

#[test]
fn another_clients_token_lives_on() {
    for stage in [Stage::new(), Stage::opaque()] {
        stage.client("other", ClientDraft::web("other", [CALLBACK]).scopes("write".parse().unwrap()));
        let answer = stage.exchange(&stage.code("write"));
        for member in ["access_token", "refresh_token"] {
            let token = answer.text(member).unwrap();
            assert_eq!(
                stage.post("/oauth2/revoke", "other", &[("token", &token)]).refusal(),
                "400 invalid_grant"
            );
        }
        assert!(stage.is_active(&answer.text("access_token").unwrap()));
        assert_eq!(stage.refresh(&answer.text("refresh_token").unwrap()).status(), 200);
    }
}

#[test]
fn a_token_without_an_id_cannot_be_revoked_and_that_is_said() {
    let stage = Stage::with(|issuer| issuer.token_shape(TokenShape::rfc9068().without("jti")));
    let token = stage
        .post("/oauth2/token", "machine", &[("grant_type", "client_credentials")])
        .text("access_token")
        .unwrap();
    assert_eq!(
        stage.post("/oauth2/revoke", "machine", &[("token", &token)]).refusal(),
        "400 unsupported_token_type"
    );
}
