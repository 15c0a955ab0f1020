use std::time::Duration;

use scopa_issuer::{ClientDraft, GrantType};

use crate::stage::{CALLBACK, CHALLENGE, SECRET, Stage, VERIFIER, redemption};

/// The good redemption with one parameter in another way.
fn redeemed_with(stage: &Stage, client: &str, code: &str, name: &str, value: &str) -> String {
    let form: Vec<_> = redemption(code)
        .into_iter()
        .map(|(key, good)| (key, if key == name { value } else { good }))
        .collect();
    stage.post("/oauth2/token", client, &form).refusal()
}

#[test]
fn a_code_is_exchanged_for_tokens_of_who_consented() {
    let stage = Stage::new();
    let answer = stage.exchange(&stage.code("write"));
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.text("scope").as_deref(), Some("write"));
    assert_eq!(answer.text("refresh_token").unwrap().len(), 91);
    let claims = stage
        .post("/oauth2/introspect", "machine", &[("token", &answer.text("access_token").unwrap())])
        .json();
    assert_eq!((claims["sub"].as_str(), claims["client_id"].as_str()), (Some("alice"), Some("web")));
    assert_eq!(claims["team"], "blue", "what the login said");
    assert_eq!((claims.get("scp"), claims.get("cnf")), (None, None), "of the token it says nothing");
}

#[test]
fn whoever_does_not_hold_a_code_spends_it() {
    for (client, name, value) in [
        ("web", "code_verifier", CHALLENGE),
        ("web", "code_verifier", "short"),
        ("web", "redirect_uri", "https://client.example/other"),
        ("web", "redirect_uri", ""),
        ("machine", "code", ""),
        ("other", "code", ""),
    ] {
        let stage = Stage::new();
        stage.client("other", ClientDraft::web("other", [CALLBACK]).scopes("write beta".parse().unwrap()));
        let code = stage.code("write");
        let value = if name == "code" { &code } else { value };
        assert_eq!(
            redeemed_with(&stage, client, &code, name, value),
            "400 invalid_grant",
            "{client} {name}={value}"
        );
        assert_eq!(stage.exchange(&code).refusal(), "400 invalid_grant", "after {client} {name}={value}");
    }
}

#[test]
fn a_request_that_lacks_something_spends_nothing() {
    let stage = Stage::new();
    let code = stage.code("write");
    assert_eq!(redeemed_with(&stage, "web", &code, "code_verifier", ""), "400 invalid_request");
    assert_eq!(redeemed_with(&stage, "web", &code, "code", ""), "400 invalid_request");
    assert_eq!(redeemed_with(&stage, "web", &code, "code", "unknown"), "400 invalid_grant");
    assert_eq!(stage.exchange(&code).status(), 200);
}

#[test]
fn a_code_that_comes_twice_ends_the_tokens_of_its_first_use() {
    for stage in [Stage::new(), Stage::opaque()] {
        let code = stage.code("write");
        let first = stage.exchange(&code);
        let token = first.text("access_token").unwrap();
        assert!(stage.is_active(&token));
        assert_eq!(stage.exchange(&code).refusal(), "400 invalid_grant");
        assert!(!stage.is_active(&token));
        assert_eq!(stage.refresh(&first.text("refresh_token").unwrap()).refusal(), "400 invalid_grant");
    }
}

#[test]
fn a_code_is_good_for_a_minute() {
    let stage = Stage::new();
    let (early, late) = (stage.code("write"), stage.code("write"));
    stage.wait(59);
    assert_eq!(stage.exchange(&early).status(), 200);
    stage.wait(1);
    assert_eq!(stage.exchange(&late).refusal(), "400 invalid_grant");
}

#[test]
fn an_address_that_was_left_out_is_left_out_again_or_the_registered_one() {
    for (address, expected) in
        [(None, 200), (Some(CALLBACK), 200), (Some("https://client.example/other"), 400)]
    {
        let stage = Stage::new();
        let params = [
            ("response_type", "code"),
            ("client_id", "web"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let code = stage.authorize("alice", &params).location("code").unwrap();
        let mut form =
            vec![("grant_type", "authorization_code"), ("code", &*code), ("code_verifier", VERIFIER)];
        form.extend(address.map(|address| ("redirect_uri", address)));
        assert_eq!(stage.post("/oauth2/token", "web", &form).status(), expected, "{address:?}");
    }
}

#[test]
fn a_public_client_needs_no_secret_but_the_verifier() {
    let stage = Stage::new();
    let draft = ClientDraft::public("spa", ["http://127.0.0.1/cb"]).scopes("beta".parse().unwrap());
    let (client, secret) = crate::stage::now(stage.issuer.clients().create(draft)).unwrap();
    assert!(secret.is_none());
    let redirect = "http://127.0.0.1:49152/cb";
    let params = [
        ("response_type", "code"),
        ("client_id", client.id()),
        ("redirect_uri", redirect),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let redeem = |verifier: &str, secret: Option<&str>| {
        let code = stage.authorize("bob", &params).location("code").unwrap();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("client_id", client.id()),
            ("code", &*code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        form.extend(secret.map(|secret| ("client_secret", secret)));
        stage.post_alone("/oauth2/token", &form)
    };
    assert_eq!(redeem(VERIFIER, None).status(), 200);
    assert_eq!(redeem(CHALLENGE, None).refusal(), "400 invalid_grant");
    assert_eq!(redeem(VERIFIER, Some(SECRET)).refusal(), "400 invalid_client");
    let alone = [("grant_type", "client_credentials"), ("client_id", client.id())];
    assert_eq!(stage.post_alone("/oauth2/token", &alone).refusal(), "400 unauthorized_client");
    let ask = [("token", "x"), ("client_id", client.id())];
    assert_eq!(stage.post_alone("/oauth2/introspect", &ask).refusal(), "401 invalid_client");
}

#[test]
fn a_client_that_may_not_refresh_gets_no_refresh_token_and_can_still_be_taken_back() {
    let stage = Stage::opaque();
    let draft = ClientDraft::web("short", [CALLBACK])
        .grants([GrantType::AuthorizationCode])
        .scopes("beta".parse().unwrap())
        .access_lifetime(Duration::from_secs(600));
    stage.client("short", draft);
    let params = [
        ("response_type", "code"),
        ("client_id", "short"),
        ("redirect_uri", CALLBACK),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    let code = stage.authorize("alice", &params).location("code").unwrap();
    let answer = stage.post("/oauth2/token", "short", &redemption(&code));
    assert_eq!(answer.text("refresh_token"), None);
    let token = answer.text("access_token").unwrap();
    assert!(stage.is_active(&token));
    assert_eq!(crate::stage::now(stage.issuer.end_grants("alice", Some("short"))).unwrap(), 1);
    assert!(!stage.is_active(&token));
}

#[test]
fn a_client_that_lost_a_scope_gets_no_more_than_is_left() {
    let stage = Stage::new();
    let code = stage.code("write beta");
    let draft = ClientDraft::web("web", [CALLBACK]).scopes("beta".parse().unwrap());
    crate::stage::now(stage.issuer.clients().update("web", draft)).unwrap();
    assert_eq!(stage.exchange(&code).text("scope").as_deref(), Some("beta"));
}
