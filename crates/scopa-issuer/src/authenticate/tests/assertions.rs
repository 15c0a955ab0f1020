use scopa::Algorithm;
use scopa_testing::{TestIssuer, TokenBuilder};
use serde_json::Value;

use super::*;

/// A client that signs, its keys, and the desk that knows it.
struct Signing {
    desk: Desk,
    keys: TestIssuer,
}

impl Signing {
    fn new() -> Self {
        let desk = Desk::new();
        let keys = TestIssuer::new().with_clock(desk.time.clone());
        let jwks: Value = serde_json::from_str(&keys.jwks()).unwrap();
        desk.add("signer", ClientDraft::machine("signer").jwks(jwks), None);
        Self { desk, keys }
    }

    /// Starts an assertion that is good.
    fn assertion(&self) -> TokenBuilder {
        let token =
            self.keys.token().issuer("signer").subject("signer").audience(ISSUER).without("client_id");
        token.without_header("typ").expires_in(Duration::from_secs(60))
    }

    fn ask(&self, assertion: &str, more: &str) -> String {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let body = format!("client_assertion={assertion}&client_assertion_type={kind}{more}");
        shown(self.desk.ask(&[], &body, Some(ADDRESS)))
    }
}

#[test]
fn a_client_signs_who_it_is() {
    let signing = Signing::new();
    let good = || signing.assertion();
    for (what, assertion) in [
        ("plain", good()),
        ("typ", good().header("typ", "JWT")),
        ("its own typ", good().header("typ", "client-authentication+jwt")),
        ("the token endpoint", good().audience(TOKEN_ENDPOINT)),
        ("a list", good().claim("aud", [ISSUER])),
        ("without iat", good().without("iat")),
        ("RS256", good().algorithm(Algorithm::RS256)),
        ("EdDSA", good().algorithm(Algorithm::EdDSA)),
        ("the longest life", good().expires_in(Duration::from_secs(3600))),
        // Clocks may be half a minute apart.
        ("late", good().claim("exp", NOW - 29)),
        ("early", good().claim("iat", NOW + 29).claim("nbf", NOW + 29)),
    ] {
        assert_eq!(signing.ask(&assertion.sign(), ""), "signer", "{what}");
    }
    assert_eq!(signing.ask(&good().sign(), "&client_id=signer"), "signer");
}

