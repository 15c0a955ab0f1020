//! `iss` chooses the issuer: exactly, and before anything is fetched.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopa::{InvalidToken, Validator};
use scopa_testing::{TestProvider, TokenBuilder};
use serde_json::json;

use crate::{PARTNERS, STAFF, Two, accepts, detail, present, present_text, reason, reason_of};

#[test]
fn the_name_is_compared_byte_for_byte() {
    let two = Two::new();
    let validator = two.validator();
    for name in [
        "https://partners.example.com/",
        "https://partners.example.com//",
        "https://partners.example.com/realms/a",
        "https://partners.example.com?",
        "https://partners.example.com#",
        "https://partners.example.com:443",
        "https://partners.example.com.",
        "https://Partners.example.com",
        "HTTPS://PARTNERS.EXAMPLE.COM",
        "http://partners.example.com",
        "partners.example.com",
        " https://partners.example.com",
        "https://partners.example.com ",
        "https://partners.example.com\n",
        "https://partners.example.com\0",
        "https://%70artners.example.com",
        "https://p\u{430}rtners.example.com",
        "https://partners.example.co",
        "https://partners.example.com https://id.example.com",
        "",
    ] {
        let found = reason(&validator, &two.partner_token().issuer(name));
        // Of both it is said, so nobody was chosen.
        let expected = format!("{STAFF}` or `{PARTNERS}");
        assert!(
            matches!(&found, InvalidToken::WrongIssuer { expected: e, .. } if *e == expected),
            "{name:?}: {found}"
        );
    }
}

#[test]
fn a_name_that_is_no_text_is_malformed() {
    let two = Two::new();
    let validator = two.validator();
    for name in [
        json!([PARTNERS]),
        json!([STAFF, PARTNERS]),
        json!(null),
        json!(7),
        json!(true),
        json!({ PARTNERS: 1 }),
    ] {
        let found = reason(&validator, &two.partner_token().claim("iss", &name));
        assert_eq!(found, InvalidToken::MalformedClaim("iss".into()), "{name}");
    }
    let found = reason(&validator, &two.partner_token().without("iss"));
    assert_eq!(found, InvalidToken::MissingClaim("iss"));
}

