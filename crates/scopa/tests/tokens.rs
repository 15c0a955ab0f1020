//! Which tokens are accepted, and for what exact reason the others are not.
#![cfg(test)]

use std::error::Error as _;
use std::time::Duration;

use scopa::{Access, Algorithm, Clock as _, InvalidToken, KeySet, Refusal, RefusalKind, ValidatorBuilder};
use scopa_testing::{TestIssuer, TokenBuilder};
use serde_json::{Value, json};

const NOW: u64 = 1_795_333_600;

type Settings = fn(ValidatorBuilder) -> ValidatorBuilder;
type Token = fn(TokenBuilder) -> TokenBuilder;

fn present(settings: Settings, token: Token) -> Result<Access, Refusal> {
    let issuer = TestIssuer::new();
    assert_eq!(issuer.clock().now(), NOW);
    let validator = settings(issuer.validator()).build().unwrap();
    let bearer = token(issuer.token()).bearer();
    validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap()
}

fn reason(refusal: &Refusal) -> InvalidToken {
    assert_eq!(refusal.kind(), RefusalKind::InvalidToken);
    refusal.source().unwrap().downcast_ref::<InvalidToken>().unwrap().clone()
}

fn assert_outcome(what: &str, settings: Settings, token: Token, expected: Option<InvalidToken>) {
    match (present(settings, token), expected) {
        (Ok(_), None) => {}
        (Ok(_), Some(expected)) => panic!("{what}: accepted, expected {expected:?}"),
        (Err(refusal), expected) => assert_eq!(Some(reason(&refusal)), expected, "{what}"),
    }
}

const AS_IS: Settings = |validator| validator;
const STRICT: Settings = |validator| validator.rfc9068();

fn expired(expires_at: u64) -> Option<InvalidToken> {
    Some(InvalidToken::Expired { expires_at, now: NOW })
}

fn early(valid_from: u64) -> Option<InvalidToken> {
    Some(InvalidToken::NotYetValid { valid_from, now: NOW })
}

fn malformed(claim: &'static str) -> Option<InvalidToken> {
    Some(InvalidToken::MalformedClaim(claim.to_owned()))
}

fn missing(claim: &'static str) -> Option<InvalidToken> {
    Some(InvalidToken::MissingClaim(claim))
}

