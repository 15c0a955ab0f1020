//! What is sent to the endpoint, and that it is sent nowhere else.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Request;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use scopa::Introspection;
use scopa_testing::{TestAnswer, TestProvider};
use serde_json::json;

use super::{active, asked, asking, by_default, outcome, present, verdict};

const TOKEN: &str = "a+b/c-d._~==";

/// Presents a token, and returns the one request that went to the endpoint for it.
fn sent(how: Introspection, token: &str) -> Request<Vec<u8>> {
    let provider = TestProvider::new();
    provider.introspects(token, &active(json!({})));
    let validator = asking(&provider, how).build().unwrap();
    drop(present(&validator, token));
    let mut requests = provider.requests();
    requests.retain(|request| request.uri().path() == "/introspect");
    assert_eq!(requests.len(), 1);
    requests.remove(0)
}

fn header(request: &Request<Vec<u8>>, name: http::HeaderName) -> &str {
    let mut values = request.headers().get_all(name).iter();
    let value = values.next().unwrap();
    assert_eq!(values.next(), None);
    value.to_str().unwrap()
}

fn body(request: &Request<Vec<u8>>) -> &str {
    std::str::from_utf8(request.body()).unwrap()
}

#[test]
fn the_token_is_posted_in_a_form_to_the_endpoint_of_the_metadata() {
    let request = sent(by_default(), TOKEN);
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), "https://id.example.com/introspect");
    assert_eq!(header(&request, CONTENT_TYPE), "application/x-www-form-urlencoded");
    assert_eq!(header(&request, ACCEPT), "application/json");
    assert_eq!(body(&request), "token=a%2Bb%2Fc-d._%7E%3D%3D&token_type_hint=access_token");
    assert_eq!(request.headers().len(), 3, "{:?}", request.headers());
}

#[test]
fn any_token_that_a_header_can_carry_arrives_as_it_was() {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default()).build().unwrap();
    let long = "t".repeat(16 * 1024);
    for token in [TOKEN, "%41", "a.b", "a.b.c.d", "ya29.a0Af", "-", "=", &long, "0123456789ABCDEFabcdef+/=="]
    {
        let is_token = !token.contains('%') && token != "=";
        provider.introspects(token, &active(json!({ "sub": token })));
        match present(&validator, token).now_or_later().unwrap() {
            Ok(access) => assert!(is_token && access.subject() == Some(token), "{token}"),
            refused => assert!(!is_token, "{token}: {}", outcome(&refused)),
        }
    }
    assert_eq!(asked(&provider), 7, "what is no bearer token is not worth a question");
}

#[test]
fn a_configured_endpoint_is_asked_to_the_letter_and_no_metadata_is_fetched() {
    let provider = TestProvider::new();
    provider.answer("/v2/check", TestAnswer::json(active(json!({}))));
    let url = "https://introspect.example.net:8443/v2/check?tenant=7";
    let validator = asking(&provider, by_default().endpoint(url)).build().unwrap();
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    let requests = provider.requests();
    assert_eq!(requests.len(), 1, "{requests:?}");
    assert_eq!(requests[0].uri(), url);
}

#[test]
fn the_metadata_is_fetched_without_token_or_secret_and_kept_for_an_hour() {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default()).build().unwrap();
    for token in ["opaque-1", "opaque-2", "opaque-3"] {
        assert_eq!(verdict(&validator, token), "401 inactive");
    }
    let metadata = "/.well-known/openid-configuration";
    assert_eq!(provider.fetches(metadata), 1);
    for request in provider.requests().iter().filter(|request| request.uri().path() == metadata) {
        assert_eq!((request.method().as_str(), body(request)), ("GET", ""));
        assert!(!request.headers().contains_key(AUTHORIZATION));
        assert_eq!(request.uri().query(), None);
    }
    provider.advance(Duration::from_secs(3600));
    assert_eq!(verdict(&validator, "opaque-1"), "401 inactive");
    assert_eq!(provider.fetches(metadata), 2);
}

#[test]
fn an_endpoint_that_has_moved_is_looked_up_again() {
    let provider = TestProvider::new();
    let metadata = "/.well-known/openid-configuration";
    for (token, there) in
        [("a", TestAnswer::status(404)), ("b", TestAnswer::status(410)), ("c", TestAnswer::status(308))]
    {
        provider.heal();
        let validator = asking(&provider, by_default()).build().unwrap();
        assert_eq!(verdict(&validator, token), "401 inactive");
        provider.answer("/introspect", there);
        assert!(
            verdict(&validator, &format!("{token}2")).starts_with("503 https://id.example.com/introspect")
        );
        let moved = json!({
            "issuer": "https://id.example.com",
            "introspection_endpoint": "https://id.example.com/v2/introspect",
        });
        provider.answer(metadata, TestAnswer::json(moved.to_string()));
        provider.advance(Duration::from_secs(1));
        assert_eq!(verdict(&validator, &format!("{token}3")), "401 inactive");
    }
    assert_eq!(provider.fetches(metadata), 6);
    assert_eq!(provider.fetches("/v2/introspect"), 3);
}

#[test]
fn identifier_and_secret_are_form_encoded_before_they_are_joined() {
    // RFC 6749 §2.3.1 and appendix B, whose example is the last but one.
    for (id, secret, expected) in [
        ("crash-api", "secret", "crash-api:secret"),
        ("my api", "two words", "my+api:two+words"),
        ("urn:api:1", "a:b", "urn%3Aapi%3A1:a%3Ab"),
        ("https://api.example.com/", "x", "https%3A%2F%2Fapi.example.com%2F:x"),
        ("käse", "pässwörd", "k%C3%A4se:p%C3%A4ssw%C3%B6rd"),
        ("id", "100%+&=?/\"", "id:100%25%2B%26%3D%3F%2F%22"),
        ("id", "line\r\nbreak\0", "id:line%0D%0Abreak%00"),
        ("id", " %&+£€", "id:+%25%26%2B%C2%A3%E2%82%AC"),
        ("\u{1f980}", "-._*", "%F0%9F%A6%80:-._*"),
    ] {
        let request = sent(Introspection::new(id, secret), TOKEN);
        let credentials = header(&request, AUTHORIZATION).strip_prefix("Basic ").unwrap();
        let credentials = String::from_utf8(STANDARD.decode(credentials).unwrap()).unwrap();
        assert_eq!(credentials, expected);
        assert!(!body(&request).contains("client"), "{}", body(&request));
        assert!(request.headers()[AUTHORIZATION].is_sensitive(), "a client of HTTP must not log it");
    }
}

#[test]
fn post_puts_identifier_and_secret_into_the_body_alone() {
    let request = sent(Introspection::new("urn:api 1", "ä+&=b").client_secret_post(), TOKEN);
    assert!(!request.headers().contains_key(AUTHORIZATION));
    assert_eq!(
        body(&request),
        "token=a%2Bb%2Fc-d._%7E%3D%3D&token_type_hint=access_token\
         &client_id=urn%3Aapi+1&client_secret=%C3%A4%2B%26%3Db"
    );
}
