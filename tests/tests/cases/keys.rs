//! Which key a token names, and that it never brings its own (RFC 7515 §4.1, RFC 8725 §3.10).

use scopa_testing::TestIssuer;
use serde_json::json;

use super::Group;
use super::client::get;
use super::forge::stranger_jwk;
use super::want::{bad_token, page};

/// The header member `kid`.
pub(crate) fn key_ids(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("keys: kid");
    group.row("the right one", get("/any").bearer(issuer.token().sign()), page());
    group.row("none", get("/any").bearer(issuer.token().without_header("kid").sign()), page());
    for algorithm in scopa_tests::ALGORITHMS {
        let token = issuer.token().algorithm(algorithm).without_header("kid").sign();
        group.row(format!("none, with {algorithm}"), get("/any").bearer(token), page());
    }
    let stranger = issuer.token().without_header("kid").signed_by_a_stranger().sign();
    group.row("none, by a stranger", get("/any").bearer(stranger), bad_token("bad_signature"));
    for kid in [
        "",
        "unknown",
        "ES256",
        "es256 ",
        "es25",
        "es2566",
        "*",
        "../../../../dev/null",
        "/dev/null",
        "' OR '1'='1",
        "|id",
        "${jndi:ldap://127.0.0.1/a}",
        "es256\u{0}",
        "es256\r\nX-Injected: 1",
        "\u{202e}652se",
        "https://evil.example/jwks.json",
    ] {
        let token = issuer.token().header("kid", kid).sign();
        group.row(format!("{kid:?}"), get("/any").bearer(token), bad_token("unknown_key"));
    }
    let long = issuer.token().header("kid", "k".repeat(4000)).sign();
    group.row("4000 characters", get("/any").bearer(long), bad_token("unknown_key"));
    for (name, kid) in [
        ("null", json!(null)),
        ("a number", json!(256)),
        ("a truth value", json!(true)),
        ("an array", json!(["es256"])),
        ("an object", json!({"es256": 1})),
    ] {
        let token = issuer.token().header("kid", kid).sign();
        group.row(format!("that is {name}"), get("/any").bearer(token), bad_token("not_a_jwt"));
    }
    group
}

/// Keys and places of keys in the header: never read, and no reason to refuse an honest token either.
pub(crate) fn brought_along(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("keys: brought along");
    for (name, value) in [
        ("jwk", stranger_jwk()),
        ("jku", json!("http://127.0.0.1:9/jwks.json")),
        ("x5u", json!("http://127.0.0.1:9/cert.pem")),
        ("x5c", json!(["MIIBszCCAVmgAwIBAgIUQ2F0Y2ggbWUgaWYgeW91IGNhbg=="])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
    ] {
        let forged = || issuer.token().header(name, value.clone()).signed_by_a_stranger();
        group.row(
            format!("{name}, under a known kid"),
            get("/any").bearer(forged().sign()),
            bad_token("bad_signature"),
        );
        let unknown = forged().header("kid", "stranger").sign();
        group.row(
            format!("{name}, under an unknown kid"),
            get("/any").bearer(unknown),
            bad_token("unknown_key"),
        );
        let without = forged().without_header("kid").sign();
        group.row(format!("{name}, without a kid"), get("/any").bearer(without), bad_token("bad_signature"));
        let honest = issuer.token().header(name, value.clone()).sign();
        group.row(format!("{name}, signed by the issuer"), get("/any").bearer(honest), page());
    }
    let userinfo = issuer
        .token()
        .header("jku", "https://id.example.com@127.0.0.1:9/jwks.json")
        .header("kid", "x")
        .signed_by_a_stranger();
    group.row("jku with the issuer as user", get("/any").bearer(userinfo.sign()), bad_token("unknown_key"));
    group.row("jwk of the wrong type", get("/any").bearer(issuer.token().header("jwk", "x").sign()), page());
    group
}

/// The other members: kind of token, extensions, encryption.
pub(crate) fn header_members(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("keys: other header members");
    for typ in [
        "at+jwt",
        "AT+JWT",
        "At+Jwt",
        "application/at+jwt",
        "APPLICATION/AT+JWT",
        "JWT",
        "jwt",
        "application/jwt",
    ] {
        let token = issuer.token().header("typ", typ).sign();
        group.row(format!("typ {typ}"), get("/any").bearer(token), page());
    }
    group.row("typ absent", get("/any").bearer(issuer.token().without_header("typ").sign()), page());
    for typ in [
        "",
        "id+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "token-introspection+jwt",
        "client-authentication+jwt",
        "rt+jwt",
        "JWS",
        "at+jwt ",
        "at+jwt\u{0}",
        "xat+jwt",
        "at+jwt+x",
        "at-jwt",
        "application/application/at+jwt",
        "x\"\r\nX-Injected: 1",
    ] {
        let token = issuer.token().header("typ", typ).sign();
        group.row(format!("typ {typ:?}"), get("/any").bearer(token), bad_token("wrong_type"));
    }
    for (name, typ) in [("null", json!(null)), ("a number", json!(1)), ("an array", json!(["at+jwt"]))] {
        let token = issuer.token().header("typ", typ).sign();
        group.row(format!("typ that is {name}"), get("/any").bearer(token), bad_token("not_a_jwt"));
    }

    for (name, member, value, reason) in [
        ("crit that is empty", "crit", json!([]), "header_not_allowed"),
        ("crit of exp", "crit", json!(["exp"]), "header_not_allowed"),
        ("crit of b64", "crit", json!(["b64"]), "header_not_allowed"),
        ("crit of a member that is not there", "crit", json!(["missing"]), "header_not_allowed"),
        ("crit that is a string", "crit", json!("exp"), "header_not_allowed"),
        ("crit that is null", "crit", json!(null), "header_not_allowed"),
        ("crit with a line break", "crit", json!(["x\"\r\nX-Injected: 1"]), "header_not_allowed"),
        ("b64 false", "b64", json!(false), "header_not_allowed"),
        ("b64 true", "b64", json!(true), "header_not_allowed"),
        ("zip", "zip", json!("DEF"), "header_not_allowed"),
        ("enc", "enc", json!("A256GCM"), "encrypted"),
        ("cty JWT", "cty", json!("JWT"), "header_not_allowed"),
        ("cty jwt", "cty", json!("jwt"), "header_not_allowed"),
        ("cty application/jwt", "cty", json!("application/jwt"), "header_not_allowed"),
        ("cty that is a number", "cty", json!(1), "not_a_jwt"),
    ] {
        let token = issuer.token().header(member, value).sign();
        group.row(name, get("/any").bearer(token), bad_token(reason));
    }
    group.row("cty json", get("/any").bearer(issuer.token().header("cty", "json").sign()), page());
    group.row(
        "a member nobody knows",
        get("/any").bearer(issuer.token().header("x", json!({"a": [1]})).sign()),
        page(),
    );
    group
}
