//! The member `active`: one value says that a token is good, and what is no answer says nothing.

use scopa::RefusalKind;
use scopa_testing::{TestAnswer, TestProvider};
use serde_json::json;

use super::{AUDIENCE, active, asking, at_once, by_default, verdict};

#[test]
fn only_true_is_active() {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default()).build().unwrap();
    provider.introspects("good", &active(json!({})));
    assert_eq!(verdict(&validator, "good"), "accepted");
    for (at, value) in [
        "false",
        "null",
        r#""true""#,
        r#""True""#,
        "1",
        "0",
        "1.0",
        r#""""#,
        "[]",
        "[true]",
        "{}",
        r#"{"active":true}"#,
    ]
    .into_iter()
    .enumerate()
    {
        let answer = format!(r#"{{"active":{value},"aud":"{AUDIENCE}","exp":1795337200,"scope":"read"}}"#);
        provider.answer("/introspect", TestAnswer::json(answer));
        assert_eq!(verdict(&validator, &format!("opaque-{at}")), "401 inactive", "{value}");
    }
}

#[test]
fn an_inactive_token_is_told_as_any_bad_token() {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default()).build().unwrap();
    // RFC 7662 §2.2: it should say no more; what it says is not believed either.
    provider.introspects("opaque-1", r#"{"active":false,"scope":"admin","sub":"root"}"#);
    let refusal = at_once(&validator, "opaque-1").unwrap_err();
    assert_eq!(refusal.kind(), RefusalKind::InvalidToken);
    let other = provider.issuer().validator().build().unwrap();
    let (ours, theirs) = (refusal.response(), at_once(&other, "opaque-1").unwrap_err().response());
    assert_eq!(
        (ours.status(), ours.headers(), ours.body()),
        (theirs.status(), theirs.headers(), theirs.body())
    );
}

#[test]
fn what_is_no_answer_is_no_verdict() {
    let provider = TestProvider::new();
    let validator = asking(&provider, by_default()).build().unwrap();
    let deep = format!(r#"{{"active":true,"aud":"{AUDIENCE}","x":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    let good = active(json!({}));
    let with_mark = format!("\u{feff}{good}");
    let twice = format!("{good}{good}");
    let cases: &[(&[u8], &str)] = &[
        (b"", "not a JSON object"),
        (b" ", "not a JSON object"),
        (b"true", "not a JSON object"),
        (b"null", "not a JSON object"),
        (br#""active""#, "not a JSON object"),
        (br#"[{"active":true}]"#, "not a JSON object"),
        (b"<!doctype html><title>Sign in</title>", "not a JSON object"),
        (b"active=true", "not a JSON object"),
        (with_mark.as_bytes(), "not a JSON object"),
        (twice.as_bytes(), "text after the JSON object"),
        (br#"{"active":true"#, ""),
        (br#"{'active':true}"#, ""),
        (br#"{"active":True}"#, ""),
        (b"{\"active\":true,\"sub\":\"\xff\"}", "not UTF-8"),
        (deep.as_bytes(), "nested too deeply"),
        (br#"{"active":false,"active":true}"#, "duplicate member"),
        (br#"{"active":true,"active":true}"#, "duplicate member"),
        (br#"{"active":true,"\u0061ctive":false}"#, "duplicate member"),
        (br#"{"active":true,"aud":"x","aud":"https://api.example.com"}"#, "duplicate member"),
        (br#"{"active":true,"x":{"y":1,"y":2}}"#, "duplicate member"),
        (b"{}", "has no `active`"),
        (br#"{"Active":true}"#, "has no `active`"),
        (br#"{"active ":true}"#, "has no `active`"),
        (br#"{"valid":true,"aud":"https://api.example.com"}"#, "has no `active`"),
        (br#"{"error":"invalid_client"}"#, "has no `active`"),
        (br#"{"token_introspection":{"active":true}}"#, "has no `active`"),
    ];
    for (body, why) in cases {
        let label = String::from_utf8_lossy(body);
        provider.answer("/introspect", TestAnswer::json(*body));
        let found = verdict(&validator, "opaque-1");
        assert!(found.starts_with("503 ") && found.contains(why), "{label}: {found}");
    }
    provider.heal();
    provider.introspects("opaque-1", &good);
    assert_eq!(verdict(&validator, "opaque-1"), "accepted", "none of them was kept");
}
