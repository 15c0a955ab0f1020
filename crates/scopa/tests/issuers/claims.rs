//! Whose tokens are taken, and which claims must say what.

use scopa::{ClaimPath, InvalidToken, Validator, ValidatorBuilder};
use scopa_testing::{TestIssuer, TokenBuilder};
use serde_json::{Value, json};

use crate::{accepts, detail, present, reason};

fn validator(more: impl FnOnce(ValidatorBuilder) -> ValidatorBuilder) -> Validator {
    more(TestIssuer::new().validator()).build().unwrap()
}

fn token() -> TokenBuilder {
    TestIssuer::new().token()
}

#[test]
fn tokens_of_listed_clients_are_taken_and_no_others() {
    let validator = validator(|builder| builder.clients(["web", "mobile"]));
    for client in ["web", "mobile"] {
        let access = present(&validator, &token().client_id(client)).unwrap();
        assert_eq!(access.client_id(), Some(client));
    }
    for client in ["client-1", "WEB", "web ", "web mobile", "we", "webx", ""] {
        let found = reason(&validator, &token().client_id(client));
        assert_eq!(found, InvalidToken::WrongClient(client.into()), "{client:?}");
        assert_eq!(found.code(), "wrong_client");
    }
    for (client, expected) in [
        (json!(["web"]), InvalidToken::MalformedClaim("client_id".into())),
        (json!(null), InvalidToken::MalformedClaim("client_id".into())),
        (json!(7), InvalidToken::MalformedClaim("client_id".into())),
    ] {
        assert_eq!(reason(&validator, &token().claim("client_id", client)), expected);
    }
    let refusal = present(&validator, &token().client_id("a\r\nb")).unwrap_err();
    assert_eq!(detail(&refusal), r"the client `a\r\nb` is not in the list of this validator");
    assert_eq!(refusal.error(), Some("invalid_token"));
}

#[test]
fn the_client_is_whom_the_claim_names_that_counts() {
    let of_nobody = || token().without("client_id");
    let by_default = validator(|builder| builder.clients(["web"]));
    assert!(accepts(&by_default, &of_nobody().claim("azp", "web")));
    // `azp` does not count beside `client_id`.
    assert_eq!(reason(&by_default, &token().claim("azp", "web")).code(), "wrong_client");
    assert_eq!(reason(&by_default, &of_nobody()), InvalidToken::WrongClient(String::new()));

    let by_name = validator(|builder| builder.clients(["web"]).client_claim("appid"));
    assert!(accepts(&by_name, &token().claim("appid", "web")));
    assert_eq!(reason(&by_name, &token().client_id("web")).code(), "wrong_client");
    assert_eq!(reason(&by_name, &of_nobody().claim("azp", "web")).code(), "wrong_client");

    // Without a list anybody's tokens are taken, and those of nobody.
    assert!(accepts(&validator(|builder| builder), &of_nobody()));
}

#[test]
fn a_required_claim_has_one_of_the_values_or_lists_it() {
    let validator = validator(|builder| builder.require_claim("groups", ["crash", "ops"]));
    for (value, is_met) in [
        (json!("crash"), true),
        (json!("ops"), true),
        (json!("staff ops"), true),
        (json!(["staff", "crash"]), true),
        (json!("crashes"), false),
        (json!("Crash"), false),
        (json!(""), false),
        (json!("staff"), false),
        (json!([]), false),
        // One name of an array is one name.
        (json!(["staff crash"]), false),
        (json!(["crash "]), false),
    ] {
        let token = token().claim("groups", &value);
        assert_eq!(accepts(&validator, &token), is_met, "{value}");
        if !is_met {
            assert_eq!(reason(&validator, &token), InvalidToken::WrongClaim("groups".into()), "{value}");
        }
    }
    assert_eq!(reason(&validator, &token()).code(), "wrong_claim");
    for value in
        [json!(true), json!(1), json!(null), json!({ "crash": 1 }), json!(["crash", 1]), json!([["crash"]])]
    {
        let found = reason(&validator, &token().claim("groups", &value));
        assert_eq!(found, InvalidToken::MalformedClaim("groups".into()), "{value}");
    }
    let refusal = present(&validator, &token().claim("groups", "secret-7")).unwrap_err();
    assert_eq!(detail(&refusal), "the claim `groups` has none of the values that are asked for");
}

