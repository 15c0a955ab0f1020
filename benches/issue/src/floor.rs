use std::hint::black_box;

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use scopa::Algorithm;

/// What nobody can do without: one signature over the token, and one keyed digest of the client's secret.
pub(crate) struct Floor {
    sign: Box<Sign>,
    digest: hmac::Key,
}

type Sign = dyn Fn(&[u8]);

impl Floor {
    /// Prepares a key of aws-lc-rs.
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let random = SystemRandom::new();
        let sign: Box<Sign> = match algorithm {
            Algorithm::ES256 => {
                let key =
                    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key can be made");
                Box::new(move |message| {
                    black_box(key.sign(&random, message).expect("it signs"));
                })
            }
            Algorithm::EdDSA => {
                let key = Ed25519KeyPair::generate().expect("a key can be made");
                Box::new(move |message| {
                    black_box(key.sign(message));
                })
            }
            Algorithm::RS256 => {
                let key = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
                Box::new(move |message| {
                    let mut signature = [0; 256];
                    key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).expect("it signs");
                    black_box(signature);
                })
            }
            _ => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
                Box::new(move |message| {
                    black_box(hmac::sign(&key, message));
                })
            }
        };
        Self { sign, digest: hmac::Key::new(hmac::HMAC_SHA256, &[8; 32]) }
    }

    /// Does both.
    pub(crate) fn run(&self, message: &[u8], secret: &[u8]) {
        (self.sign)(black_box(message));
        black_box(hmac::sign(&self.digest, black_box(secret)));
    }
}
