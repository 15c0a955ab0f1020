//! What a token must say: when, from whom, for whom, and what kind it is (RFC 7519 §4.1, RFC 9068 §4).

use scopa_testing::TestIssuer;
use serde_json::json;

use super::client::get;
use super::structure::NOW;
use super::want::{anonymous, bad_token, page, page_for};
use super::{Group, Want};

/// `exp`, `nbf`, `iat`, with 30 seconds of leeway.
pub(crate) fn times(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("claims: times");
    // Numbers as they are written: no number type in between.
    let with = |name: &str, text: &str| {
        let (iss, aud) = (issuer.issuer(), issuer.audience());
        let rest = if name == "exp" { String::new() } else { format!(r#","exp":{}"#, NOW + 3600) };
        let claims = format!(r#"{{"iss":"{iss}","aud":"{aud}","sub":"user-1"{rest},"{name}":{text}}}"#);
        issuer.token().raw_claims(claims).sign()
    };
    let at = |seconds: i64| NOW.saturating_add_signed(seconds).to_string();
    let rows: Vec<(&str, &str, String, Want)> = vec![
        ("exp", "in an hour", at(3600), page()),
        ("exp", "29 s ago", at(-29), page()),
        ("exp", "30 s ago", at(-30), bad_token("expired")),
        ("exp", "31 s ago", at(-31), bad_token("expired")),
        ("exp", "29.5 s ago", format!("{}.5", at(-30)), bad_token("expired")),
        ("exp", "with a fraction", format!("{}.75", at(60)), page()),
        ("exp", "with an exponent", "1.8e9".into(), page()),
        ("exp", "0", "0".into(), bad_token("expired")),
        ("exp", "-0", "-0".into(), bad_token("expired")),
        ("exp", "-1", "-1".into(), bad_token("malformed_claim")),
        ("exp", "-1e3", "-1e3".into(), bad_token("malformed_claim")),
        ("exp", "in milliseconds", format!("{}000", at(60)), bad_token("malformed_claim")),
        ("exp", "the last second of the year 9999", "253402300799".into(), page()),
        ("exp", "one second later", "253402300800".into(), bad_token("malformed_claim")),
        ("exp", "1e999", "1e999".into(), bad_token("malformed_claim")),
        ("exp", "2^63 - 1", i64::MAX.to_string(), bad_token("malformed_claim")),
        ("exp", "2^64", "18446744073709551616".into(), bad_token("malformed_claim")),
        ("exp", "a string", format!("\"{}\"", at(60)), bad_token("malformed_claim")),
        ("exp", "an empty string", "\"\"".into(), bad_token("malformed_claim")),
        ("exp", "null", "null".into(), bad_token("malformed_claim")),
        ("exp", "true", "true".into(), bad_token("malformed_claim")),
        ("exp", "an array", format!("[{}]", at(60)), bad_token("malformed_claim")),
        ("exp", "an object", "{}".into(), bad_token("malformed_claim")),
        ("exp", "hexadecimal", "0x7fffffff".into(), bad_token("not_a_jwt")),
        ("exp", "with a plus sign", format!("+{}", at(60)), bad_token("not_a_jwt")),
        ("exp", "Infinity", "Infinity".into(), bad_token("not_a_jwt")),
        ("nbf", "an hour ago", at(-3600), page()),
        ("nbf", "in 30 s", at(30), page()),
        ("nbf", "in 31 s", at(31), bad_token("not_yet_valid")),
        ("nbf", "with a fraction", format!("{}.5", at(-10)), page()),
        ("nbf", "far away", "253402300799".into(), bad_token("not_yet_valid")),
        ("nbf", "1e999", "1e999".into(), bad_token("malformed_claim")),
        ("nbf", "a string", "\"x\"".into(), bad_token("malformed_claim")),
        ("nbf", "null", "null".into(), bad_token("malformed_claim")),
        ("iat", "an hour ago", at(-3600), page()),
        ("iat", "in 30 s", at(30), page()),
        ("iat", "in 31 s", at(31), bad_token("not_yet_valid")),
        ("iat", "-1", "-1".into(), bad_token("malformed_claim")),
        ("iat", "1e999", "1e999".into(), bad_token("malformed_claim")),
        ("iat", "a string", format!("\"{}\"", at(0)), bad_token("malformed_claim")),
    ];
    for (claim, name, text, want) in rows {
        group.row(format!("{claim}: {name}"), get("/any").bearer(with(claim, &text)), want);
    }
    group.row(
        "exp: absent",
        get("/any").bearer(issuer.token().without("exp").sign()),
        bad_token("missing_claim"),
    );
    group.row("iat: absent", get("/any").bearer(issuer.token().without("iat").sign()), page());

    // At most ten minutes old, besides the leeway.
    for (name, text, want) in [
        ("629 s ago", at(-629), page()),
        ("630 s ago", at(-630), bad_token("too_old")),
        ("a year ago", at(-31_536_000), bad_token("too_old")),
    ] {
        group.row(format!("iat, where age counts: {name}"), get("/fresh").bearer(with("iat", &text)), want);
    }
    let ageless = issuer.token().without("iat").sign();
    group.row("iat, where age counts: absent", get("/fresh").bearer(ageless), bad_token("missing_claim"));
    group
}

/// `iss`, `aud`, `sub` and the client.
pub(crate) fn parties(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("claims: parties");
    let (iss, aud) = (issuer.issuer(), issuer.audience());
    let rows = vec![
        ("iss", "another", json!("https://evil.example"), bad_token("wrong_issuer")),
        ("iss", "a slash more", json!(format!("{iss}/")), bad_token("wrong_issuer")),
        ("iss", "a letter less", json!(iss.trim_end_matches('m')), bad_token("wrong_issuer")),
        ("iss", "a path more", json!(format!("{iss}/tenant")), bad_token("wrong_issuer")),
        ("iss", "a domain more", json!(format!("{iss}.evil.example")), bad_token("wrong_issuer")),
        ("iss", "upper case", json!(iss.to_uppercase()), bad_token("wrong_issuer")),
        ("iss", "a space more", json!(format!("{iss} ")), bad_token("wrong_issuer")),
        ("iss", "without TLS", json!(iss.replace("https", "http")), bad_token("wrong_issuer")),
        ("iss", "as a user name", json!(format!("{iss}@evil.example")), bad_token("wrong_issuer")),
        ("iss", "percent-encoded", json!(iss.replace("id.", "%69d.")), bad_token("wrong_issuer")),
        ("iss", "empty", json!(""), bad_token("wrong_issuer")),
        ("iss", "null", json!(null), bad_token("malformed_claim")),
        ("iss", "an array of it", json!([iss]), bad_token("malformed_claim")),
        (
            "iss",
            "an array of another and it",
            json!(["https://evil.example", iss]),
            bad_token("malformed_claim"),
        ),
        ("iss", "a number", json!(123), bad_token("malformed_claim")),
        ("iss", "an object", json!({"a": iss}), bad_token("malformed_claim")),
        ("aud", "another", json!("https://other.example"), bad_token("wrong_audience")),
        ("aud", "a letter more", json!(format!("{aud}x")), bad_token("wrong_audience")),
        ("aud", "a letter less", json!(aud.trim_end_matches('m')), bad_token("wrong_audience")),
        ("aud", "a slash more", json!(format!("{aud}/")), bad_token("wrong_audience")),
        ("aud", "upper case", json!(aud.to_uppercase()), bad_token("wrong_audience")),
        (
            "aud",
            "a list in one string",
            json!(format!("{aud} https://other.example")),
            bad_token("wrong_audience"),
        ),
        ("aud", "the client", json!("client-1"), bad_token("wrong_audience")),
        ("aud", "the issuer", json!(iss), bad_token("wrong_audience")),
        ("aud", "empty", json!(""), bad_token("wrong_audience")),
        ("aud", "an empty array", json!([]), bad_token("wrong_audience")),
        ("aud", "an array of another", json!(["https://other.example"]), bad_token("wrong_audience")),
        ("aud", "an array of ours", json!([aud]), page()),
        ("aud", "an array of another and ours", json!(["https://other.example", aud]), page()),
        ("aud", "an array of ours and a number", json!([aud, 5]), bad_token("malformed_claim")),
        ("aud", "an array of ours and null", json!([aud, null]), bad_token("malformed_claim")),
        ("aud", "an array in an array", json!([[aud]]), bad_token("malformed_claim")),
        ("aud", "null", json!(null), bad_token("malformed_claim")),
        ("aud", "true", json!(true), bad_token("malformed_claim")),
        ("aud", "a number", json!(5), bad_token("malformed_claim")),
        ("aud", "an object", json!({aud: true}), bad_token("malformed_claim")),
        ("sub", "empty", json!(""), page_for(r#""""#)),
        ("sub", "a number", json!(1), bad_token("malformed_claim")),
        ("sub", "null", json!(null), bad_token("malformed_claim")),
        ("sub", "an object", json!({"id": 1}), bad_token("malformed_claim")),
        ("jti", "a number", json!(1), bad_token("malformed_claim")),
        ("client_id", "a number", json!(1), bad_token("malformed_claim")),
    ];
    for (claim, name, value, want) in rows {
        let token = issuer.token().claim(claim, value).sign();
        group.row(format!("{claim}: {name}"), get("/any").bearer(token), want);
    }
    for (claim, want) in [
        ("iss", bad_token("missing_claim")),
        ("aud", bad_token("missing_claim")),
        ("sub", anonymous()),
        ("jti", page()),
        ("client_id", page()),
    ] {
        group.row(format!("{claim}: absent"), get("/any").bearer(issuer.token().without(claim).sign()), want);
    }

    let other = issuer.token().audience("urn:example:crashes").sign();
    group.row("aud: the second of two", get("/two-audiences").bearer(&other), page());
    group.row("aud: the first of two", get("/two-audiences").bearer(issuer.token().sign()), page());
    group.row("aud: any, where that is said", get("/any-audience").bearer(&other), page());
    group.row(
        "aud: none, where any will do",
        get("/any-audience").bearer(issuer.token().without("aud").sign()),
        page(),
    );
    let malformed = issuer.token().claim("aud", 5).sign();
    group.row(
        "aud: malformed, where any will do",
        get("/any-audience").bearer(malformed),
        bad_token("malformed_claim"),
    );

    // RFC 9068 §2: what a strict validator demands besides.
    group.row("strict: all of it", get("/strict").bearer(issuer.token().sign()), page());
    let long_name = issuer.token().header("typ", "application/at+jwt").sign();
    group.row("strict: the long name of the type", get("/strict").bearer(long_name), page());
    group.row(
        "strict: typ JWT",
        get("/strict").bearer(issuer.token().header("typ", "JWT").sign()),
        bad_token("wrong_type"),
    );
    group.row(
        "strict: typ absent",
        get("/strict").bearer(issuer.token().without_header("typ").sign()),
        bad_token("wrong_type"),
    );
    for claim in ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"] {
        let token = issuer.token().without(claim).sign();
        group.row(
            format!("strict: {claim} absent"),
            get("/strict").bearer(token),
            bad_token("missing_claim"),
        );
    }
    let number = issuer.token().claim("client_id", 1).sign();
    group.row("strict: client_id a number", get("/strict").bearer(number), bad_token("malformed_claim"));
    group
}

/// Other kinds of tokens from the same issuer, under a type that does not tell (RFC 8725 §3.11-12).
pub(crate) fn kinds(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("claims: kinds of tokens");
    let plain = || issuer.token().header("typ", "JWT");
    for (name, claim, value) in [
        ("an ID token by nonce", "nonce", json!("n-0S6_WzA2Mj")),
        ("an ID token by at_hash", "at_hash", json!("77QmUPtjPfzWtF2AnpK9RQ")),
        ("an ID token by c_hash", "c_hash", json!("LDktKdoQak3Pk0cnXxCltA")),
        ("a logout token", "events", json!({"http://schemas.openid.net/event/backchannel-logout": {}})),
        ("an introspection answer", "token_introspection", json!({"active": true})),
        ("token_use id", "token_use", json!("id")),
        ("token_use ID", "token_use", json!("ID")),
        ("token_use refresh", "token_use", json!("refresh")),
        ("a claim typ ID", "typ", json!("ID")),
        ("a claim typ Refresh", "typ", json!("Refresh")),
        ("a claim typ Offline", "typ", json!("Offline")),
        ("a claim typ Logout", "typ", json!("Logout")),
    ] {
        let token = plain().claim(claim, value.clone());
        group.row(name, get("/any").bearer(token.sign()), bad_token("not_an_access_token"));
        let untyped = token.without_header("typ");
        group.row(
            format!("{name}, typ absent"),
            get("/any").bearer(untyped.sign()),
            bad_token("not_an_access_token"),
        );
    }
    group.row("token_use access", get("/any").bearer(plain().claim("token_use", "access").sign()), page());
    group.row("a claim typ Bearer", get("/any").bearer(plain().claim("typ", "Bearer").sign()), page());
    // The header says that it is an access token, and an issuer may well keep the nonce in it.
    group.row("nonce under at+jwt", get("/any").bearer(issuer.token().claim("nonce", "n").sign()), page());
    let logout = issuer.token().header("typ", "logout+jwt").claim("events", json!({}));
    group.row("a logout token by its type", get("/any").bearer(logout.sign()), bad_token("wrong_type"));

    for (name, value) in [
        ("a key", json!({"jkt": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"})),
        ("a certificate", json!({"x5t#S256": "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"})),
        ("nothing", json!({})),
        ("null", json!(null)),
    ] {
        let token = issuer.token().claim("cnf", value).sign();
        group.row(format!("bound to {name}"), get("/any").bearer(&token), bad_token("sender_constrained"));
        let with_certificate = get("/any")
            .bearer(token)
            .field("X-Forwarded-Client-Cert", "Hash=0")
            .field("Client-Cert", ":AA==:");
        group.row(
            format!("bound to {name}, with a certificate in a header"),
            with_certificate,
            bad_token("sender_constrained"),
        );
    }
    group
}
