use std::sync::Arc;
use std::time::Duration;

use scopa::Hierarchy;
use scopa_issuer::{ClientDraft, DigestKey, Issuer, MemoryStore, TokenFormat, TokenShape};

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
fn what_is_taken_from_a_client_ends_the_tokens_that_hold_it() {
    for stage in [Stage::new(), Stage::opaque()] {
        let ask = |scope: &str| {
            let form = [("grant_type", "client_credentials"), ("scope", scope)];
            stage.post("/oauth2/token", "machine", &form).text("access_token").unwrap()
        };
        let of_person = stage.exchange(&stage.code("write")).text("access_token").unwrap();
        let (of_one, of_two, of_none) = (ask("beta team_1"), ask("beta team_2"), ask("beta"));
        let change = |id: &str, scopes: &str| {
            let draft = now(stage.issuer.clients().get(id)).unwrap().unwrap().draft().clone();
            now(stage.issuer.clients().update(id, draft.scopes(scopes.parse().unwrap()))).unwrap();
        };
        change("machine", "write beta team_2");
        change("web", "beta");
        for (token, is_active) in [(&of_one, false), (&of_two, true), (&of_none, true), (&of_person, false)] {
            assert_eq!(stage.is_active(token), is_active);
        }
        // What includes it is as good; and a token that was ended by its client does not come back with the scope.
        let form = [("token", &*of_person)];
        assert_eq!(stage.post("/oauth2/revoke", "web", &form).status(), 200);
        change("machine", "write beta team_{id}");
        change("web", "write");
        assert!(stage.is_active(&of_one) && !stage.is_active(&of_person));
    }
}

#[test]
fn a_scope_that_is_not_declared_any_more_ends_no_token() {
    let store = Arc::new(MemoryStore::new());
    let before = Stage::on(store.clone(), |issuer| issuer.token_format(TokenFormat::Opaque));
    let form = [("grant_type", "client_credentials"), ("scope", "read beta")];
    let token = before.post("/oauth2/token", "machine", &form).text("access_token").unwrap();
    let issuer = Issuer::builder("https://id.example.com", store, DigestKey::new([7; 32]).unwrap())
        .audience(API)
        .token_format(TokenFormat::Opaque)
        .hierarchy(Hierarchy::builder().scopes(["read"]).build().unwrap())
        .clock(before.clock.clone());
    let after = Stage { issuer: issuer.build().unwrap(), clock: before.clock };
    let change = |scopes: &str| {
        let draft = ClientDraft::machine("machine").scopes(scopes.parse().unwrap());
        now(after.issuer.clients().update("machine", draft)).unwrap();
    };
    change("read");
    assert!(after.is_active(&token));
    change("");
    assert!(!after.is_active(&token));
}

#[test]
fn a_refresh_token_is_worth_what_its_client_may_still_have() {
    let stage = Stage::new();
    let refresh = stage.exchange(&stage.code("write beta")).text("refresh_token").unwrap();
    let described = || {
        let form = [("token", &*refresh), ("token_type_hint", "refresh_token")];
        let answer = stage.post("/oauth2/introspect", "web", &form);
        (answer.json()["active"].as_bool().unwrap(), answer.text("scope"))
    };
    let change = |scopes: &str| {
        let draft = now(stage.issuer.clients().get("web")).unwrap().unwrap().draft().clone();
        now(stage.issuer.clients().update("web", draft.scopes(scopes.parse().unwrap()))).unwrap();
    };
    assert_eq!(described(), (true, Some("write beta".to_owned())));
    change("beta");
    assert_eq!(described(), (true, Some("beta".to_owned())));
    // It would be refused.
    change("team_1");
    assert_eq!(described(), (false, None));
    assert_eq!(stage.refresh(&refresh).refusal(), "400 invalid_scope");
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
