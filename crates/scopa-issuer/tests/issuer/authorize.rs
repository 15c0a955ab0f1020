use bytes::Bytes;
use http::{Request, Response};
use scopa::BoxFuture;
use scopa_issuer::{AuthorizationRequest, ClientDraft, Decision, Login};

use crate::stage::{CALLBACK, CHALLENGE, Stage};

const GOOD: [(&str, &str); 7] = [
    ("response_type", "code"),
    ("client_id", "web"),
    ("redirect_uri", CALLBACK),
    ("scope", "write"),
    ("state", "st\"ate & more"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// The good request with one parameter in another way: left out, if that is empty.
fn with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut params: Vec<_> = GOOD.into_iter().filter(|(key, _)| *key != name).collect();
    params.extend((!value.is_empty()).then_some((name, value)));
    params
}

#[test]
fn a_consent_sends_the_browser_back_with_a_code() {
    let stage = Stage::new();
    let answer = stage.authorize("alice", &GOOD);
    assert_eq!(answer.status(), 302);
    let location = answer.header("location").unwrap();
    assert!(location.starts_with("https://client.example/cb?code="), "{location}");
    assert_eq!(answer.location("state").as_deref(), Some("st\"ate & more"));
    assert_eq!(answer.location("iss").as_deref(), Some("https://id.example.com"));
    assert_eq!(answer.location("code").unwrap().len(), 43);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
}

#[test]
fn what_the_client_did_wrong_is_told_to_the_client() {
    let stage = Stage::new();
    for (name, value, expected) in [
        ("response_type", "", "302 invalid_request"),
        ("response_type", "token", "302 unsupported_response_type"),
        ("response_type", "code token", "302 unsupported_response_type"),
        ("response_mode", "fragment", "302 invalid_request"),
        ("code_challenge", "", "302 invalid_request"),
        ("code_challenge", "short", "302 invalid_request"),
        ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM", "302 invalid_request"),
        ("code_challenge_method", "", "302 invalid_request"),
        ("code_challenge_method", "plain", "302 invalid_request"),
        ("code_challenge_method", "s256", "302 invalid_request"),
        ("scope", "admin", "302 invalid_scope"),
        ("scope", "unknown", "302 invalid_scope"),
        ("scope", "write\u{e9}", "302 invalid_scope"),
        ("resource", "https://other.example.com", "302 invalid_target"),
    ] {
        let answer = stage.authorize("alice", &with(name, value));
        assert_eq!(answer.refusal(), expected, "{name}={value}");
        assert!(answer.header("location").unwrap().starts_with("https://client.example/cb?error="), "{name}");
        assert_eq!(answer.location("state").as_deref(), Some("st\"ate & more"));
        assert_eq!(
            answer.location("iss").as_deref(),
            Some("https://id.example.com"),
            "RFC 9207 §2: in errors, too"
        );
        assert_eq!(answer.location("code"), None);
    }
    for (name, state) in [("scope", true), ("code_challenge", true), ("ui_locales", true), ("state", false)] {
        let twice: Vec<_> = GOOD.into_iter().chain([(name, "a"), (name, "a")]).collect();
        let answer = stage.authorize("alice", &twice);
        assert_eq!(answer.refusal(), "302 invalid_request", "{name} twice");
        assert_eq!(answer.location("state").is_some(), state, "{name} twice");
    }
    // RFC 9700 §4.15: nobody is called like the client.
    let denied = ["nobody", "web"].map(|user| (user, "302 access_denied"));
    for (user, expected) in denied.into_iter().chain([("later", "302 temporarily_unavailable")]) {
        assert_eq!(stage.authorize(user, &GOOD).refusal(), expected);
    }
}

#[test]
fn a_browser_is_sent_nowhere_that_was_not_registered() {
    let stage = Stage::new();
    stage.client(
        "both",
        ClientDraft::web("both", ["https://a.example/", "https://b.example/"])
            .scopes("beta".parse().unwrap()),
    );
    for (name, value) in [
        ("client_id", ""),
        ("client_id", "nobody"),
        ("client_id", "no\0body"),
        ("client_id", "machine"),
        ("client_id", "both"),
        ("redirect_uri", "https://client.example/cb/"),
        ("redirect_uri", "https://evil.example/cb"),
        ("redirect_uri", "javascript:alert(1)"),
        ("redirect_uri", "//client.example/cb"),
    ] {
        let answer = stage.authorize("alice", &with(name, value));
        assert_eq!((answer.status(), answer.header("location")), (400, None), "{name}={value}");
        assert!(answer.header("content-type").unwrap().starts_with("text/html"));
        assert!(
            !std::str::from_utf8(answer.0.body()).unwrap().contains("evil"),
            "nothing of the request is shown"
        );
    }
    for extra in [("redirect_uri", "https://evil.example/"), ("redirect_uri", ""), ("client_id", "web")] {
        let twice: Vec<_> = GOOD.into_iter().chain([extra]).collect();
        assert_eq!(stage.authorize("alice", &twice).header("location"), None, "{extra:?}");
    }
    assert_eq!(
        stage.authorize("alice", &with("redirect_uri", "")).status(),
        302,
        "there is one, and it may be left out"
    );
}

#[test]
fn a_page_is_shown_where_nobody_is_signed_in_and_never_in_a_frame() {
    let stage = Stage::new();
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(GOOD).finish();
    let answer =
        stage.respond(Request::get(format!("/oauth2/authorize?{query}")).body(Bytes::new()).unwrap());
    assert_eq!((answer.status(), &answer.0.body()[..]), (200, &b"who are you?"[..]));
    assert_eq!(answer.header("x-frame-options"), Some("DENY"));
    assert_eq!(answer.header("content-security-policy"), Some("frame-ancestors 'none'"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    // The page's form comes back to the same address; the body is the page's own.
    let request = Request::post(format!("/oauth2/authorize?{query}"))
        .header("x-user", "alice")
        .body(Bytes::from_static(b"client_id=nobody&password=x"))
        .unwrap();
    let answer = stage.respond(request);
    assert_eq!(answer.status(), 303, "and on by GET, without the password");
    assert!(answer.location("code").is_some());
}

#[test]
fn a_request_may_come_as_a_form() {
    let stage = Stage::new();
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(GOOD).finish();
    let request = Request::post("/oauth2/authorize")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-user", "alice")
        .body(Bytes::from(form))
        .unwrap();
    assert_eq!(stage.respond(request).status(), 303);
    let request = Request::put("/oauth2/authorize").body(Bytes::new()).unwrap();
    assert_eq!(stage.respond(request).header("allow"), Some("GET, POST"));
}

#[test]
fn a_page_knows_the_request_however_it_came() {
    struct Query;
    impl Login for Query {
        fn decide<'a>(
            &'a self,
            _: &'a Request<Bytes>,
            asked: &'a AuthorizationRequest,
        ) -> BoxFuture<'a, Decision> {
            let page = Response::new(Bytes::from(asked.query().to_owned()));
            Box::pin(async { Decision::Show(page) })
        }
    }
    let stage = Stage::with(|issuer| issuer.login(Query));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(GOOD).finish();
    let form = Request::post("/oauth2/authorize").header("content-type", "application/x-www-form-urlencoded");
    for request in [
        Request::get(format!("/oauth2/authorize?{query}")).body(Bytes::new()).unwrap(),
        form.body(Bytes::from(query.clone())).unwrap(),
    ] {
        assert_eq!(stage.respond(request).0.body(), &query);
    }
}

#[test]
fn a_person_consents_to_less_but_not_to_more() {
    let stage = Stage::new();
    let ask = |consent: &str| {
        let query =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(with("scope", "write")).finish();
        let request = Request::get(format!("/oauth2/authorize?{query}"))
            .header("x-user", "alice")
            .header("x-consent", consent)
            .body(Bytes::new())
            .unwrap();
        let answer = stage.respond(request);
        match answer.location("code") {
            Some(code) => stage.exchange(&code).text("scope").unwrap(),
            None => answer.refusal(),
        }
    };
    assert_eq!(ask("write"), "write");
    assert_eq!(ask("read"), "read", "what was asked for includes it");
    assert_eq!(ask("read admin beta"), "read");
    assert_eq!(ask("admin"), "302 access_denied");
    assert_eq!(ask(""), "302 access_denied");
}

#[test]
fn without_a_login_there_is_no_such_endpoint() {
    let dev = scopa_issuer::DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com").unwrap();
    let answer = crate::stage::now(
        dev.issuer().respond(Request::get("/oauth2/authorize").body(Bytes::new()).unwrap()),
    );
    assert_eq!(answer.status(), 404);
    assert!(!dev.issuer().paths().any(|path| path == "/oauth2/authorize"));
}