#[test]
fn an_assertion_is_wrong_in_many_ways_and_always_told_the_same() {
    let signing = Signing::new();
    let good = || signing.assertion();
    for (what, assertion) in [
        // RFC 7523 §3, items 1 to 7.
        ("no iss", good().without("iss")),
        ("another iss", good().issuer("m2m")),
        ("no sub", good().without("sub")),
        ("another sub", good().subject("m2m")),
        ("an unknown client", good().issuer("nobody").subject("nobody")),
        ("a public client", good().issuer("spa").subject("spa")),
        ("no aud", good().without("aud")),
        ("another aud", good().audience("https://other.example.com")),
        ("a part of aud", good().audience("https://id.example.com/")),
        ("no exp", good().without("exp")),
        ("past", good().claim("exp", NOW - 31)),
        ("too long", good().claim("exp", NOW + 3631)),
        ("for ever", good().claim("exp", 253_402_300_799_u64)),
        ("exp of another kind", good().claim("exp", "1795333660")),
        ("not yet", good().claim("nbf", NOW + 31)),
        ("of the future", good().claim("iat", NOW + 31)),
        ("no jti", good().without("jti")),
        ("empty jti", good().claim("jti", "")),
        ("long jti", good().claim("jti", "j".repeat(257))),
        ("jti of another kind", good().claim("jti", 7)),
        // The signature, and what it is of.
        ("of a stranger", good().signed_by_a_stranger()),
        ("unsigned", good().unsigned()),
        ("changed", good().tampered()),
        ("a shared secret", good().algorithm(Algorithm::HS256)),
        ("an access token", good().header("typ", "at+jwt")),
        ("some other type", good().header("typ", "dpop+jwt")),
        ("crit", good().header("crit", ["x"])),
        ("doubled claims", good().raw_claims(r#"{"sub":"signer","sub":"signer"}"#)),
        ("no claims", good().raw_claims("[]")),
        ("long", good().claim("x", "x".repeat(10_000))),
    ] {
        assert_eq!(signing.ask(&assertion.sign(), ""), "400 invalid_client", "{what}");
    }
    for text in
        ["a", "a.b", "a.b.c", "..", "a.e30.c", "a.%00.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJzaWduZXIifQ."]
    {
        assert_eq!(signing.ask(text, ""), "400 invalid_client", "{text}");
    }
    assert_eq!(signing.ask(&good().sign(), "&client_id=m2m"), "400 invalid_client");
    let two = signing.ask(&good().sign(), "&client_id=signer&client_secret=x");
    assert_eq!(two, "400 invalid_request");
}

#[test]
fn an_assertion_is_good_once_and_until_its_end() {
    let signing = Signing::new();
    let assertion = signing.assertion().claim("jti", "one").sign();
    assert_eq!(signing.ask(&assertion, ""), "signer");
    assert_eq!(signing.ask(&assertion, ""), "400 invalid_client");
    // The word counts, not its signature; and it counts for as long as the assertion is taken.
    let again = signing.assertion().claim("jti", "one").sign();
    assert_eq!(signing.ask(&again, ""), "400 invalid_client");
    signing.desk.time.advance(Duration::from_secs(89));
    signing.desk.store.purge(signing.desk.time.now(), 100).now_or_never().unwrap().unwrap();
    assert_eq!(signing.ask(&assertion, ""), "400 invalid_client");
    assert_eq!(signing.ask(&signing.assertion().claim("jti", "two").sign(), ""), "signer");
    // A wrong one uses nothing up.
    let stranger = signing.assertion().claim("jti", "three").signed_by_a_stranger().sign();
    assert_eq!(signing.ask(&stranger, ""), "400 invalid_client");
    assert_eq!(signing.ask(&signing.assertion().claim("jti", "three").sign(), ""), "signer");
}

#[test]
fn two_clients_may_use_the_same_word() {
    let signing = Signing::new();
    let jwks: Value = serde_json::from_str(&signing.keys.jwks()).unwrap();
    signing.desk.add("other", ClientDraft::machine("other").jwks(jwks), None);
    let word = || signing.assertion().claim("jti", "one");
    assert_eq!(signing.ask(&word().sign(), ""), "signer");
    assert_eq!(signing.ask(&word().issuer("other").subject("other").sign(), ""), "other");
}

#[test]
fn a_client_with_keys_shows_no_secret_and_one_with_secrets_signs_nothing() {
    let signing = Signing::new();
    for secret in ["", "x", SECRET] {
        assert_eq!(shown(signing.desk.basic("signer", secret, None)), "401 invalid_client");
    }
    assert_eq!(shown(signing.desk.ask(&[], "client_id=signer", None)), "400 invalid_client");
    let for_m2m = signing.assertion().issuer("m2m").subject("m2m").sign();
    assert_eq!(signing.ask(&for_m2m, ""), "400 invalid_client");

    // Who gets keys loses its secrets; who loses them has none.
    let jwks: Value = serde_json::from_str(&signing.keys.jwks()).unwrap();
    let update = |draft| signing.desk.clients().update("m2m", draft).now_or_never().unwrap().unwrap();
    update(ClientDraft::machine("machine").jwks(jwks));
    assert_eq!(shown(signing.desk.basic("m2m", SECRET, None)), "401 invalid_client");
    update(ClientDraft::machine("machine"));
    assert_eq!(shown(signing.desk.basic("m2m", SECRET, None)), "401 invalid_client");
}