#[test]
fn times_hold_to_the_second() {
    let exact: Settings = |validator| validator.leeway(Duration::ZERO);
    let most: Settings = |validator| validator.leeway(Duration::from_secs(300));
    let cases: &[(&str, Settings, Token, Option<InvalidToken>)] = &[
        ("exp ahead", exact, |t| t.claim("exp", NOW + 1), None),
        ("exp now", exact, |t| t.claim("exp", NOW), expired(NOW)),
        ("exp within leeway", AS_IS, |t| t.claim("exp", NOW - 29), None),
        ("exp at the end of leeway", AS_IS, |t| t.claim("exp", NOW - 30), expired(NOW - 30)),
        ("exp within most leeway", most, |t| t.claim("exp", NOW - 299), None),
        ("exp at the end of most leeway", most, |t| t.claim("exp", NOW - 300), expired(NOW - 300)),
        ("exp at zero", most, |t| t.claim("exp", 0), expired(0)),
        ("nbf now", exact, |t| t.claim("nbf", NOW), None),
        ("nbf ahead", exact, |t| t.claim("nbf", NOW + 1), early(NOW + 1)),
        ("nbf within leeway", AS_IS, |t| t.claim("nbf", NOW + 30), None),
        ("nbf beyond leeway", AS_IS, |t| t.claim("nbf", NOW + 31), early(NOW + 31)),
        ("iat now", exact, |t| t.claim("iat", NOW), None),
        ("iat ahead", exact, |t| t.claim("iat", NOW + 1), early(NOW + 1)),
        ("iat within leeway", AS_IS, |t| t.claim("iat", NOW + 30), None),
        ("iat beyond leeway", AS_IS, |t| t.claim("iat", NOW + 31), early(NOW + 31)),
        ("iat long ago", AS_IS, |t| t.claim("iat", 1), None),
        ("iat absent", AS_IS, |t| t.without("iat"), None),
        // Parts of a second count down (RFC 7519 §2: NumericDate may have a fraction).
        ("exp with a fraction", exact, |t| t.claim("exp", 1_795_333_600.9), expired(NOW)),
        ("nbf with a fraction", exact, |t| t.claim("nbf", 1_795_333_600.9), None),
        ("exp far away", AS_IS, |t| t.claim("exp", 253_402_300_799_u64), None),
        ("exp as text", AS_IS, |t| t.claim("exp", (NOW + 60).to_string()), malformed("exp")),
        ("exp null", AS_IS, |t| t.claim("exp", Value::Null), malformed("exp")),
        ("exp negative", AS_IS, |t| t.claim("exp", -1), malformed("exp")),
        ("exp beyond all time", AS_IS, |t| t.claim("exp", u64::MAX), malformed("exp")),
        ("exp a list", AS_IS, |t| t.claim("exp", [NOW + 60]), malformed("exp")),
        ("exp absent", AS_IS, |t| t.without("exp"), missing("exp")),
        ("nbf as text", AS_IS, |t| t.claim("nbf", "0"), malformed("nbf")),
        ("nbf null", AS_IS, |t| t.claim("nbf", Value::Null), malformed("nbf")),
        ("iat as text", AS_IS, |t| t.claim("iat", "0"), malformed("iat")),
        ("iat true", AS_IS, |t| t.claim("iat", true), malformed("iat")),
    ];
    for (what, settings, token, expected) in cases {
        assert_outcome(what, *settings, *token, expected.clone());
    }
}

#[test]
fn an_age_is_counted_from_the_issue_and_to_the_second() {
    let hour: Settings = |v| v.max_age(Duration::from_secs(3600)).leeway(Duration::ZERO);
    let lenient: Settings = |v| v.max_age(Duration::from_secs(3600));
    let cases: &[(&str, Settings, Token, Option<InvalidToken>)] = &[
        ("a second before", hour, |t| t.claim("iat", NOW - 3599), None),
        ("the very second", hour, |t| t.claim("iat", NOW - 3600), Some(InvalidToken::TooOld)),
        ("within leeway", lenient, |t| t.claim("iat", NOW - 3629), None),
        ("at the end of leeway", lenient, |t| t.claim("iat", NOW - 3630), Some(InvalidToken::TooOld)),
        ("without a time of issue", hour, |t| t.without("iat"), missing("iat")),
    ];
    for (what, settings, token, expected) in cases {
        assert_outcome(what, *settings, *token, expected.clone());
    }
}

#[test]
fn time_goes_on_for_a_living_validator() {
    let issuer = TestIssuer::new();
    let validator = issuer.validator().leeway(Duration::ZERO).build().unwrap();
    let bearer = issuer.token().expires_in(Duration::from_secs(60)).bearer();
    let outcome = || validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap();
    for (clock, accepted) in [(NOW, true), (NOW + 59, true), (NOW + 60, false), (0, false), (u64::MAX, false)]
    {
        issuer.clock().set(clock);
        assert_eq!(outcome().is_ok(), accepted, "{clock}");
    }
}

