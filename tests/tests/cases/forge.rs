//! Tokens that the test issuer does not write: other secrets, other spellings, other signatures.

use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use scopa_testing::TestIssuer;
use serde_json::{Value, json};

/// The parts of a token.
pub(crate) fn parts(token: &str) -> [String; 3] {
    let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts.try_into().unwrap()
}

/// The token with one of its parts rewritten.
pub(crate) fn with_part(token: &str, at: usize, rewrite: impl FnOnce(&str) -> String) -> String {
    let mut parts = parts(token);
    parts[at] = rewrite(&parts[at]);
    parts.join(".")
}

/// The token with the bytes of its signature rewritten.
pub(crate) fn with_signature(token: &str, rewrite: impl FnOnce(Vec<u8>) -> Vec<u8>) -> String {
    with_part(token, 2, |part| encode(rewrite(URL_SAFE_NO_PAD.decode(part).unwrap())))
}

/// The last character changed in the bits that carry nothing: the same bytes in another spelling.
pub(crate) fn with_stray_bits(part: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert!(part.len() % 4 > 1, "all bits carry something");
    let mut part = part.as_bytes().to_vec();
    let last = part.pop().unwrap();
    let at = ALPHABET.iter().position(|byte| *byte == last).unwrap();
    part.push(ALPHABET[at ^ 1]);
    String::from_utf8(part).unwrap()
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Signs both parts, as they are written, with HS256.
pub(crate) fn hs256(secret: &[u8], header: &str, claims: &str) -> String {
    hmac_token(hmac::HMAC_SHA256, secret, header, claims)
}

/// Signs any claims with the secret that the test issuer shares, and a good header.
pub(crate) fn shared(claims: impl AsRef<[u8]>) -> String {
    hs256(TestIssuer::secret(), &encode(r#"{"alg":"HS256","typ":"at+jwt"}"#), &encode(claims))
}

pub(crate) fn hmac_token(algorithm: hmac::Algorithm, secret: &[u8], header: &str, claims: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret), format!("{header}.{claims}").as_bytes());
    format!("{header}.{claims}.{}", encode(tag))
}

/// Every form in which somebody may have taken the issuer's public RSA key for a secret.
pub(crate) fn public_key_as_secret() -> Vec<(&'static str, Vec<u8>)> {
    let pair =
        RsaKeyPair::from_pkcs8(&der(include_str!("../../../crates/scopa-testing/keys/issuer-rsa.pem")))
            .unwrap();
    let pkcs1 = pair.public_key().as_ref().to_vec();
    let spki: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let spki = spki.as_ref().to_vec();
    let jwks: Value = serde_json::from_str(&TestIssuer::new().jwks()).unwrap();
    let jwk = &jwks["keys"][0];
    let modulus = jwk["n"].as_str().unwrap();
    let spki_pem = pem("PUBLIC KEY", &spki);
    vec![
        ("PEM", spki_pem.clone().into_bytes()),
        ("PEM without its last line break", spki_pem.trim_end().into()),
        ("PEM after a space", format!(" {spki_pem}").into_bytes()),
        ("PEM of PKCS #1", pem("RSA PUBLIC KEY", &pkcs1).into_bytes()),
        ("DER", spki),
        ("DER of PKCS #1", pkcs1),
        ("JWK", jwk.to_string().into_bytes()),
        ("JWK Set", TestIssuer::new().jwks().into_bytes()),
        ("modulus", URL_SAFE_NO_PAD.decode(modulus).unwrap()),
        ("modulus in base64url", modulus.into()),
    ]
}

/// The public key of the stranger who signs with ES256, as a token may bring it along.
pub(crate) fn stranger_jwk() -> Value {
    let der = der(include_str!("../../../crates/scopa-testing/keys/stranger-p256.pem"));
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).unwrap();
    let point = pair.public_key().as_ref();
    json!({"kty": "EC", "crv": "P-256", "x": encode(&point[1..33]), "y": encode(&point[33..])})
}

/// Writes `r` and `s` as an ASN.1 sequence, which JWS does not use (RFC 7518 §3.4).
pub(crate) fn as_der(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    let integer = |bytes: &[u8]| {
        let sign = if bytes[0] < 0x80 { &[][..] } else { &[0] };
        let length = u8::try_from(sign.len() + bytes.len()).unwrap();
        [&[2, length], sign, bytes].concat()
    };
    let both = [integer(r), integer(s)].concat();
    [&[0x30, u8::try_from(both.len()).unwrap()][..], &both].concat()
}

fn der(pem: &str) -> Vec<u8> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(body).unwrap()
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> =
        body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
