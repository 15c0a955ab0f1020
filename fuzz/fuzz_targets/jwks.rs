//! What an issuer publishes, or an operator configures: a JWK Set, or a key in PEM.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scopa::KeySet;

fuzz_target!(|text: &str| {
    for keys in [KeySet::from_jwks(text), KeySet::from_pem(text)].into_iter().flatten() {
        assert!(!keys.is_empty() && keys.len() <= 64);
        let shown = format!("{keys:?}");
        assert!(!shown.is_empty());
    }
    // One entry, without the frame around it.
    if let Ok(keys) = KeySet::from_jwks(&format!(r#"{{"keys":[{text}]}}"#)) {
        assert!(!keys.is_empty());
    }
});
