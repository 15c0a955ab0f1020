//! Signed answers (RFC 9701): those of the issuer, about now, for this client, and no others.

use http::header::ACCEPT;
use scopa::{Algorithm, Validator};
use scopa_testing::{TestAnswer, TestProvider, TokenBuilder};
use serde_json::{Value, json};

use super::{AUDIENCE, ISSUER, SECOND, START, active, asked, asking, at_once, by_default, verdict};

const SIGNED: &str = "application/token-introspection+jwt";

/// A provider whose metadata is known to the validator, which takes signed answers only.
fn scene() -> (TestProvider, Validator) {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default().signed()).discover(provider.clone()).build().unwrap();
    (provider, validator)
}

/// Starts a signed answer that holds these members (RFC 9701 §5).
fn holding(provider: &TestProvider, members: Value) -> TokenBuilder {
    let token = provider.issuer().token().header("typ", "token-introspection+jwt").audience("crash-api");
    let token = ["sub", "client_id", "exp", "jti"].into_iter().fold(token, TokenBuilder::without);
    token.claim("token_introspection", members)
}

fn good(provider: &TestProvider) -> TokenBuilder {
    holding(
        provider,
        json!({ "active": true, "aud": AUDIENCE, "exp": START + 3600, "sub": "user-7", "scope": "read" }),
    )
}

fn served(jwt: impl Into<Vec<u8>>) -> TestAnswer {
    TestAnswer::text(200, jwt).header("content-type", SIGNED)
}

/// Returns the verdict when the endpoint answers so: the same, whether the keys are at hand or have to be fetched.
fn judged(answer: &TestAnswer) -> String {
    let [fetched, at_hand] = [false, true].map(|is_at_hand| {
        let (provider, validator) = scene();
        if is_at_hand {
            assert_eq!(verdict(&validator, &provider.issuer().token().sign()), "accepted");
        }
        provider.answer("/introspect", answer.clone());
        let found = verdict(&validator, "opaque-1");
        assert_eq!((asked(&provider), provider.fetches("/jwks.json") < 2), (1, true));
        found
    });
    assert_eq!(fetched, at_hand);
    fetched
}

#[test]
fn a_good_answer_is_asked_for_and_taken() {
    let (provider, validator) = scene();
    for typ in ["token-introspection+jwt", "application/token-introspection+jwt", "Token-Introspection+JWT"] {
        let answer = good(&provider).header("typ", typ).sign();
        for media_type in
            [SIGNED, "Application/Token-Introspection+JWT", "application/token-introspection+jwt ; v=1"]
        {
            provider.answer(
                "/introspect",
                TestAnswer::text(200, answer.clone()).header("content-type", media_type),
            );
            let access = at_once(&validator, "opaque-1").unwrap();
            assert_eq!((access.subject(), access.issuer()), (Some("user-7"), ISSUER));
            assert_eq!((access.scopes().as_str(), access.expires_at()), ("read", START + 3600));
            provider.advance(SECOND * 30);
            provider.clock().set(START);
        }
    }
    assert_eq!(asked(&provider), 9);
    let requests = provider.requests();
    let questions = requests.iter().filter(|request| request.uri().path() == "/introspect");
    assert!(questions.into_iter().all(|request| request.headers()[ACCEPT] == SIGNED));
}

#[test]
fn the_shape_of_a_good_answer_has_some_room() {
    let provider = TestProvider::new();
    for answer in [
        good(&provider).algorithm(Algorithm::RS256).sign(),
        good(&provider).claim("aud", ["other", "crash-api"]).sign(),
        // RFC 9701 §5: whatever identifies us.
        good(&provider).audience(AUDIENCE).sign(),
        good(&provider).claim("aud", ["other", AUDIENCE]).sign(),
        good(&provider).claim("iat", START - 60).sign(),
        format!("{}\r\n", good(&provider).sign()),
    ] {
        assert_eq!(judged(&served(answer.clone())), "accepted", "{answer}");
    }
}

