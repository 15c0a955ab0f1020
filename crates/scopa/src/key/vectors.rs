//! Judges the test vectors of Project Wycheproof (github.com/C2SP/wycheproof, `testvectors_v1`).
//!
//! They are not part of this repository. Set `SCOPA_VECTORS` to a folder whose `wycheproof` holds the files,
//! and run the tests; without it they pass and say so.

use std::collections::BTreeMap;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::fixtures::jwks;
use super::{Algorithm, KeySet};

#[test]
fn ecdsa_in_the_form_of_jws_is_judged_as_expected() {
    judge("ecdsa_secp256r1_sha256_p1363_test.json", Algorithm::ES256, 262, 173);
    judge("ecdsa_secp384r1_sha384_p1363_test.json", Algorithm::ES384, 280, 193);
    judge("ecdsa_secp521r1_sha512_p1363_test.json", Algorithm::ES512, 318, 231);
}

#[test]
fn ed25519_is_judged_as_expected() {
    judge("ed25519_test.json", Algorithm::EdDSA, 151, 88);
}

#[test]
fn rsa_pkcs1_is_judged_as_expected() {
    // One test of each file is "acceptable": a DigestInfo without NULL. RFC 8017 §9.2 has one.
    judge("rsa_signature_2048_sha256_test.json", Algorithm::RS256, 259, 9);
    judge("rsa_signature_2048_sha384_test.json", Algorithm::RS384, 258, 7);
    judge("rsa_signature_2048_sha512_test.json", Algorithm::RS512, 259, 8);
}

#[test]
fn rsa_pss_is_judged_as_expected() {
    judge("rsa_pss_2048_sha256_mgf1_32_test.json", Algorithm::PS256, 108, 63);
    judge("rsa_pss_2048_sha384_mgf1_48_test.json", Algorithm::PS384, 141, 95);
    judge("rsa_pss_4096_sha512_mgf1_64_test.json", Algorithm::PS512, 179, 132);
}

#[test]
fn rsa_pss_without_salt_is_refused() {
    // The one that is accepted is "s_len changed to 32", which is just what PS256 asks for.
    judge("rsa_pss_2048_sha256_mgf1_0_test.json", Algorithm::PS256, 103, 1);
}

/// Judges every test with the key as PEM and as JWK, which must agree.
fn judge(file: &str, algorithm: Algorithm, tests: usize, accepted: usize) {
    let Some(vectors) = read(file) else { return };
    let mut count = (0, 0);
    for group in list(&vectors, "testGroups") {
        let pem = KeySet::from_pem(text(group, "publicKeyPem")).unwrap();
        let jwk = ["publicKeyJwk", "keyJwk"].into_iter().find_map(|member| group.get(member));
        let jwk = jwk.map(|jwk| KeySet::from_jwks(&jwks([jwk.clone()])).unwrap());
        for test in list(group, "tests") {
            let (message, signature) = (hex(text(test, "msg")), hex(text(test, "sig")));
            let verify = |keys: &KeySet| keys.verify(algorithm, None, &message, &signature).is_ok();
            let expected = match group.get("sLen").and_then(Value::as_u64) {
                // RFC 7518 §3.5: the salt is as long as the hash.
                Some(0) => test["comment"] == "s_len changed to 32",
                _ => test["result"] == "valid",
            };
            assert_eq!(verify(&pem), expected, "{file}: {test}");
            assert!(jwk.as_ref().is_none_or(|jwk| verify(jwk) == expected), "{file}: {test}");
            count = (count.0 + 1, count.1 + usize::from(expected));
        }
    }
    println!("{file}: {} tests, {} accepted", count.0, count.1);
    assert_eq!(count, (tests, accepted), "{file}");
}