#[test]
fn a_required_claim_may_stand_deeper() {
    let validator = validator(|builder| builder.require_claim("realm_access.roles", ["admin"]));
    let with = |value: Value| token().claim("realm_access", value);
    assert!(accepts(&validator, &with(json!({ "roles": ["user", "admin"] }))));
    for (value, expected) in [
        (json!({ "roles": ["user"] }), "wrong_claim"),
        (json!({ "groups": ["admin"] }), "wrong_claim"),
        (json!({}), "wrong_claim"),
        (json!(["admin"]), "malformed_claim"),
        (json!("admin"), "malformed_claim"),
        (json!({ "roles": { "admin": {} } }), "malformed_claim"),
    ] {
        assert_eq!(reason(&validator, &with(value.clone())).code(), expected, "{value}");
    }
    // The name itself is not a path.
    assert_eq!(reason(&validator, &token().claim("realm_access.roles", ["admin"])).code(), "wrong_claim");
}

#[test]
fn every_required_claim_is_required() {
    let validator = validator(|builder| {
        builder.require_claim("token_use", ["access"]).require_claim("tenant", ["a", "b"]).clients(["web"])
    });
    let good = || token().claim("token_use", "access").claim("tenant", "b").client_id("web");
    assert!(accepts(&validator, &good()));
    assert_eq!(reason(&validator, &good().claim("tenant", "c")), InvalidToken::WrongClaim("tenant".into()));
    assert_eq!(
        reason(&validator, &good().without("token_use")),
        InvalidToken::WrongClaim("token_use".into())
    );
    assert_eq!(reason(&validator, &good().client_id("x")).code(), "wrong_client");
}

#[test]
fn names_of_members_are_a_list_where_that_is_said() {
    let path = || ClaimPath::from("urn:zitadel:iam:org:project:roles").member_names();
    let roles = |value: Value| token().claim("urn:zitadel:iam:org:project:roles", value);
    let names = validator(|builder| builder.scope_claim(path()));
    let values = validator(|builder| builder.scope_claim("urn:zitadel:iam:org:project:roles"));
    for (value, scopes) in [
        (json!({ "read": { "1": "acme.example" }, "write": {} }), "read write"),
        (json!({ "read": null }), "read"),
        (json!({}), ""),
        // Where it is no object, it is read as any other.
        (json!(["read", "write"]), "read write"),
        (json!("read write"), "read write"),
        // A name that no scope can have is passed over.
        (json!({ "a b": 1, "read": 1 }), "read"),
    ] {
        let access = present(&names, &roles(value.clone())).unwrap();
        assert_eq!(access.scopes().as_str(), scopes, "{value}");
        let is_object = value.is_object();
        assert_eq!(accepts(&values, &roles(value)), !is_object);
    }
    for value in [json!(7), json!(null), json!(true), json!([{ "read": 1 }])] {
        assert_eq!(reason(&names, &roles(value)).code(), "malformed_claim");
    }

    let nested = ClaimPath::from("access.roles").member_names();
    let permissions = validator(|builder| builder.permission_claim(nested.clone()));
    let token = || token().claim("access", json!({ "roles": { "ADMIN": 0, "OWNER": {} } }));
    let access = present(&permissions, &token()).unwrap();
    assert_eq!(access.permissions().collect::<Vec<_>>(), ["ADMIN", "OWNER"]);
    let required = validator(|builder| builder.require_claim(nested, ["OWNER"]));
    assert!(accepts(&required, &token()));
    assert_ne!(ClaimPath::from("access.roles"), ClaimPath::from("access.roles").member_names());
}
