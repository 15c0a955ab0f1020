//! Several issuers in one validator, and tenants that become known while it runs.
#![cfg(test)]

mod access;
mod claims;
mod clock;
mod customers;
mod hierarchies;
mod names;
mod opaque;
mod outages;
mod room;
mod rules;
mod settings;
mod tenants;

use std::error::Error as _;

use scopa::{Access, Algorithm, InvalidToken, KeySet, Refusal, Validator, ValidatorBuilder};
use scopa_testing::{TestIssuer, TokenBuilder};

/// Two issuers with keys, names and audiences of their own, under one clock.
struct Two {
    staff: TestIssuer,
    partners: TestIssuer,
}

impl Two {
    fn new() -> Self {
        let staff = TestIssuer::new();
        let partners =
            TestIssuer::new().with_issuer(PARTNERS).with_audience("crash-api").with_clock(staff.clock());
        Self { staff, partners }
    }

    /// Starts a validator of the first issuer.
    fn of_staff(&self) -> ValidatorBuilder {
        self.staff.validator()
    }

    /// Starts what is said of the second issuer, which signs with the keys that are a stranger's to the first.
    fn of_partners(&self) -> ValidatorBuilder {
        self.partners.validator().keys(KeySet::from_jwks(PARTNER_KEYS).unwrap())
    }

    fn validator(&self) -> Validator {
        self.of_staff().or_issuer(self.of_partners()).build().unwrap()
    }

    fn staff_token(&self) -> TokenBuilder {
        self.staff.token()
    }

    fn partner_token(&self) -> TokenBuilder {
        self.partners.token().signed_by_a_stranger()
    }
}

/// Presents a token, and is answered at once.
fn present(validator: &Validator, token: &TokenBuilder) -> Result<Access, Refusal> {
    present_text(validator, &token.sign())
}

fn present_text(validator: &Validator, token: &str) -> Result<Access, Refusal> {
    validator.authenticate([format!("Bearer {token}").as_bytes()]).now_or_later().unwrap()
}

fn accepts(validator: &Validator, token: &TokenBuilder) -> bool {
    present(validator, token).is_ok()
}

/// Returns why a token is refused, as logs have it.
fn reason(validator: &Validator, token: &TokenBuilder) -> InvalidToken {
    reason_of(&present(validator, token).unwrap_err())
}

fn reason_of(refusal: &Refusal) -> InvalidToken {
    let source = refusal.source().and_then(|source| source.downcast_ref());
    source.cloned().unwrap_or_else(|| panic!("not an invalid token: {refusal:?}"))
}

/// Returns what the log says of a refusal.
fn detail(refusal: &Refusal) -> String {
    refusal.source().map(ToString::to_string).unwrap_or_default()
}

/// Says more of what is accepted.
type Settings = fn(ValidatorBuilder) -> ValidatorBuilder;

/// Changes something about a token.
type Change = fn(TokenBuilder) -> TokenBuilder;

const STAFF: &str = "https://id.example.com";
const PARTNERS: &str = "https://partners.example.com";

/// What `signed_by_a_stranger` signs ES256 and RS256 with, under the very identifiers of the first issuer's keys.
const PARTNER_KEYS: &str = r#"{"keys": [
    {"kid": "es256", "alg": "ES256", "use": "sig", "kty": "EC", "crv": "P-256",
     "x": "NxIeKiIYMHYB6JmpDnIPCXU9LKaL_ItAJBie8pCqJWY", "y": "nZAhH72ch_wfnpIFOvM5rXQ1ybNjDfvV-X9n_lrcno4"},
    {"kid": "rs256", "alg": "RS256", "use": "sig", "kty": "RSA", "e": "AQAB", "n": "w-Z69C3YTeqLj3dgXRXy8wGUDsoM8v5PiJdLgv9HtKNPW7YYNipQSjorRPz8WILIQ1jmkW93Rfd0sBIwOI1q5A96an8_4zIQKVIltuITyhdzQayp-ZpiVQdrU5YkOM500OcQ-JWdEXJVLPSBkSauS8xlDXQerwM0Qf3RY022NwH91jSiid1SbhJxsRNGedK7YYhrzBKF2wplzn1R0emR0wqzpvgzCgccClc-7Xp0W6YE2nHFtzGpz38s01jodIvMBW-5pJrOlrwBkwvoGcfl3yoqddqEHuise05zKm20OTnpCgCs1NV7nnZzR72SlMkABl_-jneVuXcuE928U-RyWQ"}
]}"#;

/// What `signed_by_a_stranger` signs HS256 with.
const PARTNER_SECRET: &[u8] = b"the secret of a stranger, whom nobody in the tests may believe..";

fn shared(secret: &[u8]) -> KeySet {
    KeySet::from_secret(Algorithm::HS256, secret).unwrap()
}
