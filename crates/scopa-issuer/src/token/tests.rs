use scopa::{Access, Algorithm, InvalidToken, Refusal, Validator};
use scopa_testing::ManualClock;
use serde_json::{Map, Value, json};

use super::{Mint, TokenClaims, TokenShape};
use crate::key::{SigningKey, SigningKeys};

const NOW: u64 = 1_795_333_600;
const ISSUER: &str = "https://id.example.com";
const API: &str = "https://api.example.com";

fn claims<'a>(audience: &'a [String], others: &'a [&'a Map<String, Value>]) -> TokenClaims<'a> {
    TokenClaims {
        issuer: ISSUER,
        subject: "alice",
        audience,
        client_id: "client-1",
        issued_at: NOW,
        expires_at: NOW + 3600,
        token_id: "token-1",
        scope: "notes:read notes:write",
        others,
    }
}

fn key(algorithm: Algorithm) -> SigningKey {
    match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => {
            SigningKey::from_secret(algorithm, [7; 64]).unwrap()
        }
        Algorithm::ES512 => SigningKey::generate(algorithm).unwrap(),
        _ => {
            let pem = match algorithm {
                Algorithm::ES256 => include_str!("../../../scopa-testing/keys/issuer-p256.pem"),
                Algorithm::ES384 => include_str!("../../../scopa-testing/keys/issuer-p384.pem"),
                Algorithm::EdDSA => include_str!("../../../scopa-testing/keys/issuer-ed25519.pem"),
                _ => include_str!("../../../scopa-testing/keys/issuer-rsa.pem"),
            };
            SigningKey::from_pem(algorithm, pem).unwrap()
        }
    }
}

fn mint(shape: TokenShape) -> Mint {
    Mint::new(SigningKeys::new(key(Algorithm::ES256)), shape).unwrap()
}

fn api() -> Vec<String> {
    vec![API.to_owned()]
}

/// Header and claims, as they stand in the token.
fn read(token: &str) -> (Value, Value) {
    let mut parts = token.split('.').map(|part| base64_simd::URL_SAFE_NO_PAD.decode_to_vec(part).unwrap());
    let mut json = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (json(), json())
}

fn validator(mint: &Mint) -> Validator {
    let keys = mint.key_set(NOW, 3600).unwrap();
    Validator::builder(ISSUER, API).keys(keys).clock(ManualClock::at(NOW)).build().unwrap()
}

fn judged(validator: &Validator, token: &str) -> Result<Access, Refusal> {
    let field = format!("Bearer {token}");
    validator.authenticate([field.as_bytes()]).now_or_later().unwrap()
}

#[test]
fn tokens_of_each_algorithm_are_accepted_and_changed_ones_are_not() {
    for algorithm in [
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::EdDSA,
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::HS256,
        Algorithm::HS384,
        Algorithm::HS512,
    ] {
        for name in [Some("a"), None] {
            let key = name.map_or_else(|| key(algorithm).without_kid(), |kid| key(algorithm).kid(kid));
            let mint = Mint::new(SigningKeys::new(key), TokenShape::default()).unwrap();
            let token = mint.token(&claims(&api(), &[])).unwrap();
            assert_eq!(
                token.capacity(),
                token.len(),
                "{algorithm}: written into one piece of the right size"
            );

            let validator = validator(&mint);
            let access = judged(&validator, &token).unwrap();
            assert_eq!((access.subject(), access.client_id()), (Some("alice"), Some("client-1")));
            assert_eq!(read(&token).0.get("kid").and_then(Value::as_str), name);

            let signature = token.rsplit_once('.').unwrap().1;
            let other = mint.token(&TokenClaims { subject: "mallory", ..claims(&api(), &[]) }).unwrap();
            let forged = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
            let refusal = judged(&validator, &forged).unwrap_err();
            let reason = std::error::Error::source(&refusal).unwrap();
            assert_eq!(reason.downcast_ref::<InvalidToken>().unwrap().code(), "bad_signature", "{algorithm}");
        }
    }
}

