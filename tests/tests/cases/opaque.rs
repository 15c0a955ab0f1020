//! Tokens that only their issuer can read: asked about with each request, and waited for.

use std::time::Duration;

use scopa::{Introspection, Validator, ValidatorBuilder};
use scopa_testing::{TestAnswer, TestIssuer, TestProvider};
use serde_json::{Value, json};

use super::Group;
use super::client::get;
use super::remote::Elsewhere;
use super::structure::NOW;
use super::want::{anonymous, bad_request, bad_token, needs, no_token, page, page_for, unavailable};

pub(crate) fn door(issuer: &TestIssuer, plain: ValidatorBuilder) -> Validator {
    let provider = TestProvider::of(issuer.clone());
    let good = json!({
        "active": true, "iss": issuer.issuer(), "aud": issuer.audience(), "exp": NOW + 60, "sub": "user-1",
        "scope": "alpha",
    });
    let with = |name: &str, value: Value| {
        let mut answer = good.clone();
        answer[name] = value;
        answer.to_string()
    };
    for (token, answer) in [
        (GOOD, good.to_string()),
        ("opaque-without-scope", with("scope", json!("beta"))),
        (
            "opaque-of-nobody",
            json!({ "active": true, "aud": issuer.audience(), "scope": "alpha" }).to_string(),
        ),
        ("opaque-for-another", with("aud", json!("https://other.example"))),
        ("opaque-for-none", json!({ "active": true, "scope": "alpha" }).to_string()),
        ("opaque-of-another", with("iss", json!("https://evil.example"))),
        ("opaque-expired", with("exp", json!(NOW - 60))),
        ("opaque-bound", with("cnf", json!({ "jkt": "x" }))),
        ("opaque-refresh", with("token_type", json!("refresh_token"))),
        ("opaque-inactive", with("active", json!(false))),
        ("opaque-yes", with("active", json!("true"))),
        ("opaque-answered-with-junk", "junk".into()),
    ] {
        provider.introspects(token, &answer);
    }
    asked_by(plain, provider)
}

pub(crate) fn door_that_is_down(issuer: &TestIssuer, plain: ValidatorBuilder) -> Validator {
    let provider = TestProvider::of(issuer.clone());
    provider.answer("/introspect", TestAnswer::refused());
    asked_by(plain, provider)
}

fn asked_by(plain: ValidatorBuilder, provider: TestProvider) -> Validator {
    let asked = Introspection::new("crash-api", "the secret of crash-api").cache_for(Duration::ZERO);
    plain.introspect(asked, Elsewhere(provider)).build().unwrap()
}

/// What the endpoint says.
pub(crate) fn asked(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("opaque: introspected");
    let opaque = [
        (GOOD, page()),
        ("opaque-without-scope", needs("alpha")),
        ("opaque-of-nobody", page_for("null")),
        ("opaque-for-another", bad_token("wrong_audience")),
        ("opaque-for-none", bad_token("missing_claim")),
        ("opaque-of-another", bad_token("wrong_issuer")),
        ("opaque-expired", bad_token("expired")),
        ("opaque-bound", bad_token("sender_constrained")),
        ("opaque-refresh", bad_token("not_an_access_token")),
        ("opaque-inactive", bad_token("inactive")),
        ("opaque-yes", bad_token("inactive")),
        ("opaque-that-nobody-knows", bad_token("inactive")),
        ("opaque-answered-with-junk", unavailable()),
        // Encrypted for somebody else, perhaps for the issuer itself.
        ("a.b.c.d.e", bad_token("inactive")),
    ];
    for path in ["/opaque", "/opaque/guarded"] {
        for (token, want) in &opaque {
            group.row(format!("{path}: {token:.30}"), get(path).bearer(token), want.clone());
        }
        // Who can be read is not asked about.
        let signed = issuer.token().scope("alpha");
        for (name, token, want) in [
            ("signed", signed.clone(), page()),
            ("signed, without the scope", issuer.token(), needs("alpha")),
            ("signed, forged", signed.clone().signed_by_a_stranger(), bad_token("bad_signature")),
            ("signed, expired", signed.clone().expired(), bad_token("expired")),
            ("not signed", signed.unsigned(), bad_token("unsecured")),
        ] {
            group.row(format!("{path}: {name}"), get(path).bearer(token.sign()), want);
        }
        group.row(format!("{path}: no token"), get(path), no_token());
        group.row(format!("{path}: two fields"), get(path).bearer(GOOD).bearer(GOOD), bad_request());
        let long = "x".repeat(17_000);
        group.row(format!("{path}: too long"), get(path).bearer(long), bad_token("too_long"));
    }
    group.row("optional: no token", get("/opaque/optional"), anonymous());
    group.row("optional: active", get("/opaque/optional").bearer(GOOD), page());
    let inactive = get("/opaque/optional").bearer("opaque-inactive");
    group.row("optional: inactive", inactive, bad_token("inactive"));
    group
}

/// Nobody answers.
pub(crate) fn down(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("opaque: out of reach");
    for (path, nobody) in [
        ("/opaque-down", no_token()),
        ("/opaque-down/guarded", no_token()),
        ("/opaque-down/optional", anonymous()),
    ] {
        group.row(format!("{path}: opaque"), get(path).bearer(GOOD), unavailable());
        group.row(format!("{path}: encrypted"), get(path).bearer("a.b.c.d.e"), unavailable());
        group.row(format!("{path}: signed"), get(path).bearer(issuer.token().sign()), page());
        let forged = issuer.token().signed_by_a_stranger().sign();
        group.row(format!("{path}: forged"), get(path).bearer(forged), bad_token("bad_signature"));
        group.row(format!("{path}: no token"), get(path), nobody);
    }
    group
}

/// Long enough to be looked for in answers and logs.
const GOOD: &str = "opaque-0fB7hQ2vXz9kLmNpRsTuVw-0fB7hQ2vXz9kLmNpRsTuVw-0fB7hQ2vXz9kLmNp";
