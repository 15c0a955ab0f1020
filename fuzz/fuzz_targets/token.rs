//! What a caller sends: any field, any header and payload, and claims that are signed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use scopa::{Algorithm, KeySet, Validator};
use scopa_testing::TestIssuer;

static ISSUER: LazyLock<TestIssuer> = LazyLock::new(TestIssuer::new);
static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let keys = KeySet::from_secret(Algorithm::HS256, TestIssuer::secret()).expect("64 bytes");
    ISSUER.validator().keys(keys).build().expect("all is set")
});

fuzz_target!(|data: &[u8]| {
    let authenticate =
        |field: &[u8]| VALIDATOR.authenticate([field]).now_or_later().expect("the keys are at hand");

    // The secret is known to nobody who writes a corpus by chance.
    assert!(authenticate(data).is_err());
    assert!(authenticate(&[b"Bearer ", data].concat()).is_err());

    let Ok(text) = std::str::from_utf8(data) else { return };
    let token = || ISSUER.token().algorithm(Algorithm::HS256);
    // As a header over good claims, and as claims under a good header, both signed.
    if authenticate(token().raw_header(text).bearer().as_bytes()).is_ok() {
        assert!(text.contains("HS256") || text.contains('\\'));
    }
    if let Ok(access) = authenticate(token().raw_claims(text).bearer().as_bytes()) {
        assert_eq!(access.issuer(), ISSUER.issuer());
        assert!(access.audience().any(|audience| audience == ISSUER.audience()));
        assert!(access.scopes().iter().all(|scope| !scope.contains([' ', '"', '\\'])));
    }
});
