//! What an active answer says of the token is judged as the claims of a signed token are.

use std::time::Duration;

use scopa::{ClaimPath, Hierarchy, Introspection, Validator, ValidatorBuilder};
use scopa_testing::{TestAnswer, TestProvider};
use serde_json::{Value, json};

use super::{AUDIENCE, ISSUER, SECOND, START, active, asking, at_once, by_default, verdict};

/// Judges an answer by the rules that `set` makes.
fn judged(
    how: Introspection,
    set: impl FnOnce(ValidatorBuilder) -> ValidatorBuilder,
    members: Value,
) -> String {
    let provider = TestProvider::new();
    provider.introspects("opaque-1", &active(members));
    verdict(&set(asking(&provider, how)).build().unwrap(), "opaque-1")
}

fn by_rules(set: impl FnOnce(ValidatorBuilder) -> ValidatorBuilder, members: Value) -> String {
    judged(by_default(), set, members)
}

fn plainly(members: Value) -> String {
    by_rules(|rules| rules, members)
}

#[test]
fn an_active_token_is_judged_all_the_same() {
    for (members, expected) in [
        (json!({}), "accepted"),
        // RFC 7519 §4.1.4: not on or after.
        (json!({ "exp": START + 1 }), "accepted"),
        (json!({ "exp": START }), "401 expired"),
        (json!({ "exp": 0 }), "401 expired"),
        (json!({ "nbf": START }), "accepted"),
        (json!({ "nbf": START + 1 }), "401 not_yet_valid"),
        (json!({ "iat": START + 1 }), "401 not_yet_valid"),
        (json!({ "iat": START + 1, "nbf": START }), "accepted"),
        (json!({ "iss": ISSUER }), "accepted"),
        (json!({ "iss": "https://id.example.com/" }), "401 wrong_issuer"),
        (json!({ "iss": "https://evil.example.net" }), "401 wrong_issuer"),
        (json!({ "aud": "https://other.example.com" }), "401 wrong_audience"),
        (json!({ "aud": [AUDIENCE] }), "accepted"),
        (json!({ "aud": ["https://other.example.com", AUDIENCE] }), "accepted"),
        (json!({ "aud": ["https://other.example.com"] }), "401 wrong_audience"),
        (json!({ "aud": [] }), "401 wrong_audience"),
        (json!({ "aud": "" }), "401 wrong_audience"),
        (json!({ "aud": "crash-api" }), "401 wrong_audience"),
        (json!({ "aud": null }), "401 missing_claim"),
        (json!({ "exp": "1795337200" }), "401 malformed_claim"),
        (json!({ "exp": 1_795_337_200_000_u64 }), "401 malformed_claim"),
        (json!({ "nbf": "now" }), "401 malformed_claim"),
        (json!({ "iss": [ISSUER] }), "401 malformed_claim"),
        (json!({ "aud": 7 }), "401 malformed_claim"),
        (json!({ "aud": [AUDIENCE, 7] }), "401 malformed_claim"),
        (json!({ "sub": 7 }), "401 malformed_claim"),
        (json!({ "client_id": 7 }), "401 malformed_claim"),
        (json!({ "scope": 7 }), "401 malformed_claim"),
        (json!({ "scope": vec!["s"; 513] }), "401 malformed_claim"),
    ] {
        assert_eq!(plainly(members.clone()), expected, "{members}");
    }
}

#[test]
fn null_is_not_absence() {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default()).build().unwrap();
    for member in ["iss", "sub", "exp", "nbf", "iat", "client_id", "scope", "jti"] {
        let answer = format!(r#"{{"active":true,"aud":"{AUDIENCE}","{member}":null}}"#);
        provider.answer("/introspect", TestAnswer::json(answer));
        assert_eq!(verdict(&validator, &format!("opaque-{member}")), "401 malformed_claim", "{member}");
    }
}

#[test]
fn a_bound_token_is_no_bearer_token() {
    for members in [
        json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }),
        json!({ "cnf": { "x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2" }, "token_type": "Bearer" }),
        json!({ "cnf": {} }),
        json!({ "cnf": "x" }),
        // RFC 9449 §6.2: the type alone says it.
        json!({ "token_type": "DPoP" }),
        json!({ "token_type": "dpop" }),
    ] {
        assert_eq!(plainly(members.clone()), "401 sender_constrained", "{members}");
    }
}

