use std::fs;
use std::path::Path;

use scopa_axum::Algorithm;
use scopa_testing::TestIssuer;

/// The algorithms that are counted.
pub(crate) const ALGORITHMS: [Algorithm; 4] =
    [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA, Algorithm::HS256];

/// The tokens of an algorithm, each in the form of an `Authorization` field.
///
/// Signed once and kept, because the cost of checking an ES256 signature depends on its random part.
pub(crate) fn fields(algorithm: Algorithm) -> Vec<String> {
    let text = match algorithm {
        Algorithm::RS256 => include_str!("../tokens/RS256.txt"),
        Algorithm::ES256 => include_str!("../tokens/ES256.txt"),
        Algorithm::EdDSA => include_str!("../tokens/EdDSA.txt"),
        _ => include_str!("../tokens/HS256.txt"),
    };
    text.lines().map(|token| format!("Bearer {token}")).collect()
}

/// Signs the tokens that [`fields`] reads, into a folder.
pub(crate) fn sign(folder: &Path) {
    for algorithm in ALGORITHMS {
        let tokens: String = (0..COUNT).map(|number| token(algorithm, number) + "\n").collect();
        let file = folder.join(format!("{algorithm}.txt"));
        fs::write(&file, tokens).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

/// Signs a token with the claims that issuers write: eight, with five scopes; some 500 bytes before the signature.
fn token(algorithm: Algorithm, number: usize) -> String {
    TestIssuer::new()
        .token()
        .algorithm(algorithm)
        .subject(format!("google-oauth2|107532861194{number:014}"))
        .client_id("9f8e7d6c5b4a39281706f5e4d3c2b1a0")
        .claim("jti", format!("8d3b2f0a-6c1e-4b7d-9a5f-3e2c{number:08x}"))
        .scope("crashes:write symbols:read team_7 organization:members:read billing:invoices:download")
        .sign()
}

/// Those that warm up, and those that are counted.
const COUNT: usize = crate::case::WARM_UP + crate::case::FIRST_SIGHTS;