#[test]
fn a_name_twice_is_no_name() {
    let two = Two::new();
    let validator = two.validator();
    let rest = r#""aud":"crash-api","exp":1795337200"#;
    for claims in [
        format!(r#"{{"iss":"{PARTNERS}","iss":"{PARTNERS}",{rest}}}"#),
        format!(r#"{{"iss":"{STAFF}",{rest},"iss":"{PARTNERS}"}}"#),
        format!(r#"{{"iss":"{PARTNERS}",{rest},"\u0069ss":"{STAFF}"}}"#),
    ] {
        let found = reason(&validator, &two.partner_token().raw_claims(&claims));
        assert_eq!(found, InvalidToken::NotAJwt("duplicate member"), "{claims}");
    }
}

#[test]
fn the_same_text_in_another_spelling_of_json_is_the_same_name() {
    let two = Two::new();
    let validator = two.validator();
    let rest = r#""aud":"crash-api","exp":1795337200"#;
    for name in [
        r"https://partners.example.com",
        r"https:\/\/partners.example.com",
        r"https:\u002f\u002F\u0070artners.example.com",
    ] {
        let token = two.partner_token().raw_claims(format!(r#"{{"iss":"{name}",{rest}}}"#));
        assert_eq!(present(&validator, &token).unwrap().issuer(), PARTNERS, "{name}");
    }
}

#[test]
fn a_stranger_learns_nothing_and_the_log_says_what_is_known() {
    let two = Two::new();
    let validator = two.validator();
    let unknown = present(&validator, &two.staff_token().issuer("https://evil.example\r\n")).unwrap_err();
    let forged = present(&validator, &two.staff_token().signed_by_a_stranger()).unwrap_err();
    assert_eq!(unknown.status(), 401);
    assert_eq!(unknown.error(), Some("invalid_token"));
    assert_eq!(unknown.response().headers(), forged.response().headers());
    assert_eq!(unknown.response().body(), forged.response().body());
    assert_eq!(
        detail(&unknown),
        r"issuer mismatch: the token says `https://evil.example\r\n`, expected `https://id.example.com` or `https://partners.example.com`"
    );
}

#[test]
fn a_long_list_of_issuers_is_cut_in_the_log() {
    let two = Two::new();
    let others = |count: usize| {
        (0..count).fold(two.of_staff(), |builder, number| {
            let issuer = two.partners.clone().with_issuer(format!("https://p{number}.example.com"));
            builder.or_issuer(issuer.validator())
        })
    };
    let said = |validator: &Validator| detail(&present(validator, &two.partner_token()).unwrap_err());
    let three = "expected `https://id.example.com` or `https://p0.example.com` or `https://p1.example.com`";
    assert!(said(&others(2).build().unwrap()).ends_with(three));
    assert!(said(&others(3).build().unwrap()).ends_with(&format!("{three} or `…`")));
    assert!(
        said(&others(0).tenants(1, |_| None).build().unwrap()).ends_with("`https://id.example.com` or `…`")
    );
    // What a token says is cut, too.
    let long = two.staff_token().issuer("x".repeat(5000));
    assert!(detail(&present(&two.validator(), &long).unwrap_err()).len() < 300);
}

#[test]
fn an_unknown_issuer_causes_no_fetch() {
    let (validator, providers) = remote();
    for name in ["https://evil.example", "https://id.example.com/", "https://ID.example.com", ""] {
        let [staff, _] = &providers;
        for token in [staff.issuer().token(), staff.issuer().token().header("kid", "never-seen")] {
            assert_eq!(reason(&validator, &token.issuer(name)).code(), "wrong_issuer");
        }
    }
    assert!(providers.iter().all(|provider| provider.requests().is_empty()));
}

#[test]
fn what_cannot_be_read_is_refused_before_anybody_is_chosen() {
    let (validator, providers) = remote();
    let good = providers[1].issuer().token();
    let raw = |header: &str, claims: &str| {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.AAAA", encode(header), encode(claims))
    };
    let header = r#"{"alg":"ES256","kid":"es256"}"#;
    let claims = format!(r#"{{"iss":"{PARTNERS}","aud":"crash-api","exp":1795337200}}"#);
    let [a, b, c] = parts(&good);
    for (name, token, expected) in [
        ("two parts", format!("{a}.{b}"), "not three parts separated by dots"),
        ("header not base64url", format!("A.{b}.{c}"), "header is not base64url"),
        ("payload not base64url", format!("{a}.A.{c}"), "payload is not base64url"),
        ("payload with stray bits", format!("{a}.AB.{c}"), "payload is not base64url"),
        ("signature not base64url", format!("{a}.{b}.{c}="), "signature is not base64url"),
        ("header not JSON", raw("{", &claims), "expected a string"),
        ("header an array", raw("[]", &claims), "not a JSON object"),
        ("header with a member twice", raw(r#"{"alg":"ES256","alg":"ES256"}"#, &claims), "duplicate member"),
        ("header without `alg`", raw("{}", &claims), "header: `alg` is missing"),
        ("payload empty", raw(header, ""), "not a JSON object"),
        ("payload an array", raw(header, &format!("[{claims}]")), "not a JSON object"),
        ("payload with text after it", raw(header, &format!("{claims}x")), "text after the JSON object"),
        (
            "payload with another member twice",
            raw(header, &claims.replace('}', r#","x":1,"x":1}"#)),
            "duplicate member",
        ),
        (
            "payload nested too deeply",
            raw(header, &claims.replace('}', &format!(r#","x":{}{}}}"#, "[".repeat(40), "]".repeat(40)))),
            "nested too deeply",
        ),
    ] {
        let refusal = present_text(&validator, &token).unwrap_err();
        assert_eq!(reason_of(&refusal), InvalidToken::NotAJwt(expected), "{name}");
    }
    let unsecured = reason(&validator, &good.clone().unsigned());
    assert_eq!(unsecured, InvalidToken::Unsecured);
    assert!(providers.iter().all(|provider| provider.requests().is_empty()));
    assert!(accepts(&validator, &good));
}

#[test]
fn what_no_key_could_mend_asks_nobody() {
    let (validator, providers) = remote();
    let token = || providers[1].issuer().token();
    for (token, expected) in [
        (token().header("typ", "logout+jwt"), "wrong_type"),
        (token().algorithm(scopa::Algorithm::HS256), "algorithm_not_allowed"),
        (token().header("crit", ["exp"]), "header_not_allowed"),
    ] {
        assert_eq!(reason(&validator, &token).code(), expected);
    }
    assert!(providers.iter().all(|provider| provider.requests().is_empty()));
}

/// Two issuers whose keys are published.
fn remote() -> (Validator, [TestProvider; 2]) {
    let Two { staff, partners } = Two::new();
    let providers = [staff, partners].map(TestProvider::of);
    let [staff, partners] = &providers;
    let of = |provider: &TestProvider| provider.issuer().validator().discover(provider.clone());
    (of(staff).or_issuer(of(partners)).build().unwrap(), providers)
}

fn parts(token: &TokenBuilder) -> [String; 3] {
    let parts: Vec<String> = token.sign().split('.').map(str::to_owned).collect();
    parts.try_into().unwrap()
}