#[test]
fn the_strict_profile_of_rfc_9068_takes_a_token_as_it_is_by_default() {
    let mint = mint(TokenShape::rfc9068());
    let keys = mint.key_set(NOW, 3600).unwrap();
    let strict =
        Validator::builder(ISSUER, API).rfc9068().keys(keys).clock(ManualClock::at(NOW)).build().unwrap();
    let token = mint.token(&claims(&api(), &[])).unwrap();
    assert!(judged(&strict, &token).is_ok());
    let (header, body) = read(&token);
    assert_eq!(header, json!({"typ": "at+jwt", "alg": "ES256", "kid": mint.keys().current(NOW).id()}));
    let expected = json!({
        "iss": ISSUER, "sub": "alice", "aud": API, "client_id": "client-1",
        "iat": NOW, "exp": NOW + 3600, "jti": "token-1", "scope": "notes:read notes:write",
    });
    assert_eq!(body, expected);
}

#[test]
fn several_apis_are_an_array_and_no_scopes_are_no_claim() {
    let audience = [API.to_owned(), "https://other.example.com".to_owned()];
    let token =
        mint(TokenShape::default()).token(&TokenClaims { scope: "", ..claims(&audience, &[]) }).unwrap();
    let (_, body) = read(&token);
    assert_eq!(body["aud"], json!(audience));
    assert_eq!(body.get("scope"), None);
    let array = mint(TokenShape::default().scope_array());
    let token = array.token(&TokenClaims { scope: "", ..claims(&audience, &[]) }).unwrap();
    assert_eq!(read(&token).1.get("scope"), None);
}

#[test]
fn the_shape_of_an_identity_server_can_be_made() {
    let shape = TokenShape::rfc9068().typ("JWT").scope_array().audience_array().not_before();
    let mint = mint(shape.without("sub").without("iat").without("jti"));
    let team = Map::from_iter([("intoware.workfloplus.team".to_owned(), "iwfieldservices".into())]);
    let (api, others) = (api(), [&team]);
    let itself = TokenClaims { subject: "client-1", ..claims(&api, &others) };
    let token = mint.token(&itself).unwrap();
    let (header, body) = read(&token);
    assert_eq!(header["typ"], "JWT");
    let expected = json!({
        "nbf": NOW, "exp": NOW + 3600, "iss": ISSUER, "aud": [API], "client_id": "client-1",
        "intoware.workfloplus.team": "iwfieldservices", "scope": ["notes:read", "notes:write"],
    });
    assert_eq!(body, expected);
    assert!(judged(&validator(&mint), &token).is_ok());
}

#[test]
fn a_person_is_named_also_where_a_client_is_not() {
    let mint = mint(TokenShape::rfc9068().without("sub"));
    let api = api();
    let (_, of_a_person) = read(&mint.token(&claims(&api, &[])).unwrap());
    assert_eq!(of_a_person["sub"], "alice");
    let itself = TokenClaims { subject: "client-1", ..claims(&api, &[]) };
    let (_, of_the_client) = read(&mint.token(&itself).unwrap());
    assert_eq!(of_the_client.get("sub"), None);
}

