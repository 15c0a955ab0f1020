//! What the authorization endpoint tells a client, by way of the browser (RFC 6749 §4.1, RFC 7636, RFC 9207).

use crate::client::{FORM, encoded, get, post};
use crate::desk::{
    ASKED, AUTHORIZE, CHALLENGE, Desk, IDENTIFIER, REDIRECT, SPA, TOKEN, Want, all_alike, at_each, exchange,
    with, without,
};

#[test]
fn a_code_comes_with_the_state_and_the_issuer() {
    at_each(|desk| {
        let answer = desk.authorize(&ASKED);
        assert_eq!(answer.status, 302, "{}: {answer:?}", desk.server);
        assert!(answer.one("location").unwrap().starts_with("https://client.example/cb?"), "{answer:?}");
        assert_eq!(answer.parameter("state").as_deref(), Some("st\"ate"));
        assert_eq!(answer.parameter("iss").as_deref(), Some(IDENTIFIER));
        assert!(answer.parameter("code").unwrap().len() >= 22);
        assert_eq!(answer.one("cache-control"), Some("no-store"));
        assert_eq!(answer.one("referrer-policy"), Some("no-referrer"));
        assert_ne!(desk.code("alpha"), desk.code("alpha"));
    });
}

#[test]
fn the_state_comes_back_as_it_went() {
    let long = "s".repeat(3000);
    at_each(|desk| {
        for state in [
            "",
            "s",
            "a b+c%20&d=e#f?g/h",
            "&code=evil&iss=evil",
            "\r\nX-Injected: 1",
            "\n\nx",
            "\0",
            "<script>alert(1)</script>",
            "'\"\\;",
            "é€😀",
            &long,
        ] {
            for asked in [ASKED.to_vec(), with(&ASKED, &[("response_type", "token")])] {
                let answer = desk.authorize(&with(&asked, &[("state", state)]));
                assert_eq!(answer.status, 302, "{}: {state:?}: {answer:?}", desk.server);
                let came = answer.parameter("state");
                // An empty one counts as left out (RFC 6749 §3.1).
                assert_eq!(came.as_deref().unwrap_or(""), state, "{}", desk.server);
                assert_eq!(answer.parameter("iss").as_deref(), Some(IDENTIFIER), "{state:?}");
                assert!(answer.one("location").unwrap().is_ascii());
            }
        }
    });
}

#[test]
fn what_is_wrong_is_told_to_the_client() {
    at_each(|desk| {
        let short = "a".repeat(42);
        let long = "a".repeat(44);
        for (name, asked, error) in [
            ("token", with(&ASKED, &[("response_type", "token")]), "unsupported_response_type"),
            ("code and token", with(&ASKED, &[("response_type", "code token")]), "unsupported_response_type"),
            ("id_token", with(&ASKED, &[("response_type", "id_token")]), "unsupported_response_type"),
            ("none", with(&ASKED, &[("response_type", "none")]), "unsupported_response_type"),
            ("in capitals", with(&ASKED, &[("response_type", "CODE")]), "unsupported_response_type"),
            ("no type", without(&ASKED, &["response_type"]), "invalid_request"),
            ("a fragment", with(&ASKED, &[("response_mode", "fragment")]), "invalid_request"),
            ("plain", with(&ASKED, &[("code_challenge_method", "plain")]), "invalid_request"),
            ("no method means plain", without(&ASKED, &["code_challenge_method"]), "invalid_request"),
            ("a method in lower case", with(&ASKED, &[("code_challenge_method", "s256")]), "invalid_request"),
            ("an unknown method", with(&ASKED, &[("code_challenge_method", "S512")]), "invalid_request"),
            ("no challenge", without(&ASKED, &["code_challenge"]), "invalid_request"),
            ("an empty challenge", with(&ASKED, &[("code_challenge", "")]), "invalid_request"),
            ("no PKCE", without(&ASKED, &["code_challenge", "code_challenge_method"]), "invalid_request"),
            ("a short challenge", with(&ASKED, &[("code_challenge", &short)]), "invalid_request"),
            ("a long challenge", with(&ASKED, &[("code_challenge", &long)]), "invalid_request"),
            (
                "padding",
                with(&ASKED, &[("code_challenge", &(CHALLENGE.to_owned() + "="))]),
                "invalid_request",
            ),
            (
                "standard base64",
                with(&ASKED, &[("code_challenge", &CHALLENGE.replace('-', "+"))]),
                "invalid_request",
            ),
            ("an unknown scope", with(&ASKED, &[("scope", "gamma")]), "invalid_scope"),
            ("a malformed scope", with(&ASKED, &[("scope", "al\"pha")]), "invalid_scope"),
            ("a scope beyond the client's", with(&ASKED, &[("scope", "alpha team_7")]), "invalid_scope"),
            (
                "an unknown resource",
                with(&ASKED, &[("resource", "https://other.example.com")]),
                "invalid_target",
            ),
        ] {
            let answer = desk.authorize(&asked);
            assert_eq!(answer.status, 302, "{}: {name}: {answer:?}", desk.server);
            assert!(
                answer.one("location").unwrap().starts_with("https://client.example/cb?"),
                "{name}: {answer:?}"
            );
            assert_eq!(answer.parameter("error").as_deref(), Some(error), "{}: {name}", desk.server);
            assert_eq!(answer.parameter("code"), None, "{name}");
            assert_eq!(answer.parameter("state").as_deref(), Some("st\"ate"), "{name}");
            assert_eq!(answer.parameter("iss").as_deref(), Some(IDENTIFIER), "{name}");
        }
    });
}