#[test]
fn refresh_tokens_and_other_kinds_are_no_access_tokens() {
    for members in [
        json!({ "token_type": "Bearer" }),
        json!({ "token_type": "bearer" }),
        json!({ "token_type": "access_token" }),
        json!({ "token_use": "access_token" }),
        json!({ "typ": "Bearer" }),
    ] {
        assert_eq!(plainly(members.clone()), "accepted", "{members}");
    }
    for members in [
        json!({ "token_type": "refresh_token" }),
        json!({ "token_type": "id_token" }),
        json!({ "token_type": "Refresh" }),
        json!({ "token_type": "mac" }),
        json!({ "token_type": "N_A" }),
        json!({ "token_type": "" }),
        json!({ "token_type": ["Bearer"] }),
        json!({ "token_type": 7 }),
        json!({ "token_use": "refresh_token" }),
        json!({ "token_use": "refresh" }),
        json!({ "token_use": "id" }),
        json!({ "typ": "Refresh" }),
        json!({ "typ": "Offline" }),
        json!({ "typ": "ID" }),
        json!({ "nonce": "n" }),
        json!({ "at_hash": "h" }),
        json!({ "events": {} }),
        json!({ "token_introspection": { "active": true } }),
    ] {
        assert_eq!(plainly(members.clone()), "401 not_an_access_token", "{members}");
    }
}

#[test]
fn a_missing_audience_is_accepted_only_where_that_was_said() {
    let lenient = || by_default().dangerously_accept_missing_audience();
    for (members, expected) in [
        (json!({ "aud": null }), "accepted"),
        // Ory Hydra's way to name none.
        (json!({ "aud": [] }), "accepted"),
        (json!({ "aud": AUDIENCE }), "accepted"),
        (json!({ "aud": "https://other.example.com" }), "401 wrong_audience"),
        (json!({ "aud": ["https://other.example.com"] }), "401 wrong_audience"),
        (json!({ "aud": "" }), "401 wrong_audience"),
        (json!({ "aud": 7 }), "401 malformed_claim"),
    ] {
        assert_eq!(judged(lenient(), |rules| rules, members.clone()), expected, "{members}");
    }
    // It is said of answers, not of tokens.
    let provider = TestProvider::new();
    let validator = asking(&provider, lenient()).keys(provider.issuer().keys()).build().unwrap();
    let token = provider.issuer().token().without("aud").sign();
    assert_eq!(verdict(&validator, &token), "401 missing_claim");
}

#[test]
fn the_rules_of_the_validator_hold_for_answers_too() {
    let scopes = |access: &scopa::Access| access.scopes().as_str().to_owned();
    assert_eq!(by_rules(|r| r.leeway(SECOND * 30), json!({ "exp": START - 29 })), "accepted");
    assert_eq!(by_rules(|r| r.leeway(SECOND * 30), json!({ "exp": START - 30 })), "401 expired");
    assert_eq!(by_rules(|r| r.leeway(SECOND * 30), json!({ "nbf": START + 30 })), "accepted");
    assert_eq!(by_rules(|r| r.max_age(SECOND * 60), json!({ "iat": START - 59 })), "accepted");
    assert_eq!(by_rules(|r| r.max_age(SECOND * 60), json!({ "iat": START - 60 })), "401 too_old");
    assert_eq!(by_rules(|r| r.max_age(SECOND * 60), json!({})), "401 missing_claim");
    assert_eq!(by_rules(|r| r.clients(["a", "b"]), json!({ "client_id": "b" })), "accepted");
    assert_eq!(by_rules(|r| r.clients(["a", "b"]), json!({ "client_id": "c" })), "401 wrong_client");
    assert_eq!(by_rules(|r| r.clients(["a", "b"]), json!({})), "401 wrong_client");
    assert_eq!(by_rules(|r| r.clients(["a"]).client_claim("cid"), json!({ "cid": "a" })), "accepted");
    assert_eq!(by_rules(|r| r.audience("crash-api"), json!({ "aud": "crash-api" })), "accepted");
    assert_eq!(by_rules(|r| r.dangerously_skip_audience(), json!({ "aud": null })), "accepted");
    assert_eq!(by_rules(|r| r.require_claim("team", ["7"]), json!({ "team": "7" })), "accepted");
    assert_eq!(by_rules(|r| r.require_claim("team", ["7"]), json!({ "team": "8" })), "401 wrong_claim");
    // Only what stands in every answer may be demanded: the profile of RFC 9068 is about JWTs.
    assert_eq!(by_rules(ValidatorBuilder::rfc9068, json!({})), "accepted");

    let provider = TestProvider::new();
    let hierarchy =
        Hierarchy::builder().scopes(["write", "read"]).includes("write", ["read"]).build().unwrap();
    let validator =
        asking(&provider, by_default()).hierarchy(hierarchy).permission_claim("rights").build().unwrap();
    provider.introspects("opaque-1", &active(json!({ "scope": "write", "rights": ["OWNER"] })));
    let access = at_once(&validator, "opaque-1").unwrap();
    assert_eq!(scopes(&access), "write");
    assert!(access.require("read").is_ok());
    assert_eq!(access.permissions().collect::<Vec<_>>(), ["OWNER"]);
}

