use std::hint::black_box;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    VerificationAlgorithm,
};
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use measure::{Alg, Issuer, SECRET, TokenParts};

use crate::target::Target;

/// The floor: the signature alone, with a key that was prepared once and a signature that was decoded before.
pub(crate) struct Floor<V> {
    verify: V,
    parts: Vec<TokenParts>,
}

impl<V: Fn(&[u8], &[u8]) -> bool> Target for Floor<V> {
    fn load(&mut self, tokens: &[String]) {
        self.parts = tokens.iter().map(|token| TokenParts::of(token)).collect();
    }

    fn run(&mut self) -> usize {
        let parts = black_box(&self.parts).iter();
        parts.filter(|parts| (self.verify)(parts.signed.as_bytes(), &parts.signature)).count()
    }
}

/// Prepares the key of an issuer for aws-lc-rs.
pub(crate) fn aws_lc_rs(issuer: &Issuer) -> Box<dyn Target> {
    let algorithm: &'static dyn VerificationAlgorithm = match issuer.alg() {
        Alg::RS256 => &RSA_PKCS1_2048_8192_SHA256,
        Alg::ES256 => &ECDSA_P256_SHA256_FIXED,
        Alg::EdDSA => &ED25519,
        Alg::HS256 => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET);
            let verify = move |message: &[u8], tag: &[u8]| hmac::verify(&key, message, tag).is_ok();
            return Box::new(Floor { verify, parts: Vec::new() });
        }
    };
    let key = ParsedPublicKey::new(algorithm, issuer.public_key()).expect("the key is good");
    let verify = move |message: &[u8], signature: &[u8]| key.verify_sig(message, signature).is_ok();
    Box::new(Floor { verify, parts: Vec::new() })
}

/// Prepares an ES256 key for signatures in the form of X9.62, which aws-lc-rs otherwise makes of JOSE's by itself.
pub(crate) fn x962(issuer: &Issuer) -> Box<dyn Target> {
    let key = ParsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, issuer.public_key()).expect("the key is good");
    let verify = move |message: &[u8], signature: &[u8]| key.verify_sig(message, signature).is_ok();
    Box::new(Reformed(Floor { verify, parts: Vec::new() }))
}

/// A floor whose signatures are brought into the form of X9.62 before the clock starts.
struct Reformed<V>(Floor<V>);

impl<V: Fn(&[u8], &[u8]) -> bool> Target for Reformed<V> {
    fn load(&mut self, tokens: &[String]) {
        self.0.load(tokens);
        for parts in &mut self.0.parts {
            parts.signature = der(&parts.signature);
        }
    }

    fn run(&mut self) -> usize {
        self.0.run()
    }
}

/// A sequence of two integers, as short as they can be and never negative.
fn der(joined: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count().min(number.len() - 1);
        let number = &number[zeros..];
        let sign = if number[0] & 0x80 == 0 { &[][..] } else { &[0] };
        [&[2, (sign.len() + number.len()) as u8], sign, number].concat()
    };
    let (r, s) = joined.split_at(joined.len() / 2);
    let content = [integer(r), integer(s)].concat();
    [&[0x30, content.len() as u8][..], &content].concat()
}

/// Prepares an Ed25519 key for ed25519-dalek, which some peers verify with.
pub(crate) fn dalek(issuer: &Issuer) -> Box<dyn Target> {
    let key = dalek_key(issuer);
    let verify = move |message: &[u8], signature: &[u8]| {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| key.verify(message, &signature).is_ok())
    };
    Box::new(Floor { verify, parts: Vec::new() })
}

/// The same, with the stricter check that refuses weak keys and points of small order.
pub(crate) fn dalek_strict(issuer: &Issuer) -> Box<dyn Target> {
    let key = dalek_key(issuer);
    let verify = move |message: &[u8], signature: &[u8]| {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| key.verify_strict(message, &signature).is_ok())
    };
    Box::new(Floor { verify, parts: Vec::new() })
}

fn dalek_key(issuer: &Issuer) -> VerifyingKey {
    let bytes: [u8; 32] = issuer.public_key().try_into().expect("an Ed25519 key has 32 bytes");
    VerifyingKey::from_bytes(&bytes).expect("the key is good")
}