#[test]
fn the_kind_of_token_is_told_by_typ() {
    let wrong = |typ: &str| Some(InvalidToken::WrongType(typ.to_owned()));
    let cases: &[(&str, Token, Option<InvalidToken>, Option<InvalidToken>)] = &[
        ("at+jwt", |t| t.header("typ", "at+jwt"), None, None),
        ("AT+JWT", |t| t.header("typ", "AT+JWT"), None, None),
        ("media type", |t| t.header("typ", "application/at+jwt"), None, None),
        ("media type in capitals", |t| t.header("typ", "Application/AT+JWT"), None, None),
        ("JWT", |t| t.header("typ", "JWT"), None, wrong("JWT")),
        ("jwt", |t| t.header("typ", "jwt"), None, wrong("jwt")),
        ("absent", |t| t.without_header("typ"), None, wrong("")),
        ("logout+jwt", |t| t.header("typ", "logout+jwt"), wrong("logout+jwt"), wrong("logout+jwt")),
        ("dpop+jwt", |t| t.header("typ", "dpop+jwt"), wrong("dpop+jwt"), wrong("dpop+jwt")),
        ("xat+jwt", |t| t.header("typ", "xat+jwt"), wrong("xat+jwt"), wrong("xat+jwt")),
        ("at+jwt and more", |t| t.header("typ", "at+jwt "), wrong("at+jwt "), wrong("at+jwt ")),
        ("text/at+jwt", |t| t.header("typ", "text/at+jwt"), wrong("text/at+jwt"), wrong("text/at+jwt")),
        ("empty", |t| t.header("typ", ""), wrong(""), wrong("")),
        ("escaped for the log", |t| t.header("typ", "a\nb"), wrong("a\\nb"), wrong("a\\nb")),
    ];
    for (what, token, compatible, strict) in cases {
        assert_outcome(what, AS_IS, *token, compatible.clone());
        assert_outcome(what, STRICT, *token, strict.clone());
    }
    let long = present(AS_IS, |t| t.header("typ", "x".repeat(5000))).unwrap_err();
    assert_eq!(reason(&long), InvalidToken::WrongType("x".repeat(100)));
}

