//! Tokens of the same provider, with a good signature, that are for somebody else or for something else.

use scopa::InvalidToken;
use serde_json::{Value, json};

use super::shapes::{API, API_GUID, CLIENT_GUID, PROJECT, TENANT, Token, case, cases, present};

fn refused(name: &str, change: impl FnOnce(Token) -> Token) -> InvalidToken {
    let case = case(name);
    match present((case.preset)(), &change(case.token)) {
        Ok(access) => panic!("{name}: accepted as {access:?}"),
        Err(why) => why,
    }
}

#[test]
fn a_slash_more_or_less_is_another_issuer_and_the_log_says_so() {
    for case in cases() {
        let issuer = case.token.issuer().to_owned();
        let toggled = issuer.strip_suffix('/').map_or_else(|| format!("{issuer}/"), str::to_owned);
        let why = present((case.preset)(), &case.token.with("iss", toggled.clone())).unwrap_err();
        assert_eq!(
            why.to_string(),
            format!(
                "issuer mismatch: the token says `{toggled}`, expected `{issuer}`; they differ by the slash at the end"
            )
        );
    }
}

#[test]
fn an_audience_that_is_missing_or_empty_is_never_any() {
    for case in cases() {
        if case.name.starts_with("cognito") || case.name == "clerk" {
            continue;
        }
        let none = present((case.preset)(), &case.token.clone().without("aud"));
        assert_eq!(none.err(), Some(InvalidToken::MissingClaim("aud")), "{}", case.name);
        for empty in [json!([]), json!("")] {
            let why = present((case.preset)(), &case.token.clone().with("aud", empty)).unwrap_err();
            assert!(matches!(why, InvalidToken::WrongAudience { .. }), "{}: {why}", case.name);
            assert!(why.to_string().ends_with("the client must ask for it"), "{}: {why}", case.name);
        }
        let other =
            present((case.preset)(), &case.token.with("aud", "https://other.example.com")).unwrap_err();
        assert!(matches!(other, InvalidToken::WrongAudience { .. }), "{}: {other}", case.name);
    }
}

#[test]
fn an_id_token_of_the_same_client_is_no_access_token() {
    let of = InvalidToken::NotAnAccessToken;
    // An ID token says in some way or other that it is one, even where its audience is ours.
    assert_eq!(refused("auth0", |t| t.with("nonce", "n1")), of("nonce"));
    assert_eq!(refused("entra", |t| t.without("scp").without("azp").with("nonce", "n1")), of("nonce"));
    assert_eq!(refused("okta", |t| t.with("at_hash", "h1")), of("at_hash"));
    assert_eq!(refused("ory", |t| t.with("at_hash", "h1")), of("at_hash"));
    assert_eq!(refused("kinde", |t| t.with("at_hash", "h1")), of("at_hash"));
    assert_eq!(refused("zitadel", |t| t.with("c_hash", "h1")), of("c_hash"));
    assert_eq!(refused("keycloak", |t| t.with("typ", "ID")), of("typ"));
    let cognito = |t: Token| t.with("token_use", "id").with("aud", "web-1").without("client_id");
    assert_eq!(refused("cognito", cognito), of("token_use"));
    // These two differ by two claims, and `nonce` is in both.
    let authentik = |t: Token| t.without("azp").without("uid");
    assert_eq!(refused("authentik", authentik), InvalidToken::WrongClient(String::new()));
}

#[test]
fn keycloak_wants_a_bearer_token_by_its_own_word() {
    for kind in ["Refresh", "Offline"] {
        assert_eq!(refused("keycloak", |t| t.with("typ", kind)), InvalidToken::NotAnAccessToken("typ"));
    }
    let wrong = || InvalidToken::WrongClaim("typ".into());
    assert_eq!(refused("keycloak", |t| t.without("typ")), wrong());
    assert_eq!(refused("keycloak", |t| t.with("typ", "Action")), wrong());
    assert_eq!(refused("keycloak", |t| t.with("typ", "bearer")), wrong());
    // A header of `at+jwt` says that it is an access token; of which kind, `typ` still says.
    assert_eq!(refused("keycloak", |t| t.typ(Some("at+jwt")).with("typ", "Refresh")), wrong());
}