#[test]
fn scopes_are_read_from_one_member_of_the_answer() {
    let read = |how: Introspection, members: Value| {
        let provider = TestProvider::new();
        provider.introspects("opaque-1", &active(members));
        // What the claims of signed tokens are called says nothing of answers.
        let validator = asking(&provider, how).scope_claim("scp").build().unwrap();
        at_once(&validator, "opaque-1").unwrap().scopes().as_str().to_owned()
    };
    assert_eq!(read(by_default(), json!({ "scope": "read write", "scp": "admin" })), "read write");
    assert_eq!(read(by_default(), json!({ "scope": ["read", "write"] })), "read write");
    assert_eq!(read(by_default(), json!({ "scope": "" })), "");
    assert_eq!(read(by_default(), json!({ "scp": "admin" })), "");
    let named = |claim: &str| by_default().scope_claim(claim);
    assert_eq!(read(named("scp"), json!({ "scope": "admin", "scp": ["read"] })), "read");
    assert_eq!(read(named("realm_access.roles"), json!({ "realm_access": { "roles": ["read"] } })), "read");
    let path = ClaimPath::from(["resource_access", "urn:api", "roles"]);
    let roles = json!({ "resource_access": { "urn:api": { "roles": ["read"] } } });
    assert_eq!(read(by_default().scope_claim(path), roles), "read");
}

#[test]
fn a_handler_sees_what_the_answer_said() {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default()).build().unwrap();
    let answer = json!({
        "sub": "user-7", "client_id": "app", "username": "alice", "scope": "read", "jti": "t-1", "iat": START,
        "nested": { "a": [1, 2] },
    });
    provider.introspects("opaque-1", &active(answer));
    // The first time from the endpoint, then from memory.
    for _ in 0..2 {
        let access = at_once(&validator, "opaque-1").unwrap();
        assert_eq!((access.subject(), access.client_id()), (Some("user-7"), Some("app")));
        assert_eq!(access.claim::<String>("username").unwrap().as_deref(), Some("alice"));
        assert_eq!(access.claim::<Value>("nested").unwrap(), Some(json!({ "a": [1, 2] })));
        assert_eq!(access.claim::<bool>("active").unwrap(), Some(true));
        assert_eq!((access.issuer(), access.token_id()), (ISSUER, Some("t-1")));
        assert_eq!(access.audience().collect::<Vec<_>>(), [AUDIENCE]);
        assert_eq!((access.expires_at(), access.issued_at()), (START + 3600, Some(START)));
        assert!(validator.owns(&access));
    }
    assert_eq!(super::asked(&provider), 1);
}

#[test]
fn a_name_for_people_is_not_a_subject() {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default()).build().unwrap();
    provider.introspects("opaque-1", &active(json!({ "username": "alice" })));
    let access = at_once(&validator, "opaque-1").unwrap();
    assert_eq!((access.subject(), access.client_id(), access.issued_at()), (None, None, None));
}

#[test]
fn a_token_without_an_end_lasts_as_long_as_its_answer() {
    let expires_at = |validator: &Validator| at_once(validator, "opaque-1").unwrap().expires_at();
    for (cap, end) in [(30, START + 30), (600, START + 600), (0, START + 1)] {
        let provider = TestProvider::new();
        provider.introspects("opaque-1", &active(json!({ "exp": null })));
        let how = by_default().cache_for(Duration::from_secs(cap));
        let validator = asking(&provider, how).build().unwrap();
        assert_eq!(expires_at(&validator), end, "{cap}");
        if cap > 0 {
            provider.advance(SECOND * 10);
            assert_eq!(expires_at(&validator), end, "it is not put off by use: {cap}");
        }
    }
}

#[test]
fn the_client_of_an_answer_is_its_client_id_however_signed_tokens_call_it() {
    let provider = TestProvider::new();
    provider.introspects("ours", &active(json!({ "client_id": "web", "cid": "another" })));
    provider.introspects("foreign", &active(json!({ "client_id": "another", "cid": "web" })));
    provider.introspects("older", &active(json!({ "cid": "web" })));
    let validator = asking(&provider, by_default()).client_claim("cid").clients(["web"]).build().unwrap();
    assert_eq!(verdict(&validator, "ours"), "accepted");
    assert_eq!(verdict(&validator, "foreign"), "401 wrong_client");
    assert_eq!(verdict(&validator, "older"), "accepted");
}