#[test]
fn the_strict_profile_demands_seven_claims() {
    let cases: &[(&'static str, Token, bool)] = &[
        ("iss", |t| t.without("iss"), true),
        ("aud", |t| t.without("aud"), true),
        ("exp", |t| t.without("exp"), true),
        ("sub", |t| t.without("sub"), false),
        ("client_id", |t| t.without("client_id"), false),
        ("iat", |t| t.without("iat"), false),
        ("jti", |t| t.without("jti"), false),
    ];
    assert_outcome("all", STRICT, |t| t, None);
    for (claim, token, always) in cases {
        assert_outcome(claim, STRICT, *token, missing(claim));
        assert_outcome(claim, AS_IS, *token, missing(claim).filter(|_| *always));
    }
    // `azp` is not `client_id`.
    assert_outcome("azp", STRICT, |t| t.without("client_id").claim("azp", "web"), missing("client_id"));
    assert_outcome("client_id", STRICT, |t| t.claim("client_id", 7), malformed("client_id"));
}

#[test]
fn other_kinds_of_tokens_are_refused() {
    let other = |claim: &'static str| Some(InvalidToken::NotAnAccessToken(claim));
    let cases: &[(&str, Token, Option<InvalidToken>)] = &[
        ("ID token, nonce", |t| t.header("typ", "JWT").claim("nonce", "n"), other("nonce")),
        ("ID token without typ", |t| t.without_header("typ").claim("nonce", "n"), other("nonce")),
        ("ID token, at_hash", |t| t.header("typ", "JWT").claim("at_hash", "h"), other("at_hash")),
        ("ID token, c_hash", |t| t.header("typ", "JWT").claim("c_hash", "h"), other("c_hash")),
        ("a null is there", |t| t.header("typ", "JWT").claim("nonce", Value::Null), other("nonce")),
        ("logout token", |t| t.header("typ", "JWT").claim("events", json!({})), other("events")),
        (
            "introspection answer",
            |t| t.header("typ", "JWT").claim("token_introspection", json!({"active": true})),
            other("token_introspection"),
        ),
        ("Cognito, ID", |t| t.header("typ", "JWT").claim("token_use", "id"), other("token_use")),
        ("Cognito, refresh", |t| t.header("typ", "JWT").claim("token_use", "refresh"), other("token_use")),
        ("Cognito, access", |t| t.header("typ", "JWT").claim("token_use", "access"), None),
        ("Keycloak, ID", |t| t.header("typ", "JWT").claim("typ", "ID"), other("typ")),
        ("Keycloak, refresh", |t| t.header("typ", "JWT").claim("typ", "Refresh"), other("typ")),
        ("Keycloak, offline", |t| t.header("typ", "JWT").claim("typ", "Offline"), other("typ")),
        ("Keycloak, logout", |t| t.header("typ", "JWT").claim("typ", "Logout"), other("typ")),
        ("Keycloak, bearer", |t| t.header("typ", "JWT").claim("typ", "Bearer"), None),
        ("typ says it is an access token", |t| t.claim("nonce", "n"), None),
        ("bound by DPoP", |t| t.claim("cnf", json!({"jkt": "x"})), Some(InvalidToken::SenderConstrained)),
        (
            "bound by mTLS",
            |t| t.claim("cnf", json!({"x5t#S256": "x"})),
            Some(InvalidToken::SenderConstrained),
        ),
        ("bound to nothing", |t| t.claim("cnf", Value::Null), Some(InvalidToken::SenderConstrained)),
    ];
    for (what, token, expected) in cases {
        assert_outcome(what, AS_IS, *token, expected.clone());
    }
}

#[test]
fn the_issuer_is_compared_byte_for_byte() {
    let wrong = |found: &str| {
        let expected = "https://id.example.com".to_owned();
        Some(InvalidToken::WrongIssuer { found: found.to_owned(), expected })
    };
    let cases: &[(&str, Token, Option<InvalidToken>)] = &[
        ("the issuer", |t| t.issuer("https://id.example.com"), None),
        ("slash", |t| t.issuer("https://id.example.com/"), wrong("https://id.example.com/")),
        ("capitals", |t| t.issuer("https://ID.example.com"), wrong("https://ID.example.com")),
        ("another", |t| t.issuer("https://evil.example.com"), wrong("https://evil.example.com")),
        ("longer", |t| t.issuer("https://id.example.com.evil"), wrong("https://id.example.com.evil")),
        ("empty", |t| t.issuer(""), wrong("")),
        ("a list", |t| t.claim("iss", ["https://id.example.com"]), malformed("iss")),
        ("null", |t| t.claim("iss", Value::Null), malformed("iss")),
        ("absent", |t| t.without("iss"), missing("iss")),
    ];
    for (what, token, expected) in cases {
        assert_outcome(what, AS_IS, *token, expected.clone());
    }
}

#[test]
fn one_of_the_audiences_must_be_ours() {
    let two: Settings = |validator| validator.audience("urn:api");
    let any: Settings = |validator| validator.dangerously_skip_audience();
    let wrong = |found: &str, expected: &str| {
        Some(InvalidToken::WrongAudience { found: found.to_owned(), expected: expected.to_owned() })
    };
    const OURS: &str = "https://api.example.com";
    let cases: &[(&str, Settings, Token, Option<InvalidToken>)] = &[
        ("ours", AS_IS, |t| t.audience(OURS), None),
        ("ours in a list", AS_IS, |t| t.claim("aud", [OURS]), None),
        ("ours among others", AS_IS, |t| t.claim("aud", ["x", OURS]), None),
        ("another", AS_IS, |t| t.audience("x"), wrong("x", OURS)),
        ("others", AS_IS, |t| t.claim("aud", ["x", "y"]), wrong("x y", OURS)),
        ("none of a list", AS_IS, |t| t.claim("aud", [""; 0]), wrong("", OURS)),
        (
            "a list written as text",
            AS_IS,
            |t| t.audience(format!("x {OURS}")),
            wrong(&format!("x {OURS}"), OURS),
        ),
        ("slash", AS_IS, |t| t.audience(format!("{OURS}/")), wrong(&format!("{OURS}/"), OURS)),
        ("absent", AS_IS, |t| t.without("aud"), missing("aud")),
        ("null", AS_IS, |t| t.claim("aud", Value::Null), malformed("aud")),
        ("a number", AS_IS, |t| t.claim("aud", 7), malformed("aud")),
        ("an object", AS_IS, |t| t.claim("aud", json!({"0": OURS})), malformed("aud")),
        ("a number in the list", AS_IS, |t| t.claim("aud", json!([OURS, 7])), malformed("aud")),
        ("a list in the list", AS_IS, |t| t.claim("aud", json!([[OURS]])), malformed("aud")),
        ("our other name", two, |t| t.audience("urn:api"), None),
        ("our first name", two, |t| t.audience(OURS), None),
        ("neither", two, |t| t.audience("x"), wrong("x", &format!("{OURS}` or `urn:api"))),
        ("not asked for", any, |t| t.without("aud"), None),
        ("another, not asked for", any, |t| t.audience("x"), None),
        ("malformed all the same", any, |t| t.claim("aud", 7), malformed("aud")),
    ];
    for (what, settings, token, expected) in cases {
        assert_outcome(what, *settings, *token, expected.clone());
    }
}

#[test]
fn scopes_are_read_from_one_claim_in_two_shapes() {
    let scp: Settings = |validator| validator.scope_claim("scp");
    let nested: Settings = |validator| validator.scope_claim("realm_access.roles");
    let uri: Settings = |validator| validator.scope_claim("https://example.com/roles");
    let urn: Settings = |validator| validator.scope_claim("urn:example:a.b");
    let dotted: Settings = |validator| validator.scope_claim(["a.b"]);
    let cases: &[(&str, Settings, Token, &str)] = &[
        ("text", AS_IS, |t| t.scope("a b"), "a b"),
        ("more spaces", AS_IS, |t| t.scope("  a   b "), "a b"),
        ("repetition", AS_IS, |t| t.scope("a b a"), "a b"),
        ("list", AS_IS, |t| t.scopes(["a", "b"]), "a b"),
        ("a member is never split", AS_IS, |t| t.scopes(["a b", "c"]), "c"),
        ("only U+0020 separates", AS_IS, |t| t.scope("a\tb c\u{a0}d e\nf g"), "g"),
        ("malformed members grant nothing", AS_IS, |t| t.scopes(["", "a\"b", "\u{e9}", "ok"]), "ok"),
        ("absent", AS_IS, |t| t, ""),
        ("empty", AS_IS, |t| t.scope(""), ""),
        ("scp", scp, |t| t.claim("scp", "a b"), "a b"),
        ("scp, never a union", scp, |t| t.claim("scp", ["a"]).scope("admin"), "a"),
        ("scp absent, no fall-back", scp, |t| t.scope("admin"), ""),
        ("scope, not scp", AS_IS, |t| t.claim("scp", "admin"), ""),
        ("nested", nested, |t| t.claim("realm_access", json!({"roles": ["a", "b"]})), "a b"),
        ("nested, absent", nested, |t| t.claim("realm_access", json!({})), ""),
        ("nested, not by its text", nested, |t| t.claim("realm_access.roles", "admin"), ""),
        ("a URI is one name", uri, |t| t.claim("https://example.com/roles", ["a"]), "a"),
        ("a URN is one name", urn, |t| t.claim("urn:example:a.b", ["a"]), "a"),
        ("steps taken whole", dotted, |t| t.claim("a.b", ["c"]).claim("a", json!({"b": "admin"})), "c"),
    ];
    for (what, settings, token, scopes) in cases {
        let access = present(*settings, *token).unwrap();
        assert_eq!(access.scopes().as_str(), *scopes, "{what}");
    }
    let bad: &[(&str, Settings, Token)] = &[
        ("a number", AS_IS, |t| t.claim("scope", 7)),
        ("null", AS_IS, |t| t.claim("scope", Value::Null)),
        ("an object", AS_IS, |t| t.claim("scope", json!({"a": true}))),
        ("a number in the list", AS_IS, |t| t.claim("scope", json!(["a", 7]))),
        ("a list in the list", AS_IS, |t| t.claim("scope", json!([["a"]]))),
        ("text on the way", nested, |t| t.claim("realm_access", "roles")),
        ("a list on the way", nested, |t| t.claim("realm_access", json!([{"roles": "a"}]))),
        ("an object at the end", nested, |t| t.claim("realm_access", json!({"roles": {}}))),
    ];
    for (what, settings, token) in bad {
        // Named as it is configured, for whoever reads the log.
        let name = if what.contains("way") || what.contains("end") { "realm_access.roles" } else { "scope" };
        assert_outcome(what, *settings, *token, malformed(name));
    }
}

#[test]
fn permissions_are_read_only_from_the_claim_that_is_named() {
    let named: Settings = |validator| validator.permission_claim("app.permissions");
    let read = |settings, token| {
        let access = present(settings, token).unwrap();
        access.permissions().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(read(AS_IS, |t| t.claim("permissions", ["OWNER"])).is_empty());
    assert_eq!(
        read(named, |t| t.claim("app", json!({"permissions": ["OWNER", "ADMIN"]}))),
        ["OWNER", "ADMIN"]
    );
    assert_eq!(read(named, |t| t.claim("app", json!({"permissions": "OWNER ADMIN"}))), ["OWNER", "ADMIN"]);
    assert!(read(named, |t| t.claim("permissions", ["OWNER"])).is_empty());
    assert_outcome(
        "a number",
        named,
        |t| t.claim("app", json!({"permissions": 7})),
        malformed("app.permissions"),
    );
}

#[test]
fn the_client_is_read_from_client_id_or_azp_or_the_claim_that_is_named() {
    let cid: Settings = |validator| validator.client_claim("cid");
    let cases: &[(&str, Settings, Token, Option<&str>)] = &[
        ("client_id", AS_IS, |t| t.client_id("a").claim("azp", "b"), Some("a")),
        ("azp", AS_IS, |t| t.without("client_id").claim("azp", "b"), Some("b")),
        ("neither", AS_IS, |t| t.without("client_id"), None),
        ("cid", cid, |t| t.client_id("a").claim("cid", "c"), Some("c")),
        ("cid absent, no fall-back", cid, |t| t.client_id("a"), None),
    ];
    for (what, settings, token, client) in cases {
        assert_eq!(present(*settings, *token).unwrap().client_id(), *client, "{what}");
    }
    assert_outcome("cid a number", cid, |t| t.claim("cid", 7), malformed("cid"));
    assert_outcome("azp a list", AS_IS, |t| t.without("client_id").claim("azp", ["a"]), malformed("azp"));
}

#[test]
fn an_access_tells_what_the_token_says() {
    let access = present(AS_IS, |t| {
        t.subject("s")
            .client_id("c")
            .scope("a")
            .claim("jti", "j")
            .claim("aud", ["x", "https://api.example.com"])
    })
    .unwrap();
    assert_eq!((access.subject(), access.client_id(), access.token_id()), (Some("s"), Some("c"), Some("j")));
    assert_eq!((access.expires_at(), access.issued_at()), (NOW + 3600, Some(NOW)));
    assert_eq!(access.issuer(), "https://id.example.com");
    assert_eq!(access.audience().collect::<Vec<_>>(), ["x", "https://api.example.com"]);
    assert_eq!(access.claim::<String>("sub").unwrap().as_deref(), Some("s"));
    assert_eq!(access.claim::<String>("nothing").unwrap(), None);
    let refusal = access.claim::<u8>("sub").unwrap_err();
    assert_eq!((refusal.kind(), refusal.status().as_u16()), (RefusalKind::InvalidToken, 401));
    assert_eq!(access.claims::<Value>().unwrap()["exp"], json!(NOW + 3600));
    assert_outcome("sub", AS_IS, |t| t.claim("sub", 7), malformed("sub"));
    assert_outcome("jti", AS_IS, |t| t.claim("jti", 7), malformed("jti"));
}

#[test]
fn the_payload_is_one_strict_json_object() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    for claims in [
        "",
        "[]",
        "null",
        "\"text\"",
        "{",
        "{} {}",
        r#"{"iss":"https://id.example.com","iss":"https://id.example.com"}"#,
        r#"{"exp":01}"#,
        "{\"a\":\"\u{1}\"}",
        &format!(r#"{{"a":{}}}"#, deep(200)),
    ] {
        let issuer = TestIssuer::new();
        let validator = issuer.validator().build().unwrap();
        let bearer = issuer.token().raw_claims(claims).bearer();
        let refusal = validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap().unwrap_err();
        assert!(matches!(reason(&refusal), InvalidToken::NotAJwt(_)), "{claims}: {refusal:?}");
    }
}

#[test]
fn headers_and_signatures_are_judged_before_claims() {
    let es384: Settings = |validator| validator.algorithms([Algorithm::ES384]);
    let cases: &[(&str, Settings, Token, InvalidToken)] = &[
        ("unsigned", AS_IS, TokenBuilder::unsigned, InvalidToken::Unsecured),
        ("alg in capitals", AS_IS, |t| t.unsigned().header("alg", "NONE"), InvalidToken::Unsecured),
        ("alg not listed", es384, |t| t, InvalidToken::AlgorithmNotAllowed("ES256".into())),
        (
            "alg unknown",
            AS_IS,
            |t| t.header("alg", "ES257"),
            InvalidToken::AlgorithmNotAllowed("ES257".into()),
        ),
        (
            "a secret among public keys",
            AS_IS,
            |t| t.algorithm(Algorithm::HS256),
            InvalidToken::AlgorithmNotAllowed("HS256".into()),
        ),
        (
            "alg of another key",
            AS_IS,
            |t| t.algorithm(Algorithm::ES384).header("kid", "es256"),
            InvalidToken::KeyAlgorithmMismatch,
        ),
        ("kid unknown", AS_IS, |t| t.header("kid", "x"), InvalidToken::UnknownKey("x".into())),
        ("tampered", AS_IS, TokenBuilder::tampered, InvalidToken::BadSignature),
        ("stranger", AS_IS, TokenBuilder::signed_by_a_stranger, InvalidToken::BadSignature),
        ("stranger and expired", AS_IS, |t| t.signed_by_a_stranger().expired(), InvalidToken::BadSignature),
        ("crit", AS_IS, |t| t.header("crit", ["exp"]), InvalidToken::HeaderNotAllowed("crit")),
        ("b64", AS_IS, |t| t.header("b64", false), InvalidToken::HeaderNotAllowed("b64")),
        ("zip", AS_IS, |t| t.header("zip", "DEF"), InvalidToken::HeaderNotAllowed("zip")),
        ("nested", AS_IS, |t| t.header("cty", "JWT"), InvalidToken::HeaderNotAllowed("cty")),
        ("encrypted", AS_IS, |t| t.header("enc", "A128GCM"), InvalidToken::Encrypted),
    ];
    for (what, settings, token, expected) in cases {
        assert_outcome(what, *settings, *token, Some(expected.clone()));
    }
    // A header cannot bring a key along.
    assert_outcome("jwk", AS_IS, |t| t.header("jwk", json!({"kty": "oct", "k": "AAAA"})), None);
    assert_outcome("no kid", AS_IS, |t| t.without_header("kid"), None);
}

#[test]
fn a_shared_secret_verifies_its_own_algorithm_only() {
    let issuer = TestIssuer::new();
    let keys = || KeySet::from_secret(Algorithm::HS256, TestIssuer::secret()).unwrap();
    let validator = issuer.validator().keys(keys()).build().unwrap();
    for (algorithm, accepted) in [
        (Algorithm::HS256, true),
        (Algorithm::HS384, false),
        (Algorithm::HS512, false),
        (Algorithm::ES256, false),
    ] {
        let bearer = issuer.token().algorithm(algorithm).without_header("kid").bearer();
        let outcome = validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap();
        assert_eq!(outcome.is_ok(), accepted, "{algorithm}");
    }
}