#[test]
fn cognito_wants_a_client_of_the_list_and_an_access_token() {
    let stranger = |client: &str| InvalidToken::WrongClient(client.into());
    assert_eq!(refused("cognito", |t| t.with("client_id", "web-2")), stranger("web-2"));
    assert_eq!(refused("cognito", |t| t.with("client_id", "")), stranger(""));
    assert_eq!(refused("cognito", |t| t.without("client_id")), stranger(""));
    // Another claim does not stand in for the client.
    assert_eq!(refused("cognito", |t| t.without("client_id").with("azp", "web-1")), stranger(""));
    assert_eq!(
        refused("cognito", |t| t.with("client_id", json!(["web-1"]))),
        InvalidToken::MalformedClaim("client_id".into())
    );
    let wrong = InvalidToken::WrongClaim("token_use".into());
    assert_eq!(refused("cognito", |t| t.without("token_use")), wrong);
    assert_eq!(refused("cognito", |t| t.with("token_use", "other")), wrong);
    let pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Another12";
    assert_eq!(refused("cognito", |t| t.with("iss", pool)).code(), "wrong_issuer");
}

#[test]
fn clerk_wants_an_origin_of_the_list() {
    let stranger = |origin: &str| InvalidToken::WrongClient(origin.into());
    for origin in ["https://evil.example.com", "https://app.example.com/", "http://app.example.com", ""] {
        assert_eq!(refused("clerk", |t| t.with("azp", origin)), stranger(origin));
    }
    assert_eq!(refused("clerk", |t| t.without("azp")), stranger(""));
    let other = |t: Token| t.without("azp").with("client_id", "https://app.example.com");
    assert_eq!(refused("clerk", other), stranger(""));
}

#[test]
fn authentik_wants_its_own_client() {
    assert_eq!(refused("authentik", |t| t.with("azp", "other")), InvalidToken::WrongClient("other".into()));
    assert_eq!(refused("authentik", |t| t.with("aud", "other")).code(), "wrong_audience");
}

#[test]
fn supabase_wants_a_user_of_this_very_project() {
    let wrong = InvalidToken::WrongClaim("role".into());
    for role in [json!("anon"), json!("service_role"), json!("")] {
        assert_eq!(refused("supabase", |t| t.with("role", role)), wrong);
    }
    assert_eq!(refused("supabase", |t| t.without("role")), wrong);
    assert_eq!(refused("supabase", |t| t.with("aud", "anon")).code(), "wrong_audience");
    let project = "https://zyxwvutsrqponmlkjihg.supabase.co/auth/v1";
    assert_eq!(refused("supabase", |t| t.with("iss", project)).code(), "wrong_issuer");
    // The anon key, as it stands in every web page of the project.
    let anon = |t: Token| t.with("iss", "supabase").with("role", "anon").without("aud").without("sub");
    assert_eq!(refused("supabase", anon).code(), "wrong_issuer");
}

#[test]
fn a_v1_token_of_entra_is_named_where_v2_is_expected_and_the_other_way_round() {
    let v1 = |t: Token| {
        let t = t.with("iss", format!("https://sts.windows.net/{TENANT}/")).with("ver", "1.0");
        t.without("azp").with("appid", CLIENT_GUID)
    };
    let why = refused("entra", v1);
    assert!(
        why.to_string().contains("a v1 token of Entra ID: set `accessTokenAcceptedVersion` to 2"),
        "{why}"
    );
    let v2 = |t: Token| t.with("iss", format!("https://login.microsoftonline.com/{TENANT}/v2.0"));
    let why = refused("entra_v1", v2);
    assert!(why.to_string().contains("a v2 token of Entra ID: use `provider::entra`"), "{why}");
}

