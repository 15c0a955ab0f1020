//! The public JOSE vectors of Project Wycheproof and of the IETF cookbook, through `Validator::authenticate`.
//!
//! They are not part of this repository. They are read from the folder that `SCOPA_VECTORS` names, or from
//! `shared/vectors` beside the repository, with the folders `wycheproof` (github.com/C2SP/wycheproof,
//! `testvectors_v1`) and `ietf-cookbook` (github.com/ietf-jose/cookbook). Without them the tests pass and say so.
//! Signatures as such are judged in the core, in `key/vectors.rs`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops where it fails")]
#![expect(clippy::print_stdout, reason = "says that a test has not run")]

use std::collections::BTreeSet;
use std::error::Error as _;
use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopa::{Access, Algorithm, InvalidToken, KeySet, Refusal, RefusalKind, Validator, ValidatorBuilder};
use scopa_testing::ManualClock;
use serde_json::{Value, json};

#[test]
fn the_401_compact_jws_of_wycheproof_are_judged_as_expected() {
    let Some(vectors) = read("wycheproof/json_web_signature_test.json") else { return };
    // 346 and 350: PS384 with a JWK whose `alg` is PS256. 347 and 351: a JWK whose `alg` is the made-up ES521.
    // RFC 8725 §3.1: a key is used with its own algorithm.
    // 372 and 373: a `?` inside a segment. RFC 7515 §2: base64url has none.
    let refused_though_valid = [346, 347, 350, 351, 372, 373];
    // 367 and 370, "invalid base64 padding", are byte for byte the valid 357.
    let accepted_though_invalid = [367, 370];
    let found = judge(&vectors);
    assert_eq!(found.refused_though_valid, refused_though_valid.into());
    assert_eq!(found.accepted_though_invalid, accepted_though_invalid.into());
    assert_eq!((found.accepted, found.refused), (42, 359));
}

#[test]
fn the_26_jwk_sets_of_wycheproof_are_judged_as_expected() {
    let Some(vectors) = read("wycheproof/json_web_key_test.json") else { return };
    let found = judge(&vectors);
    assert_eq!(found.refused_though_valid, BTreeSet::new());
    assert_eq!(found.accepted_though_invalid, BTreeSet::new());
    assert_eq!((found.accepted, found.refused), (5, 21));
}

#[test]
fn the_compact_jws_of_rfc_7520_hold_and_their_json_forms_are_no_tokens() {
    let mut held = Vec::new();
    for file in [
        "4_1.rsa_v15_signature.json",
        "4_2.rsa-pss_signature.json",
        "4_3.ecdsa_signature.json",
        "4_4.hmac-sha2_integrity_protection.json",
        "4_5.signature_with_detached_content.json",
        "4_6.protecting_specific_header_fields.json",
        "4_7.protecting_content_only.json",
        "4_8.multiple_signatures.json",
    ] {
        let Some(example) = read(&format!("ietf-cookbook/jws/{file}")) else { return };
        let validator = validator(example_keys(&example["input"]["key"]).unwrap());
        for form in ["json", "json_flat"] {
            if let Some(form) = example["output"].get(form) {
                assert!(!signature_holds(&validator, &form.to_string()), "{file}");
            }
        }
        let Some(compact) = example["output"]["compact"].as_str() else { continue };
        if signature_holds(&validator, compact) {
            held.push(file);
        } else {
            // RFC 7515 appendix F: the payload travels apart. A bearer token brings its own.
            let (header, signature) = compact.split_once("..").unwrap();
            let payload = URL_SAFE_NO_PAD.encode(example["input"]["payload"].as_str().unwrap());
            let whole = format!("{header}.{payload}.{signature}");
            assert_eq!(why(&validator, compact), Some(InvalidToken::BadSignature), "{file}");
            assert!(signature_holds(&validator, &whole), "{file}");
        }
    }
    let expected = [
        "4_1.rsa_v15_signature.json",
        "4_2.rsa-pss_signature.json",
        "4_3.ecdsa_signature.json",
        "4_4.hmac-sha2_integrity_protection.json",
    ];
    assert_eq!(held, expected);
}

