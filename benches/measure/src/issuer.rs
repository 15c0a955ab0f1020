use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::alg::Alg;
use crate::token::Flaw;

/// Who signs the tokens (`iss`).
pub const ISSUER: &str = "https://id.example.com/realms/production";

/// Whom they are for (`aud`).
pub const AUDIENCE: &str = "https://api.example.com";

/// The scope that every candidate asks for; a good token has it among five.
pub const SCOPE: &str = "crashes:read";

/// The secret of HS256, 32 bytes (RFC 7518 §3.2).
pub const SECRET: &[u8; 32] = b"this secret of 32 bytes is known";

/// An authorization server with one key, which signs as many tokens as are asked for.
///
/// Eight claims, five scopes, 550 to 849 bytes; each token has a `jti` of its own. The keys are the fixed ones of
/// `scopa-testing`, known to everybody. The time is the machine's, as peers read no other.
#[derive(Debug)]
pub struct Issuer {
    alg: Alg,
    key: Key,
    stranger: Key,
    now: u64,
    serial: AtomicU64,
}

impl Issuer {
    /// Prepares the key of an algorithm.
    pub fn new(alg: Alg) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self::at(alg, now)
    }

    /// The same at another time, in seconds since 1970-01-01T00:00:00Z; with RS256, EdDSA and HS256 the tokens are then
    /// the same in each run.
    pub fn at(alg: Alg, now: u64) -> Self {
        let (key, stranger) = (Key::new(alg, &PEMS), Key::new(alg, &STRANGER));
        Self { alg, key, stranger, now, serial: AtomicU64::new(100_000_000_000) }
    }

    /// Returns the algorithm.
    pub fn alg(&self) -> Alg {
        self.alg
    }

    /// Signs a good token.
    pub fn token(&self) -> String {
        self.sign(&self.key, self.claims())
    }

    /// Signs so many good tokens, each another one.
    pub fn tokens(&self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.token()).collect()
    }

    /// Signs a good token with other claims, put over the usual ones.
    pub fn token_with(&self, others: Value) -> String {
        let mut claims = self.claims();
        if let (Value::Object(claims), Value::Object(others)) = (&mut claims, others) {
            claims.extend(others);
        }
        self.sign(&self.key, claims)
    }

    /// Signs a token that has a flaw.
    pub fn flawed(&self, flaw: Flaw) -> String {
        match flaw {
            Flaw::Forged => self.sign(&self.stranger, self.claims()),
            Flaw::Expired => self.token_with(json!({ "iat": self.now - 7200, "exp": self.now - 3600 })),
            Flaw::WrongAudience => self.token_with(json!({ "aud": "https://other.example.com" })),
            Flaw::WrongIssuer => self.token_with(json!({ "iss": "https://evil.example.com" })),
            Flaw::NoScope => self.token_with(json!({ "scope": "openid profile email crashes:list" })),
        }
    }

    /// Returns the JWK Set with its one key (RFC 7517 §5). For HS256 that is the secret as `oct`, for peers that take it
    /// no other way.
    pub fn jwks(&self) -> String {
        format!("{:#}", json!({ "keys": [self.jwk()] }))
    }

    /// Returns the one key as a JWK.
    pub fn jwk(&self) -> Value {
        if self.alg == Alg::HS256 {
            let k = URL_SAFE_NO_PAD.encode(SECRET);
            return json!({ "kty": "oct", "alg": "HS256", "use": "sig", "kid": self.alg.kid(), "k": k });
        }
        let set: Value = serde_json::from_str(JWKS).expect("the fixed keys are JSON");
        let keys = set["keys"].as_array().expect("a JWK Set has keys");
        let mut key =
            keys.iter().find(|key| key["alg"] == self.alg.name()).expect("each has its key").clone();
        key["kid"] = self.alg.kid().into();
        key
    }

    /// Returns the public key in the form that aws-lc-rs reads: PKCS #1 for RSA, the bare point or bytes otherwise; for
    /// HS256 the secret.
    pub fn public_key(&self) -> Vec<u8> {
        match &self.key {
            Key::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Key::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Key::Ed(pair) => pair.public_key().as_ref().to_vec(),
            Key::Secret(_) => SECRET.to_vec(),
        }
    }

    fn claims(&self) -> Value {
        json!({
            "iss": ISSUER,
            "sub": "auth0|507f1f77bcf86cd799439011",
            "aud": AUDIENCE,
            "exp": self.now + 3600,
            "iat": self.now,
            "jti": format!("8f14e45f-ceea-467f-a1d2-{}", self.serial.fetch_add(1, Ordering::Relaxed)),
            "client_id": "crash-reporter-web.eu-central-1",
            "scope": "openid profile offline_access crashes:read crashes:write",
        })
    }

    fn sign(&self, key: &Key, claims: Value) -> String {
        let header = json!({ "typ": "at+jwt", "alg": self.alg.name(), "kid": self.alg.kid() });
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

/// A key that signs.
#[derive(Debug)]
enum Key {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
    Secret(Box<hmac::Key>),
}

impl Key {
    fn new(alg: Alg, [rsa, p256, ed25519, secret]: &[&str; 4]) -> Self {
        let fixed = "the fixed keys are well formed";
        match alg {
            Alg::RS256 => Self::Rsa(RsaKeyPair::from_pkcs8(&der(rsa)).expect(fixed)),
            Alg::ES256 => {
                let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
                Self::Ec(EcdsaKeyPair::from_pkcs8(algorithm, &der(p256)).expect(fixed))
            }
            Alg::EdDSA => Self::Ed(Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der(ed25519)).expect(fixed)),
            Alg::HS256 => Self::Secret(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("RSA signs");
                signature
            }
            Self::Ec(pair) => pair.sign(&random, message).expect("ECDSA signs").as_ref().to_vec(),
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Secret(key) => hmac::sign(key, message).as_ref().to_vec(),
        }
    }
}

/// Decodes the one block of a PEM file.
fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(body).expect("a PEM file holds base64")
}

const JWKS: &str = include_str!("../../../crates/scopa-testing/keys/jwks.json");

const PEMS: [&str; 4] = [
    include_str!("../../../crates/scopa-testing/keys/issuer-rsa.pem"),
    include_str!("../../../crates/scopa-testing/keys/issuer-p256.pem"),
    include_str!("../../../crates/scopa-testing/keys/issuer-ed25519.pem"),
    "this secret of 32 bytes is known",
];

const STRANGER: [&str; 4] = [
    include_str!("../../../crates/scopa-testing/keys/stranger-rsa.pem"),
    include_str!("../../../crates/scopa-testing/keys/stranger-p256.pem"),
    include_str!("../../../crates/scopa-testing/keys/stranger-ed25519.pem"),
    "another secret of 32 bytes, alas!",
];