#[test]
fn what_is_not_proven_to_be_the_issuers_word_for_us_is_no_verdict() {
    let provider = TestProvider::new();
    let good = || good(&provider);
    let inner = json!({ "active": true, "aud": AUDIENCE });
    let access_token = provider.issuer().token().claim("token_introspection", inner.clone());
    for (answer, why) in [
        (TestAnswer::json(active(json!({}))), "is not signed, and only signed ones are taken"),
        (TestAnswer::json(good().sign()), "is not signed, and only signed ones are taken"),
        (TestAnswer::text(200, good().sign()), "is not signed, and only signed ones are taken"),
        (TestAnswer::text(200, good().sign()).header("content-type", "application/jwt"), "is not signed"),
        (served(active(json!({}))), "cannot be verified: not a signed JWT"),
        (served(""), "cannot be verified: not a signed JWT"),
        (served(b"\xff".to_vec()), "is not a JWT"),
        (served(good().header("typ", "JWT").sign()), "has another `typ`"),
        (served(good().header("typ", "at+jwt").sign()), "has another `typ`"),
        (served(good().without_header("typ").sign()), "has another `typ`"),
        (served(access_token.sign()), "has another `typ`"),
        (served(access_token.audience("crash-api").sign()), "has another `typ`"),
        (served(good().issuer("https://evil.example.net").sign()), "is of another issuer"),
        (served(good().issuer("https://id.example.com/").sign()), "is of another issuer"),
        (served(good().without("iss").sign()), "is of another issuer"),
        (served(good().audience("another-client").sign()), "is neither for this client nor for this API"),
        (
            served(good().audience("https://other.example.com").sign()),
            "is neither for this client nor for this API",
        ),
        (served(good().claim("aud", ["a", "b"]).sign()), "is neither for this client nor for this API"),
        (
            served(good().claim("aud", json!({ "crash-api": 1 })).sign()),
            "is neither for this client nor for this API",
        ),
        (served(good().without("aud").sign()), "is neither for this client nor for this API"),
        (served(good().claim("iat", START - 61).sign()), "was not made just now"),
        (served(good().claim("iat", 0).sign()), "was not made just now"),
        (served(good().claim("iat", START + 1).sign()), "was not made just now"),
        (served(good().claim("iat", START.to_string()).sign()), "has no `iat`"),
        (served(good().without("iat").sign()), "has no `iat`"),
        (served(good().tampered().sign()), "the signature does not match"),
        (served(good().signed_by_a_stranger().sign()), "the signature does not match"),
        (served(good().header("kid", "stranger").sign()), "no key in the set has the `kid` `stranger`"),
        (served(good().unsigned().sign()), "the token is not signed (`alg` is `none`)"),
        (served(good().algorithm(Algorithm::HS256).sign()), "algorithm `HS256` is not in the list"),
        (served(good().header("crit", ["exp"]).sign()), "header member `crit` is not accepted"),
        (served(good().without("token_introspection").sign()), "has no object `token_introspection`"),
        (served(good().claim("token_introspection", "active").sign()), "has no object `token_introspection`"),
        (served(good().without("token_introspection").claim("active", true).sign()), "has no object"),
        (served(good().claim("token_introspection", [inner]).sign()), "has no object `token_introspection`"),
        (served(holding(&provider, json!({})).sign()), "the introspection answer has no `active`"),
        (served(good().raw_claims("[]").sign()), "is not a JSON object"),
        (served(good().raw_claims(twice()).sign()), "is duplicate member"),
    ] {
        let found = judged(&answer);
        assert!(found.starts_with("503 ") && found.contains(why), "{found}, expected {why}");
    }
}

/// Claims whose inner object says two things.
fn twice() -> String {
    format!(
        r#"{{"iss":"{ISSUER}","aud":"crash-api","iat":{START},"token_introspection":{{"active":false,"active":true,"aud":"{AUDIENCE}"}}}}"#
    )
}

