//! What the token builder makes, judged by a validator.

use std::collections::{BTreeMap, HashSet};
use std::error::Error as _;
use std::time::Duration;

use scopa::{Access, Algorithm, Clock as _, InvalidToken, KeySet, Validator};
use scopa_testing::{ManualClock, TestIssuer, TokenBuilder};

/// Returns the access, or the code of the reason that the token was refused for.
fn judge(validator: &Validator, bearer: &str) -> Result<Access, &'static str> {
    match validator.authenticate([bearer.as_bytes()]).now_or_later() {
        Ok(Ok(access)) => Ok(access),
        Ok(Err(refusal)) => {
            let why = refusal.source().and_then(|source| source.downcast_ref());
            Err(why.map_or("not an invalid token", InvalidToken::code))
        }
        Err(_) => Err("later"),
    }
}

const ASYMMETRIC: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

const HMAC: [Algorithm; 3] = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];

#[test]
fn a_token_starts_as_the_whole_profile_demands() {
    let issuer = TestIssuer::new();
    let validator = issuer.validator().rfc9068().build().unwrap();
    let access = judge(&validator, &issuer.token().bearer()).unwrap();
    assert_eq!(access.issuer(), "https://id.example.com");
    assert_eq!(access.audience().collect::<Vec<_>>(), ["https://api.example.com"]);
    assert_eq!(access.subject(), Some("user-1"));
    assert_eq!(access.client_id(), Some("client-1"));
    assert_eq!(access.issued_at(), Some(1_795_333_600));
    assert_eq!(access.expires_at(), 1_795_333_600 + 3600);
    assert!(access.scopes().is_empty());
}

#[test]
fn each_token_has_an_identifier_of_its_own() {
    let issuer = TestIssuer::new();
    let validator = issuer.validator().build().unwrap();
    let identifiers: HashSet<String> = [&issuer, &issuer, &TestIssuer::new()]
        .into_iter()
        .map(|issuer| judge(&validator, &issuer.token().bearer()).unwrap().token_id().unwrap().to_owned())
        .collect();
    assert_eq!(identifiers.len(), 3);
}

#[test]
fn what_the_builder_says_is_what_the_validator_reads() {
    let issuer = TestIssuer::new();
    let validator = issuer.validator().build().unwrap();
    let token = issuer
        .token()
        .subject("user-7")
        .client_id("web")
        .scope("read team_7")
        .claim("tier", 3)
        .expires_in(Duration::from_secs(60));
    let access = judge(&validator, &token.bearer()).unwrap();
    assert_eq!(access.subject(), Some("user-7"));
    assert_eq!(access.client_id(), Some("web"));
    assert_eq!(access.scopes().as_str(), "read team_7");
    assert_eq!(access.claim::<u8>("tier").unwrap(), Some(3));
    assert_eq!(access.expires_at(), 1_795_333_660);

    let access = judge(&validator, &issuer.token().scopes(["read", "write"]).bearer()).unwrap();
    assert_eq!(access.scopes().as_str(), "read write");
    assert_eq!(access.claim::<Vec<String>>("scope").unwrap().unwrap(), ["read", "write"]);
    let access = judge(&validator, &issuer.bearer_with("read team_7")).unwrap();
    assert_eq!(access.scopes().as_str(), "read team_7");
    let access = judge(&validator, &issuer.token().without("sub").bearer()).unwrap();
    assert_eq!(access.subject(), None);
}

#[test]
fn a_token_of_every_asymmetric_algorithm_is_accepted_and_that_of_a_stranger_is_not() {
    let issuer = TestIssuer::new();
    let validator = issuer.validator().build().unwrap();
    for algorithm in ASYMMETRIC {
        let token = issuer.token().algorithm(algorithm);
        assert!(judge(&validator, &token.bearer()).is_ok(), "{algorithm}");
        // Each key is tied to its algorithm, so the set is searched by algorithm where the token names no key.
        assert!(judge(&validator, &token.clone().without_header("kid").bearer()).is_ok(), "{algorithm}");
        let forged = token.signed_by_a_stranger().bearer();
        assert_eq!(judge(&validator, &forged).unwrap_err(), "bad_signature", "{algorithm}");
    }
}

