use std::hint::black_box;

use aws_lc_rs::hmac;
use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use scopa_axum::Algorithm;
use scopa_testing::TestIssuer;
use serde_json::Value;

use crate::case::Case;
use crate::tokens;

/// Verifies the signatures of the tokens with a prepared key and does nothing else: what no validator can do without.
///
/// By the same libraries as scopa: Ed25519 is faster with ed25519-dalek.
pub(crate) fn verify(algorithm: Algorithm) -> Case {
    let key = Key::of(algorithm);
    let signed: Vec<(Vec<u8>, Vec<u8>)> =
        tokens::fields(algorithm).iter().map(|field| parts(algorithm, field)).collect();
    Box::new(move |round| {
        let (message, signature) = &signed[round];
        assert!(black_box(key.verify(message, signature)));
    })
}

enum Key {
    Public(ParsedPublicKey),
    Ed25519(Box<VerifyingKey>),
    Secret(Box<hmac::Key>),
}

impl Key {
    fn of(algorithm: Algorithm) -> Self {
        let part = |kid: &str, member: &str| {
            let set: Value = serde_json::from_str(&TestIssuer::new().jwks()).expect("a JWK Set");
            let keys = set["keys"].as_array().expect("a list of keys");
            let key = keys.iter().find(|key| key["kid"] == kid).expect("a key of this name");
            URL_SAFE_NO_PAD.decode(key[member].as_str().expect("text")).expect("base64url")
        };
        let parsed = match algorithm {
            Algorithm::RS256 => PublicKeyComponents { n: part("rs256", "n"), e: part("rs256", "e") }
                .to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256),
            Algorithm::ES256 => {
                let point = [vec![4], part("es256", "x"), part("es256", "y")].concat();
                ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point)
            }
            Algorithm::EdDSA => {
                let bytes = part("ed25519", "x").try_into().expect("32 bytes");
                return Self::Ed25519(Box::new(
                    VerifyingKey::from_bytes(&bytes).expect("a point of the curve"),
                ));
            }
            _ => return Self::Secret(Box::new(hmac::Key::new(hmac::HMAC_SHA256, TestIssuer::secret()))),
        };
        Self::Public(parsed.expect("a good key"))
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Public(key) => key.verify_sig(message, signature).is_ok(),
            Self::Ed25519(key) => Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify(message, &signature).is_ok()),
            Self::Secret(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

/// Signing input and signature. ES256 signatures in ASN.1, the form that aws-lc-rs is faster with.
fn parts(algorithm: Algorithm, field: &str) -> (Vec<u8>, Vec<u8>) {
    let token = field.trim_start_matches("Bearer ");
    let (message, signature) = token.rsplit_once('.').expect("a compact JWS");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let signature = if algorithm == Algorithm::ES256 { der(&signature) } else { signature };
    (message.as_bytes().to_vec(), signature)
}

/// Writes R and S as a sequence of two integers (RFC 3279 §2.2.3).
fn der(fixed: &[u8]) -> Vec<u8> {
    let (r, s) = fixed.split_at(fixed.len() / 2);
    let numbers = [integer(r), integer(s)].concat();
    [vec![0x30, numbers.len() as u8], numbers].concat()
}

fn integer(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0).unwrap_or(number.len() - 1);
    let mut digits = number[start..].to_vec();
    // A first bit would make it negative.
    if digits[0] >= 0x80 {
        digits.insert(0, 0);
    }
    [vec![0x02, digits.len() as u8], digits].concat()
}