#[test]
fn the_shape_of_a_shared_secret_can_be_made() {
    let secret = SigningKeys::new(key(Algorithm::HS256));
    let mint = Mint::new(secret, TokenShape::rfc9068().typ("JWT")).unwrap();
    let token = mint.token(&claims(&api(), &[])).unwrap();
    // `{"alg":"HS256","typ":"JWT"}`, and claims that begin with `sub`.
    assert!(token.starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ"), "{token}");
    assert!(judged(&validator(&mint), &token).is_ok());
    assert_eq!(mint.jwks(NOW, 3600), r#"{"keys":[]}"#);
}

#[test]
fn scopes_can_stand_in_another_claim_and_typ_can_be_left_out() {
    let mint = mint(TokenShape::rfc9068().scope_claim("scp").without_typ().without("client_id"));
    let (header, body) = read(&mint.token(&claims(&api(), &[])).unwrap());
    assert_eq!(header.get("typ"), None);
    assert_eq!(
        (&body["scp"], body.get("scope"), body.get("client_id")),
        (&json!("notes:read notes:write"), None, None)
    );
}

#[test]
fn further_claims_are_added_and_never_take_the_place_of_the_issuers_own() {
    let hostile = json!({
        "iss": "https://evil.example", "sub": "root", "aud": "https://evil.example", "client_id": "root", "iat": 0, "nbf": 0,
        "exp": 9_999_999_999_u64, "jti": "x", "scope": "admin", "scp": "admin",
        "team": "blue", "depth": {"a": [1, 2.5, null, "\u{1}\""]},
    });
    let Value::Object(first) = hostile else { return };
    let second = Map::from_iter([("team".to_owned(), "red".into()), ("plan".to_owned(), "free".into())]);
    for shape in [
        TokenShape::rfc9068().scope_claim("scp"),
        TokenShape::rfc9068()
            .scope_claim("scp")
            .without("sub")
            .without("iat")
            .without("jti")
            .without("client_id"),
    ] {
        let token = mint(shape.clone()).token(&claims(&api(), &[&first, &second])).unwrap();
        let (_, mut body) = read(&token);
        let plain = mint(shape).token(&claims(&api(), &[])).unwrap();
        let (_, mut expected) = read(&plain);
        expected["team"] = "blue".into();
        expected["depth"] = first["depth"].clone();
        expected["plan"] = "free".into();
        assert_eq!(body, expected);
        assert_eq!(body.as_object_mut().unwrap().remove("scope"), None);
        // A member that comes twice would be read in two ways.
        let text = String::from_utf8(
            base64_simd::URL_SAFE_NO_PAD.decode_to_vec(token.split('.').nth(1).unwrap()).unwrap(),
        );
        assert_eq!(text.unwrap().matches("\"team\"").count(), 1);
    }
}

#[test]
fn any_text_is_written_as_json() {
    let audience = ["\"],\"exp\":1,\"x\":[\"".to_owned(), API.to_owned()];
    let strange = TokenClaims {
        subject: "a\"\\\n\u{0}\u{7f}é\u{2028}😀",
        client_id: "\",\"sub\":\"root",
        scope: "a \"b\" \\",
        ..claims(&audience, &[])
    };
    for shape in [TokenShape::default(), TokenShape::default().scope_array()] {
        let token = mint(shape).token(&strange).unwrap();
        let (_, body) = read(&token);
        assert_eq!(body["sub"], strange.subject);
        assert_eq!(body["client_id"], strange.client_id);
        assert_eq!(body["aud"], json!(audience));
        assert_eq!(body["exp"], NOW + 3600);
    }
}

#[test]
fn a_shape_without_what_makes_a_token_safe_is_refused() {
    for (shape, expected) in [
        (TokenShape::default().without("iss"), "a token without `iss`"),
        (TokenShape::default().without("aud"), "a token without `aud`"),
        (TokenShape::default().without("exp"), "a token without `exp`"),
        (TokenShape::default().without("scope"), "`scope` cannot be left out"),
        (TokenShape::default().without("team"), "`team` cannot be left out"),
        (TokenShape::default().without("nbf"), "`nbf` cannot be left out"),
        (TokenShape::default().scope_claim("scp").without("scp"), "`scp` cannot be left out"),
        (TokenShape::default().scope_claim("sub"), "cannot be written as `sub`"),
        (TokenShape::default().scope_claim(""), "cannot be written as ``"),
    ] {
        let error = Mint::new(SigningKeys::new(key(Algorithm::ES256)), shape).unwrap_err();
        assert_eq!(error.setting(), "token_shape");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let scope = TokenShape::default().scope_claim("scope");
    assert!(Mint::new(SigningKeys::new(key(Algorithm::ES256)), scope).is_ok());
}

#[test]
fn a_token_is_signed_by_the_key_of_its_time_and_names_it() {
    let (first, second) = (key(Algorithm::ES256).kid("a"), key(Algorithm::EdDSA).kid("b"));
    let keys = SigningKeys::new(first).then(second, NOW + 10).unwrap();
    let mint = Mint::new(keys, TokenShape::default()).unwrap();
    for (issued_at, kid, algorithm) in
        [(NOW, "a", "ES256"), (NOW + 9, "a", "ES256"), (NOW + 10, "b", "EdDSA")]
    {
        let token = mint.token(&TokenClaims { issued_at, ..claims(&api(), &[]) }).unwrap();
        let (header, _) = read(&token);
        assert_eq!((&header["kid"], &header["alg"]), (&json!(kid), &json!(algorithm)));
        assert!(judged(&validator(&mint), &token).is_ok());
    }
}

#[test]
fn the_debug_form_shows_no_key() {
    let secret = SigningKey::from_secret(Algorithm::HS256, [b'x'; 32]).unwrap();
    let text = format!("{:?}", Mint::new(SigningKeys::new(secret), TokenShape::default()).unwrap());
    assert!(!text.contains("xxx") && !text.contains("120, 120"), "{text}");
}