#[test]
fn a_token_of_every_hmac_algorithm_is_accepted_with_the_secret_and_that_of_a_stranger_is_not() {
    let issuer = TestIssuer::new();
    for algorithm in HMAC {
        let secret = KeySet::from_secret(algorithm, TestIssuer::secret()).unwrap();
        let validator = issuer.validator().keys(secret).build().unwrap();
        let token = issuer.token().algorithm(algorithm);
        assert!(judge(&validator, &token.bearer()).is_ok(), "{algorithm}");
        let forged = token.signed_by_a_stranger().bearer();
        assert_eq!(judge(&validator, &forged).unwrap_err(), "bad_signature", "{algorithm}");
    }
}

#[test]
fn each_reason_to_refuse_a_token_can_be_brought_about() {
    type Change = fn(TokenBuilder) -> TokenBuilder;
    let table: [(&str, Change); 28] = [
        ("too_long", |token| token.claim("pad", "x".repeat(20_000))),
        ("not_a_jwt", |token| token.raw_header("{}")),
        ("not_a_jwt", |token| token.raw_header(r#"{"alg":"ES256","alg":"ES256"}"#)),
        ("not_a_jwt", |token| token.raw_claims("[]")),
        ("not_a_jwt", |token| token.raw_claims(r#"{"sub":"user-1","sub":"admin"}"#)),
        ("encrypted", |token| token.header("enc", "A128GCM")),
        ("unsecured", |token| token.unsigned()),
        ("algorithm_not_allowed", |token| token.algorithm(Algorithm::HS256)),
        ("algorithm_not_allowed", |token| token.header("alg", "ES256K")),
        ("header_not_allowed", |token| token.header("crit", ["exp"])),
        ("unknown_key", |token| token.header("kid", "nobody")),
        ("key_algorithm_mismatch", |token| token.algorithm(Algorithm::RS384).header("kid", "rs256")),
        ("bad_signature", |token| token.signed_by_a_stranger()),
        ("bad_signature", |token| token.tampered()),
        ("bad_signature", |token| token.header("alg", "EdDSA").header("kid", "ed25519")),
        ("wrong_type", |token| token.header("typ", "logout+jwt")),
        ("wrong_type", |token| token.without_header("typ")),
        ("not_an_access_token", |token| token.header("typ", "JWT").claim("nonce", "n")),
        ("sender_constrained", |token| token.claim("cnf", BTreeMap::from([("jkt", "x")]))),
        ("missing_claim", |token| token.without("exp")),
        ("missing_claim", |token| token.without("jti")),
        ("malformed_claim", |token| token.claim("exp", "soon")),
        ("wrong_issuer", |token| token.issuer("https://id.example.org")),
        ("wrong_audience", |token| token.audience("https://other.example.com")),
        ("expired", |token| token.expired()),
        ("expired", |token| token.claim("exp", 0)),
        ("not_yet_valid", |token| token.not_yet_valid()),
        ("too_old", |token| token.claim("iat", 1_795_333_600 - 86_400)),
    ];
    let issuer = TestIssuer::new();
    let compatible = issuer.validator().max_age(Duration::from_secs(7200)).build().unwrap();
    let strict = issuer.validator().rfc9068().max_age(Duration::from_secs(7200)).build().unwrap();
    for (expected, change) in table {
        let token = change(issuer.token());
        let bearer = token.bearer();
        // Kinds are told apart by `typ` alone under the profile, and a claim may be missing without it.
        let found = [&compatible, &strict].map(|validator| judge(validator, &bearer).err());
        assert!(found.contains(&Some(expected)), "{expected}: {found:?}");
    }
}

#[test]
fn expired_and_not_yet_valid_are_so_with_the_widest_leeway_and_good_in_their_time() {
    let issuer = TestIssuer::new();
    let validator = issuer.validator().leeway(Duration::from_secs(300)).build().unwrap();
    let (expired, early) = (issuer.token().expired().bearer(), issuer.token().not_yet_valid().bearer());
    assert_eq!(judge(&validator, &expired).unwrap_err(), "expired");
    assert_eq!(judge(&validator, &early).unwrap_err(), "not_yet_valid");

    let now = issuer.clock().now();
    issuer.clock().set(now - 5400);
    assert!(judge(&validator, &expired).is_ok());
    issuer.clock().set(now + 5400);
    assert!(judge(&validator, &early).is_ok());
}

#[test]
fn raw_claims_are_signed_to_the_letter() {
    let issuer = TestIssuer::new();
    let validator = issuer.validator().build().unwrap();
    let claims = r#" {"iss":"https://id.example.com","aud":"https://api.example.com","exp":1795333601.9} "#;
    let access = judge(&validator, &issuer.token().raw_claims(claims).bearer()).unwrap();
    assert_eq!(access.expires_at(), 1_795_333_601);
    let changed = issuer.token().raw_claims(claims).tampered().bearer();
    assert_eq!(judge(&validator, &changed).unwrap_err(), "bad_signature");
    let header = r#"{"kid":"rs256","alg":"RS256","typ":"application\/at+jwt"}"#;
    let token = issuer.token().algorithm(Algorithm::RS256).raw_header(header);
    assert!(judge(&validator, &token.bearer()).is_ok());
}

#[test]
fn an_unsigned_token_ends_with_its_second_dot() {
    let token = TestIssuer::new().token().unsigned().sign();
    assert!(token.ends_with('.'));
    assert_eq!(token.matches('.').count(), 2);
}

#[test]
fn bearer_is_the_scheme_and_the_token() {
    // Ed25519 signs the same bytes the same way each time.
    let token = TestIssuer::new().token().algorithm(Algorithm::EdDSA);
    assert_eq!(token.bearer(), format!("Bearer {}", token.sign()));
}

#[test]
fn another_issuer_audience_and_clock_go_into_token_and_validator() {
    let issuer = TestIssuer::new()
        .with_issuer("https://login.test")
        .with_audience("https://crashes.test")
        .with_clock(ManualClock::at(1_000));
    let bearer = issuer.token().bearer();
    let access = judge(&issuer.validator().build().unwrap(), &bearer).unwrap();
    assert_eq!(access.issuer(), "https://login.test");
    assert_eq!(access.audience().collect::<Vec<_>>(), ["https://crashes.test"]);
    assert_eq!(access.issued_at(), Some(1_000));
    let other = TestIssuer::new().validator().build().unwrap();
    assert_eq!(judge(&other, &bearer).unwrap_err(), "wrong_issuer");
}

#[test]
fn a_clone_shares_the_clock() {
    let issuer = TestIssuer::new();
    let clone = issuer.clone();
    issuer.clock().advance(Duration::from_millis(90_900));
    assert_eq!(clone.clock().now(), 1_795_333_600 + 90);
    clone.clock().set(5);
    assert_eq!(issuer.clock().now(), 5);
}

#[test]
#[should_panic(expected = "no key for ES512; take ES256 or ES384")]
fn an_algorithm_without_a_key_stops_the_test_and_names_one_with_a_key() {
    TestIssuer::new().token().algorithm(Algorithm::ES512).sign();
}

#[test]
#[should_panic(expected = "give text, numbers, lists or maps with text as keys")]
fn a_claim_that_is_not_json_stops_the_test() {
    let _ = TestIssuer::new().token().claim("map", BTreeMap::from([((1, 2), 3)]));
}