#[test]
fn the_ed25519_example_of_rfc_8037_holds() {
    let Some(example) = read("ietf-cookbook/curve25519/jws.json") else { return };
    let validator = validator(example_keys(&example["input"]["key"]).unwrap());
    assert!(signature_holds(&validator, example["output"]["compact"].as_str().unwrap()));
}

#[test]
fn an_unencoded_payload_is_refused() {
    for (file, has_compact) in [("hmac-sha2_b64_false.json", true), ("4.2.hmac-sha2_b64_false.json", false)] {
        let Some(example) = read(&format!("ietf-cookbook/rfc7797/{file}")) else { return };
        let validator = validator(example_keys(&example["input"]["key"]).unwrap());
        let form = &example["output"]["json_flat"];
        assert!(!signature_holds(&validator, &form.to_string()), "{file}");
        assert_eq!(example["output"]["compact"].is_string(), has_compact, "{file}");
        if let Some(compact) = example["output"]["compact"].as_str() {
            // Its payload has spaces, so the field holds more than one token.
            let refusal = authenticate(&validator, compact).unwrap_err();
            assert_eq!(refusal.kind(), RefusalKind::InvalidRequest, "{file}");
            // RFC 7797 §6: `crit` lists `b64`. The same header is refused with an encoded payload, too.
            let part = |name: &str| form[name].as_str().unwrap();
            let payload = URL_SAFE_NO_PAD.encode(part("payload"));
            let encoded = format!("{}.{payload}.{}", part("protected"), part("signature"));
            assert_eq!(why(&validator, &encoded), Some(InvalidToken::HeaderNotAllowed("crit")), "{file}");
        }
    }
}

#[test]
fn a_token_inside_an_encrypted_one_is_refused_and_accepted_on_its_own() {
    let Some(example) = read("ietf-cookbook/6.nesting_signatures_and_encryption.json") else { return };
    let keys = example_keys(&example["sign"]["input"]["key"]).unwrap();
    let outer = example["encrypt"]["output"]["compact"].as_str().unwrap();
    let inner = example["encrypt"]["input"]["plaintext"].as_str().unwrap();
    assert_eq!(inner, example["sign"]["output"]["compact"].as_str().unwrap());

    let rules = rules("hobbiton.example").keys(keys).clock(ManualClock::at(1_300_819_379));
    let validator = rules.build().unwrap();
    assert_eq!(why(&validator, outer), Some(InvalidToken::Encrypted));
    let access = authenticate(&validator, inner).unwrap();
    assert_eq!(access.claim::<bool>("http://example.com/is_root").unwrap(), Some(true));
}

/// What came of a file.
#[derive(Debug, Default)]
struct Found {
    accepted: usize,
    refused: usize,
    refused_though_valid: BTreeSet<u64>,
    accepted_though_invalid: BTreeSet<u64>,
}

/// Judges each test of each group of a Wycheproof file with the keys of the group.
fn judge(vectors: &Value) -> Found {
    let mut found = Found::default();
    for group in vectors["testGroups"].as_array().unwrap() {
        let key = group.get("public").filter(|key| !key.is_null()).unwrap_or(&group["private"]);
        // Keys that cannot be configured verify nothing.
        let validator = configured(key).map(validator);
        for test in group["tests"].as_array().unwrap() {
            let token = test["jws"].as_str().unwrap();
            let holds = validator.as_ref().is_some_and(|validator| signature_holds(validator, token));
            let id = test["tcId"].as_u64().unwrap();
            match (holds, test["result"].as_str().unwrap()) {
                (true, "valid") | (false, "invalid") => {}
                (true, "invalid") => drop(found.accepted_though_invalid.insert(id)),
                (false, "valid") => drop(found.refused_though_valid.insert(id)),
                other => panic!("{id}: {other:?}"),
            }
            found.accepted += usize::from(holds);
            found.refused += usize::from(!holds);
        }
    }
    found
}

