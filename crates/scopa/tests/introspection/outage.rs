//! An endpoint that gives no verdict: 503 for a bounded time, and never a word about the token.

use futures_util::FutureExt as _;
use scopa::{RefusalKind, Validator};
use scopa_testing::{TestAnswer, TestProvider};
use serde_json::json;

use super::{ISSUER, SECOND, active, asked, asking, at_once, by_default, outcome, present, verdict};

const METADATA: &str = "/.well-known/openid-configuration";

/// A provider that calls `opaque-1` active, and a validator that asks it.
fn scene() -> (TestProvider, Validator) {
    let provider = TestProvider::new();
    provider.introspects("opaque-1", &active(json!({})));
    let validator = asking(&provider, by_default()).build().unwrap();
    (provider, validator)
}

#[test]
fn no_status_but_200_is_a_verdict_whatever_the_body_says() {
    let (provider, validator) = scene();
    let statuses =
        [201, 202, 203, 204, 206, 300, 304, 400, 401, 403, 404, 405, 410, 418, 429, 500, 502, 503, 504];
    for status in statuses {
        for body in [active(json!({})), r#"{"active":false}"#.to_owned(), String::new()] {
            provider.answer(
                "/introspect",
                TestAnswer::text(status, body).header("content-type", "application/json"),
            );
            let found = verdict(&validator, "opaque-1");
            assert!(found.starts_with("503 https://id.example.com/introspect: status "), "{status}: {found}");
        }
    }
    provider.heal();
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
}

#[test]
fn a_caller_is_told_to_come_again_and_not_that_his_token_is_bad() {
    let (provider, validator) = scene();
    provider.answer("/introspect", TestAnswer::text(401, r#"{"error":"invalid_client"}"#));
    let refusal = at_once(&validator, "opaque-1").unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::Unavailable);
    assert_eq!(refusal.challenge(), None);
    let response = refusal.response();
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (503, "5"));
}

#[test]
fn the_log_says_what_is_to_be_mended() {
    let (provider, validator) = scene();
    for (answer, text) in [
        (
            TestAnswer::status(401),
            "status 401, expected 200; does the endpoint know this client and its secret?",
        ),
        (
            TestAnswer::status(403),
            "status 403, expected 200; does the endpoint know this client and its secret?",
        ),
        (TestAnswer::status(500), "status 500, expected 200"),
        (
            TestAnswer::status(302),
            "status 302: a redirect is not followed; configure the address it leads to",
        ),
        (TestAnswer::refused(), "connection refused"),
        (TestAnswer::json(active(json!({}))).cut(), "the connection was closed"),
        (
            TestAnswer::json(active(json!({}))).header("content-encoding", "gzip"),
            "the content is in a coding that the client did not decode",
        ),
        (TestAnswer::json(active(json!({}))).endless(), "the answer is longer than 256 KiB"),
        (TestAnswer::json("").endless(), "the answer is longer than 256 KiB"),
        (
            TestAnswer::json(active(json!({ "x": "y".repeat(256 * 1024) }))),
            "the answer is longer than 256 KiB",
        ),
    ] {
        provider.answer("/introspect", answer);
        let expected = format!("503 https://id.example.com/introspect: {text}");
        let found = verdict(&validator, "opaque-1");
        assert!(found.starts_with(&expected), "{found}, expected {expected}");
        assert_eq!(found.contains("secret"), text.contains("secret"), "{found}");
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let (provider, validator) = scene();
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = TestAnswer::status(status).header("location", "https://evil.example.net/introspect");
        provider.answer("/introspect", elsewhere);
        assert!(verdict(&validator, "opaque-1").starts_with("503 "), "{status}");
    }
    assert!(provider.requests().iter().all(|request| request.uri().host() == Some("id.example.com")));
}

#[test]
fn an_endpoint_that_hangs_is_waited_for_less_than_five_seconds() {
    let (provider, validator) = scene();
    provider.answer("/introspect", TestAnswer::hanging());
    let mut caller = present(&validator, "opaque-1");
    provider.advance(SECOND * 9 / 2 - SECOND / 1000);
    assert!((&mut caller).now_or_never().is_none());
    provider.advance(SECOND / 1000);
    let found = outcome(&caller.now_or_never().unwrap());
    assert!(found.starts_with("503 "), "{found}");
    // The question itself is given up after five seconds.
    provider.advance(SECOND / 2);
    provider.heal();
    assert_eq!(verdict(&validator, "opaque-1"), "accepted", "the next one asks anew");
}