#[test]
fn another_tenant_of_entra_is_another_issuer() {
    let other = "9d4a1f0c-0000-4b6e-9e7a-2f3b4c5d6e7f";
    for (name, issuer) in [
        ("entra", format!("https://login.microsoftonline.com/{other}/v2.0")),
        ("entra", "https://login.microsoftonline.com/common/v2.0".into()),
        ("entra", "https://login.microsoftonline.com/{tenantid}/v2.0".into()),
        ("entra_v1", format!("https://sts.windows.net/{other}/")),
    ] {
        let why = refused(name, |t| t.with("iss", issuer.clone()).with("tid", other));
        assert_eq!(why.code(), "wrong_issuer", "{issuer}");
    }
    assert_eq!(refused("entra", |t| t.with("aud", CLIENT_GUID)).code(), "wrong_audience");
    assert_eq!(refused("entra_v1", |t| t.with("aud", format!("api://{API_GUID}"))).code(), "wrong_audience");
}

#[test]
fn what_only_looks_like_an_audience_of_ours_is_none() {
    // Auth0: every signed-in user's token is for `userinfo`.
    let userinfo = json!(["https://acme.eu.auth0.com/userinfo"]);
    assert_eq!(refused("auth0", |t| t.with("aud", userinfo)).code(), "wrong_audience");
    // Keycloak: nearly every token is for `account`.
    assert_eq!(refused("keycloak", |t| t.with("aud", "account")).code(), "wrong_audience");
    // Okta's org server.
    let org = |t: Token| t.with("iss", "https://acme.okta.com").with("aud", "https://acme.okta.com");
    assert_eq!(refused("okta", org).code(), "wrong_issuer");
    assert_eq!(refused("firebase", |t| t.with("aud", "other-project")).code(), "wrong_audience");
    assert_eq!(refused("ory", |t| t.with("aud", json!([format!("{API}/")]))).code(), "wrong_audience");
}

#[test]
fn a_bound_token_of_okta_is_no_bearer_token() {
    let why = refused("okta", |t| t.with("cnf", json!({"jkt": "x"})));
    assert_eq!(why, InvalidToken::SenderConstrained);
}

#[test]
fn zitadel_gives_the_roles_of_this_project_and_of_no_other() {
    let case = case("zitadel");
    let own = format!("urn:zitadel:iam:org:project:{PROJECT}:roles");
    let other = json!({"admin": {"1": "acme.example"}});
    let token = case.token.without(&own).with("urn:zitadel:iam:org:project:9:roles", other.clone());
    let token = token.with("urn:zitadel:iam:org:project:roles", other);
    let access = present((case.preset)(), &token).unwrap();
    assert_eq!(access.permissions().count(), 0);
}

#[test]
fn a_claim_of_another_shape_is_told_and_not_passed_over() {
    for (name, claim, value) in [
        ("keycloak", "realm_access", json!({"roles": {"admin": true}})),
        ("entra", "roles", json!([1])),
        ("okta", "scp", json!({"crashes:read": true})),
        ("cognito", "cognito:groups", json!(7)),
        ("kinde", "permissions", Value::Null),
    ] {
        assert_eq!(refused(name, |t| t.with(claim, value)).code(), "malformed_claim", "{name}");
    }
}

#[test]
fn google_takes_id_tokens_and_still_no_logout_token() {
    assert_eq!(refused("google", |t| t.with("events", json!({}))), InvalidToken::NotAnAccessToken("events"));
    assert_eq!(refused("google", |t| t.typ(Some("logout+jwt"))).code(), "wrong_type");
    assert_eq!(
        refused("google", |t| t.with("aud", "other.apps.googleusercontent.com")).code(),
        "wrong_audience"
    );
    assert_eq!(refused("google", |t| t.with("iss", "accounts.google.com")).code(), "wrong_issuer");
}