/// Tells whether a signature holds, by what the token is refused for: its payload is mostly no claims.
///
/// The signature is looked at before the payload. So it held, if the token is refused for anything later, and the
/// same token with one bit of the signature changed is refused for that bit.
fn signature_holds(validator: &Validator, token: &str) -> bool {
    let Some((message, signature)) = token.rsplit_once('.') else { return false };
    let Ok(mut signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
    let Some(byte) = signature.first_mut() else { return false };
    *byte ^= 1;
    let flipped = format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature));
    why(validator, &flipped) == Some(InvalidToken::BadSignature)
        && !matches!(
            why(validator, token),
            Some(InvalidToken::BadSignature | InvalidToken::NotAJwt("payload is not base64url"))
        )
}

/// Returns why a token is refused, if it is.
fn why(validator: &Validator, token: &str) -> Option<InvalidToken> {
    let refusal = authenticate(validator, token).err()?;
    refusal.source().and_then(|source| source.downcast_ref()).cloned()
}

fn authenticate(validator: &Validator, token: &str) -> Result<Access, Refusal> {
    let field = format!("Bearer {token}");
    validator.authenticate([field.as_bytes()]).now_or_later().unwrap()
}

fn validator(keys: KeySet) -> Validator {
    rules("https://id.example.com").keys(keys).build().unwrap()
}

fn rules(issuer: &str) -> ValidatorBuilder {
    Validator::builder(issuer, "none").dangerously_skip_audience()
}

/// Makes keys of a JWK or a JWK Set: secrets as an operator would give them, all else as it is published.
fn configured(key: &Value) -> Option<KeySet> {
    let keys = key.get("keys").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![key.clone()]);
    if keys.iter().all(|key| key["kty"] != "oct") {
        return KeySet::from_jwks(&json!({ "keys": keys }).to_string()).ok();
    }
    keys.iter().map(secret).reduce(|one, other| one?.merge(other?).ok())?
}

fn secret(key: &Value) -> Option<KeySet> {
    let algorithms = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
    let algorithm = algorithms.into_iter().find(|algorithm| key["alg"] == algorithm.name())?;
    // RFC 7517 §4.2 and §4.3: a secret for another use is not given to a verifier.
    let is_for_verifying = key.get("use").is_none_or(|used| used == "sig")
        && key
            .get("key_ops")
            .is_none_or(|ops| ops.as_array().is_some_and(|ops| ops.contains(&json!("verify"))));
    let bytes = URL_SAFE_NO_PAD.decode(key["k"].as_str()?).ok().filter(|_| is_for_verifying)?;
    let keys = KeySet::from_secret(algorithm, bytes).ok()?;
    match key["kid"].as_str() {
        Some(kid) => keys.with_kid(kid).ok(),
        None => Some(keys),
    }
}

/// Makes keys of the signer's, which the cookbook prints whole: the public half, or the only secret.
fn example_keys(keys: &Value) -> Option<KeySet> {
    let mut keys = keys.as_array().cloned().unwrap_or_else(|| vec![keys.clone()]);
    if keys.len() > 1 {
        keys.retain(|key| key["kty"] != "oct");
    }
    for key in &mut keys {
        for member in ["d", "p", "q", "dp", "dq", "qi"] {
            key.as_object_mut()?.remove(member);
        }
    }
    configured(&json!({ "keys": keys }))
}

fn read(file: &str) -> Option<Value> {
    let folder = std::env::var_os("SCOPA_VECTORS").map(PathBuf::from).or_else(|| {
        let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors"));
        beside.is_dir().then_some(beside)
    });
    let Some(folder) = folder else {
        println!("{file} not judged: set SCOPA_VECTORS to the folder of the vectors");
        return None;
    };
    let text = fs::read_to_string(folder.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    Some(serde_json::from_str(&text).unwrap())
}
