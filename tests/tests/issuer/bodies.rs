//! What a request may be written in.

use scopa_tests::M2M_SECRET;

use crate::client::{FORM, post};
use crate::desk::{AUTHORIZE, INTROSPECT, M2M, REVOKE, TOKEN, Want, all_alike, at_each, request};

#[test]
fn a_form_json_and_multipart_say_the_same() {
    at_each(|desk| {
        let form =
            format!("grant_type=client_credentials&client_id=m2m&client_secret={M2M_SECRET}&scope=alpha");
        let json = serde_json::json!({
            "grant_type": "client_credentials", "client_id": "m2m", "client_secret": M2M_SECRET, "scope": "alpha",
        });
        let parts = [
            ("grant_type", "client_credentials"),
            ("client_id", "m2m"),
            ("client_secret", M2M_SECRET),
            ("scope", "alpha"),
        ];
        let json = json.to_string();
        for (content_type, body) in [
            (FORM, form.clone()),
            ("application/x-www-form-urlencoded; charset=UTF-8", form.clone()),
            ("APPLICATION/X-WWW-FORM-URLENCODED;charset=utf-8", form.clone()),
            (FORM, form.clone() + "&"),
            (FORM, form + "&unknown=1"),
            ("application/json", json.clone()),
            ("application/json; charset=utf-8", json.clone()),
            ("application/json", format!("  {json}\n")),
            ("multipart/form-data; boundary=b0", multipart(&parts)),
            ("multipart/form-data; boundary=\"b0\"", multipart(&parts)),
        ] {
            let answer = desk.ask(&post(TOKEN).body(content_type, body));
            assert_eq!(answer.status, 200, "{}: {content_type}: {answer:?}", desk.server);
            let token = answer.text("access_token").unwrap();
            assert_eq!(desk.introspect(&token)["scope"], "alpha", "{}: {content_type}", desk.server);
        }
    });
}

#[test]
fn what_cannot_be_read_is_refused() {
    let good = format!("grant_type=client_credentials&client_id=m2m&client_secret={M2M_SECRET}");
    let member = format!(r#""client_id":"m2m","client_secret":"{M2M_SECRET}""#);
    let invalid = || Want::error(400, "invalid_request");
    let unsupported = || Want::error(415, "invalid_request");
    let deep = "[".repeat(5000);
    let mut rows = Vec::new();
    for (name, content_type, body, want) in [
        ("a form labelled as JSON", "application/json", good.clone(), invalid()),
        ("a form labelled as multipart", "multipart/form-data; boundary=b0", good.clone(), invalid()),
        ("multipart without a boundary", "multipart/form-data", multipart(&[("grant_type", "x")]), invalid()),
        ("plain text", "text/plain", good.clone(), unsupported()),
        ("XML", "application/xml", "<grant_type/>".into(), unsupported()),
        ("a type that is none", "form", good.clone(), unsupported()),
        (
            "a form in another character set",
            "application/x-www-form-urlencoded; charset=utf-16",
            good.clone(),
            unsupported(),
        ),
        ("an empty type", "", good.clone(), unsupported()),
        ("JSON: a list", "application/json", "[]".into(), invalid()),
        ("JSON: null", "application/json", "null".into(), invalid()),
        ("JSON: nothing", "application/json", String::new(), invalid()),
        ("JSON: broken off", "application/json", "{".into(), invalid()),
        ("JSON: nested", "application/json", deep, invalid()),
        (
            "JSON: a number",
            "application/json",
            format!(r#"{{"grant_type":"client_credentials","scope":1,{member}}}"#),
            invalid(),
        ),
        (
            "JSON: a list for a text",
            "application/json",
            format!(r#"{{"grant_type":["client_credentials"],{member}}}"#),
            invalid(),
        ),
        (
            "JSON: a member twice",
            "application/json",
            format!(r#"{{"grant_type":"client_credentials","grant_type":"client_credentials",{member}}}"#),
            invalid(),
        ),
        (
            "JSON: a member twice, once escaped",
            "application/json",
            format!(
                r#"{{"grant_type":"client_credentials","gr\u0061nt_type":"client_credentials",{member}}}"#
            ),
            invalid(),
        ),
        (
            "JSON: something behind",
            "application/json",
            format!(r#"{{"grant_type":"client_credentials",{member}}} {{}}"#),
            invalid(),
        ),
        ("a form that is not UTF-8", FORM, good.clone() + "&scope=%FF", invalid()),
        ("no grant type", FORM, format!("client_id=m2m&client_secret={M2M_SECRET}"), invalid()),
        ("an empty grant type", FORM, good.replace("client_credentials", ""), invalid()),
    ] {
        rows.push((name.to_owned(), post(TOKEN).body(content_type, body), want));
    }
    let empty = || post(TOKEN).basic("m2m", M2M_SECRET);
    rows.push(("no type and no body".into(), empty(), invalid()));
    rows.push(("a form of nothing".into(), empty().body(FORM, ""), invalid()));
    let two_types = post(TOKEN).body(FORM, good).field("Content-Type", "application/json");
    rows.push(("two types".into(), two_types, invalid()));
    all_alike(rows);
}

#[test]
fn a_parameter_that_comes_twice_is_refused() {
    // RFC 6749 §3.2.
    let pairs = [
        ("grant_type", "client_credentials"),
        ("scope", "alpha"),
        ("client_id", "m2m"),
        ("client_secret", M2M_SECRET),
    ];
    let want = Want::error(400, "invalid_request");
    let mut rows = Vec::new();
    for (name, value) in pairs {
        for (how, other) in [("the same", value), ("another", "other")] {
            let form = [&pairs[..], &[(name, other)]].concat();
            rows.push((format!("form: {name}, {how}"), post(TOKEN).form(&form), want.clone()));
            let parts = post(TOKEN).body("multipart/form-data; boundary=b0", multipart(&form));
            rows.push((format!("multipart: {name}, {how}"), parts, want.clone()));
        }
    }
    let unknown = [&pairs[..], &[("other", "1"), ("other", "2")]].concat();
    rows.push(("a name that means nothing".into(), post(TOKEN).form(&unknown), want.clone()));
    let twice = [("token", "x"), ("token", "x")];
    rows.push(("introspection".into(), request(INTROSPECT, &twice, M2M), want.clone()));
    rows.push(("revocation".into(), request(REVOKE, &twice, M2M), want));
    all_alike(rows);
}

#[test]
fn a_body_is_read_up_to_its_limit() {
    let pad = |length: usize| {
        let start = format!("grant_type=client_credentials&client_id=m2m&client_secret={M2M_SECRET}&pad=");
        let fill = "a".repeat(length - start.len());
        start + &fill
    };
    at_each(|desk| {
        let limit = desk.issuer.body_limit();
        assert_eq!(desk.ask(&post(TOKEN).body(FORM, pad(limit))).status, 200, "{}", desk.server);
    });
    let too_large = Want::error(413, "invalid_request");
    let mut rows = Vec::new();
    for length in [16 * 1024 + 1, 40_000, 100_000] {
        for path in [TOKEN, INTROSPECT, REVOKE] {
            rows.push((
                format!("{path}: {length} bytes"),
                post(path).body(FORM, pad(length)),
                too_large.clone(),
            ));
        }
        let page = post(AUTHORIZE).body(FORM, pad(length));
        rows.push((format!("a page's form of {length} bytes"), page, Want::status(413)));
    }
    all_alike(rows);
}

/// Writes parts as RFC 7578 says, between lines of `b0`.
fn multipart(parts: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--b0\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    parts.iter().map(part).collect::<String>() + "--b0--\r\n"
}