#[test]
fn a_signed_answer_is_judged_like_any_other() {
    let provider = TestProvider::new();
    for (members, expected) in [
        (json!({ "active": false }), "401 inactive"),
        (json!({ "active": "true", "aud": AUDIENCE }), "401 inactive"),
        (json!({ "active": true, "aud": "crash-api" }), "401 wrong_audience"),
        (json!({ "active": true }), "401 missing_claim"),
        (json!({ "active": true, "aud": AUDIENCE, "exp": START }), "401 expired"),
        (json!({ "active": true, "aud": AUDIENCE, "iss": "https://evil.example.net" }), "401 wrong_issuer"),
        (json!({ "active": true, "aud": AUDIENCE, "cnf": { "jkt": "x" } }), "401 sender_constrained"),
        (json!({ "active": true, "aud": AUDIENCE, "iss": ISSUER, "scope": "a" }), "accepted"),
    ] {
        assert_eq!(judged(&served(holding(&provider, members.clone()).sign())), expected, "{members}");
    }
}

#[test]
fn the_leeway_counts_for_the_answer_too() {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default().signed()).discover(provider.clone()).leeway(SECOND * 30);
    let validator = validator.build().unwrap();
    for (at, (issued_at, is_taken)) in
        [(START - 90, true), (START - 91, false), (START + 30, true), (START + 31, false)]
            .into_iter()
            .enumerate()
    {
        provider.answer("/introspect", served(good(&provider).claim("iat", issued_at).sign()));
        let found = verdict(&validator, &format!("opaque-{at}"));
        assert_eq!(found == "accepted", is_taken, "{issued_at}: {found}");
    }
}

#[test]
fn a_key_that_is_not_there_yet_is_fetched_once() {
    let (provider, validator) = scene();
    provider.publish(["rs256"]);
    provider.answer("/introspect", served(good(&provider).algorithm(Algorithm::RS256).sign()));
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    assert_eq!(provider.fetches("/jwks.json"), 1);

    // The cool-down has passed, and the issuer signs with a new key.
    provider.advance(SECOND * 31);
    provider.publish(["rs256", "es256"]);
    let new = || good(&provider).claim("iat", START + 31);
    provider.answer("/introspect", served(new().sign()));
    assert_eq!(verdict(&validator, "opaque-2"), "accepted");
    assert_eq!(provider.fetches("/jwks.json"), 2);

    // A key of nobody is looked for once in the cool-down.
    provider.advance(SECOND * 31);
    provider.answer("/introspect", served(new().claim("iat", START + 62).header("kid", "nobodys").sign()));
    for token in ["opaque-3", "opaque-4", "opaque-5"] {
        let found = verdict(&validator, token);
        assert!(found.starts_with("503 ") && found.contains("`nobodys`"), "{found}");
    }
    assert_eq!(provider.fetches("/jwks.json"), 3);
}

#[test]
fn without_keys_at_hand_a_signed_answer_is_no_verdict() {
    let (provider, validator) = scene();
    provider.answer("/introspect", served(good(&provider).sign()));
    provider.answer("/jwks.json", TestAnswer::status(500));
    let found = verdict(&validator, "opaque-1");
    assert!(found.starts_with("503 ") && found.contains("cannot be verified"), "{found}");
    provider.answer("/jwks.json", TestAnswer::json(provider.jwks()));
    provider.advance(SECOND);
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
}

#[test]
fn a_signed_answer_is_no_access_token() {
    let (provider, validator) = scene();
    let answer = good(&provider);
    assert_eq!(verdict(&validator, &answer.sign()), "401 wrong_type");
    // Nor under another `typ`: what it holds gives it away.
    let disguised = answer.header("typ", "JWT").audience(AUDIENCE).claim("exp", START + 60);
    assert_eq!(verdict(&validator, &disguised.sign()), "401 not_an_access_token");
    assert_eq!(asked(&provider), 0);
}
