use scopa::Algorithm;
use scopa_issuer::{SigningKey, SigningKeys, TokenShape};

use crate::stage::{API, Stage, now};

fn token(stage: &Stage) -> String {
    let form = [("grant_type", "client_credentials"), ("scope", "beta")];
    stage.post("/oauth2/token", "machine", &form).text("access_token").unwrap()
}

#[test]
fn a_key_that_is_taken_away_is_forgotten_at_once_in_the_same_process() {
    let stage = Stage::new();
    let validator = stage.issuer.validator(API).build().unwrap();
    let accepts = |token: &str| {
        let field = format!("Bearer {token}");
        now(validator.authenticate([field.as_bytes()])).is_ok()
    };
    let before = token(&stage);
    // Often enough to be remembered, if it could be.
    assert!((0..20).all(|_| accepts(&before)));

    stage.issuer.set_signing_keys(SigningKey::generate(Algorithm::EdDSA).unwrap().into()).unwrap();
    assert!(!accepts(&before));
    assert!(!stage.is_active(&before));
    assert!(accepts(&token(&stage)));
}

#[test]
fn whatever_signs_a_token_and_wherever_its_scopes_stand_the_issuer_and_its_apis_know_it_again() {
    for algorithm in
        [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA, Algorithm::HS256]
    {
        let key = match algorithm {
            Algorithm::HS256 => SigningKey::from_secret(algorithm, [7; 32]).unwrap(),
            _ => SigningKey::generate(algorithm).unwrap(),
        };
        let shape = TokenShape::rfc9068().typ("JWT").scope_claim("permissions.granted").scope_array();
        let stage = Stage::with(|issuer| issuer.signing_keys(SigningKeys::new(key)).token_shape(shape));
        let token = token(&stage);
        assert!(stage.is_active(&token), "{algorithm}");
        let field = format!("Bearer {token}");
        let validator = stage.issuer.validator(API).build().unwrap();
        let access = now(validator.authenticate([field.as_bytes()])).unwrap();
        assert!(access.scopes().contains("beta"), "{algorithm}");
    }
}