#[test]
fn public_clients_need_pkce_too() {
    at_each(|desk| {
        let asked = with(&ASKED, &[("client_id", "spa"), ("redirect_uri", "http://127.0.0.1:4711/cb")]);
        let answer = desk.authorize(&without(&asked, &["code_challenge", "code_challenge_method"]));
        assert_eq!(
            answer.parameter("error").as_deref(),
            Some("invalid_request"),
            "{}: {answer:?}",
            desk.server
        );

        let code = desk.authorize(&asked).parameter("code").unwrap();
        let form = with(&exchange(&code), &[("redirect_uri", "http://127.0.0.1:4711/cb")]);
        assert_eq!(desk.token(&form, SPA).status, 200, "{}", desk.server);
    });
}

#[test]
fn without_a_login_a_page_is_shown() {
    at_each(|desk| {
        let answer = desk.ask(&get(format!("{AUTHORIZE}?{}", encoded(&ASKED))));
        assert_eq!((answer.status, answer.one("location")), (200, None), "{}: {answer:?}", desk.server);
        assert_eq!(answer.one("x-frame-options"), Some("DENY"));
        assert!(answer.all("content-security-policy").contains(&"frame-ancestors 'none'"), "{answer:?}");
        assert_eq!(answer.one("cache-control"), Some("no-store"));
    });
}

#[test]
fn a_form_may_ask_and_is_sent_on_by_get() {
    at_each(|desk| {
        // RFC 6749 §3.1: POST is possible, too. RFC 9700 §4.12: 303, so that a form is not sent on.
        for request in [
            post(AUTHORIZE).form(&ASKED),
            post(format!("{AUTHORIZE}?{}", encoded(&ASKED))).body(FORM, "user=alice&password=secret"),
        ] {
            let answer = desk.ask(&request.field("X-Test-User", "user-1"));
            assert_eq!(answer.status, 303, "{}: {answer:?}", desk.server);
            assert!(answer.parameter("code").is_some());
        }
    });
}

#[test]
fn a_parameter_that_comes_twice_is_refused() {
    at_each(|desk| {
        for (name, value) in ASKED {
            for other in [value, "other", ""] {
                let answer = desk.authorize(&[&ASKED[..], &[(name, other)]].concat());
                // Where the answer may go nobody knows if that is said twice.
                if ["client_id", "redirect_uri"].contains(&name) {
                    assert_eq!(
                        (answer.status, answer.one("location")),
                        (400, None),
                        "{}: {name}",
                        desk.server
                    );
                    continue;
                }
                assert_eq!(
                    answer.parameter("error").as_deref(),
                    Some("invalid_request"),
                    "{}: {name}",
                    desk.server
                );
                let state = answer.parameter("state");
                assert_eq!(
                    state.as_deref(),
                    (name != "state").then_some("st\"ate"),
                    "{}: {name}",
                    desk.server
                );
                assert_eq!(answer.parameter("code"), None, "{}: {name}", desk.server);
            }
        }
    });
}

#[test]
fn without_a_client_a_page_says_so() {
    let want = Want::status(400).field("location", None);
    all_alike(vec![
        ("nothing".into(), get(AUTHORIZE), want.clone()),
        ("no form of words".into(), get(format!("{AUTHORIZE}?%zz=%")), want.clone()),
        ("a client that is no text".into(), get(format!("{AUTHORIZE}?client_id=%FF")), want.clone()),
        (
            "JSON".into(),
            post(AUTHORIZE).body("application/json", r#"{"client_id":"web"}"#),
            Want::status(415),
        ),
    ]);
}

#[test]
fn a_machine_cannot_send_people_here() {
    at_each(|desk| {
        let answer = desk.authorize(&with(&ASKED, &[("client_id", "m2m")]));
        assert_eq!((answer.status, answer.one("location")), (400, None), "{}: {answer:?}", desk.server);
    });
}

#[test]
fn a_code_is_no_access_token_and_is_not_taken_by_get() {
    at_each(|desk| {
        let code = desk.code("alpha");
        assert!(!desk.is_active(&code), "{}", desk.server);
        let answer = desk.ask(
            &get(format!("{TOKEN}?{}", encoded(&exchange(&code)))).basic("web", scopa_tests::WEB_SECRET),
        );
        assert_eq!(answer.status, 405, "{}", desk.server);
        redeems(desk, &code);
    });
}

fn redeems(desk: &Desk, code: &str) {
    let form = with(&exchange(code), &[("redirect_uri", REDIRECT)]);
    assert_eq!(desk.token(&form, crate::desk::WEB).status, 200, "{}", desk.server);
}