#[test]
fn hmac_is_judged_as_expected_and_truncated_tags_are_refused() {
    for (file, algorithm, bytes) in [
        ("hmac_sha256_test.json", Algorithm::HS256, 32),
        ("hmac_sha384_test.json", Algorithm::HS384, 48),
        ("hmac_sha512_test.json", Algorithm::HS512, 64),
    ] {
        let Some(vectors) = read(file) else { return };
        let mut count = (0, 0);
        for group in list(&vectors, "testGroups") {
            for test in list(group, "tests") {
                let (key, message, tag) =
                    (hex(text(test, "key")), hex(text(test, "msg")), hex(text(test, "tag")));
                let found = KeySet::from_secret(algorithm, &key)
                    .is_ok_and(|keys| keys.verify(algorithm, None, &message, &tag).is_ok());
                // RFC 7518 §3.2: a key as long as the hash at least, and the whole tag.
                let expected = test["result"] == "valid" && key.len() >= bytes && tag.len() == bytes;
                assert_eq!(found, expected, "{file}: {test}");
                count = (count.0 + 1, count.1 + usize::from(expected));
            }
        }
        println!("{file}: {} tests, {} accepted", count.0, count.1);
        assert_eq!(count, (174, 30), "{file}");
    }
}

#[test]
fn compact_jws_are_judged_as_expected() {
    // 346 and 350: PS384 with a JWK whose `alg` is PS256. 347 and 351: a JWK whose `alg` is `ES521`.
    // RFC 8725 §3.1 has each key used with its own algorithm, so they are refused.
    // 372 and 373: a `?` inside a segment is no base64url (RFC 7515 §2).
    // 367 and 370, "invalid base64 padding", are byte for byte the valid 357.
    let deviations = [346, 347, 350, 351, 367, 370, 372, 373];
    judge_jose("json_web_signature_test.json", &deviations, 401, 42);
}

#[test]
fn jwk_sets_are_judged_as_expected() {
    judge_jose("json_web_key_test.json", &[], 26, 5);
}

fn judge_jose(file: &str, deviations: &[u64], tests: usize, accepted: usize) {
    let Some(vectors) = read(file) else { return };
    let (mut count, mut differing) = ((0, 0), Vec::new());
    for group in list(&vectors, "testGroups") {
        let keys = jose_keys(group);
        for test in list(group, "tests") {
            let found = keys.as_ref().is_some_and(|keys| verify_compact(keys, text(test, "jws")).is_some());
            if found != (test["result"] == "valid") {
                differing.push(test["tcId"].as_u64().unwrap());
            }
            count = (count.0 + 1, count.1 + usize::from(found));
        }
    }
    println!("{file}: {} tests, {} accepted, {differing:?} differ", count.0, count.1);
    assert_eq!(differing, deviations, "{file}");
    assert_eq!(count, (tests, accepted), "{file}");
}

/// Reads a JWK or a JWK Set; secrets as an operator would give them.
fn jose_keys(group: &Value) -> Option<KeySet> {
    let key = group.get("public").filter(|key| !key.is_null()).unwrap_or(&group["private"]);
    let keys = key.get("keys").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![key.clone()]);
    if keys.iter().all(|key| key["kty"] != "oct") {
        return KeySet::from_jwks(&jwks(keys)).ok();
    }
    let secrets = keys.iter().map(|key| {
        let secret = URL_SAFE_NO_PAD.decode(key["k"].as_str()?).ok()?;
        let keys = KeySet::from_secret(Algorithm::from_name(key["alg"].as_str()?)?, secret).ok()?;
        key["kid"].as_str().map_or(Some(keys.clone()), |kid| keys.with_kid(kid).ok())
    });
    secrets.reduce(|one, other| one?.merge(other?).ok())?
}

fn verify_compact(keys: &KeySet, jws: &str) -> Option<()> {
    let (message, signature) = jws.rsplit_once('.')?;
    let (header, payload) = message.split_once('.')?;
    URL_SAFE_NO_PAD.decode(payload).ok()?;
    let header: BTreeMap<String, Value> =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let algorithm = Algorithm::from_name(header.get("alg")?.as_str()?)?;
    let kid = header.get("kid").and_then(Value::as_str);
    keys.verify(algorithm, kid, message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()
}

fn read(file: &str) -> Option<Value> {
    let Ok(folder) = std::env::var("SCOPA_VECTORS") else {
        println!("{file} not judged: SCOPA_VECTORS is not set");
        return None;
    };
    let json = fs::read_to_string(format!("{folder}/wycheproof/{file}")).unwrap();
    Some(serde_json::from_str(&json).unwrap())
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().unwrap()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

fn hex(digits: &str) -> Vec<u8> {
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.as_bytes().chunks(2).map(byte).collect()
}