#[test]
fn five_seconds_are_for_all_steps_together_and_a_late_verdict_serves_the_next() {
    let (provider, validator) = scene();
    let metadata = json!({ "issuer": ISSUER, "introspection_endpoint": "https://id.example.com/introspect" });
    provider.answer(METADATA, TestAnswer::json(metadata.to_string()).after(SECOND * 4));
    provider.answer("/introspect", TestAnswer::json(active(json!({}))).after(SECOND * 4));
    let mut caller = present(&validator, "opaque-1");
    provider.advance(SECOND * 4);
    assert!((&mut caller).now_or_never().is_none());
    provider.advance(SECOND);
    assert_eq!(
        outcome(&caller.now_or_never().unwrap()),
        "503 the introspection endpoint has not answered yet"
    );
    provider.advance(SECOND * 3);
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    assert_eq!(asked(&provider), 1);
}

#[test]
fn without_metadata_nobody_knows_whom_to_ask() {
    for (metadata, text) in [
        (TestAnswer::status(500), "status 500"),
        (TestAnswer::refused(), "connection refused"),
        (TestAnswer::text(200, "<html>"), "the metadata is not a JSON object"),
        (TestAnswer::json(json!({ "issuer": ISSUER }).to_string()), "set it with `Introspection::endpoint`"),
        (
            TestAnswer::json(json!({ "issuer": ISSUER, "introspection_endpoint": null }).to_string()),
            "set it with `Introspection::endpoint`",
        ),
        (
            TestAnswer::json(
                json!({ "issuer": "https://evil.example.net", "introspection_endpoint": "https://evil.example.net/x" })
                    .to_string(),
            ),
            "expected `https://id.example.com`, byte for byte",
        ),
        (
            TestAnswer::json(
                json!({ "issuer": ISSUER, "introspection_endpoint": "http://id.example.com/introspect" }).to_string(),
            ),
            "must be https",
        ),
        (
            TestAnswer::json(
                json!({ "issuer": ISSUER, "introspection_endpoint": "http://127.0.0.1/introspect" }).to_string(),
            ),
            "is on loopback and the issuer is not",
        ),
    ] {
        let (provider, validator) = scene();
        provider.answer(METADATA, metadata);
        let found = verdict(&validator, "opaque-1");
        assert!(found.starts_with("503 ") && found.contains(text), "{found}, expected {text}");
        assert!(provider.requests().iter().all(|request| request.method() == "GET"), "nothing is sent anywhere");
        provider.heal();
        provider.advance(SECOND);
        assert_eq!(verdict(&validator, "opaque-1"), "accepted", "{text}");
    }
}

#[test]
fn what_is_known_serves_on_while_the_endpoint_is_down() {
    let (provider, validator) = scene();
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    provider.answer_all(TestAnswer::refused());
    provider.advance(SECOND * 29);
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    provider.advance(SECOND);
    assert!(verdict(&validator, "opaque-1").starts_with("503 "), "and not longer than agreed");
}

#[test]
fn metadata_that_is_renewed_is_not_waited_for() {
    let (provider, validator) = scene();
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    provider.advance(SECOND * 3600);
    provider.answer(METADATA, TestAnswer::hanging());
    // The endpoint is known and well: whether the metadata still says so is asked beside it.
    for token in ["opaque-2", "opaque-3"] {
        assert_eq!(verdict(&validator, token), "401 inactive");
    }
    provider.advance(SECOND * 120);
    assert_eq!(verdict(&validator, "opaque-4"), "401 inactive");
}

#[test]
fn metadata_that_cannot_be_had_is_asked_for_once_a_second_whatever_is_presented() {
    let (provider, validator) = scene();
    provider.answer_all(TestAnswer::status(404));
    for token in 0..50 {
        assert!(verdict(&validator, &format!("opaque-{token}")).starts_with("503 "));
    }
    assert_eq!(provider.fetches(METADATA), 1);
    provider.advance(SECOND);
    assert!(verdict(&validator, "opaque-x").starts_with("503 "));
    assert_eq!(provider.fetches(METADATA), 2);
}
