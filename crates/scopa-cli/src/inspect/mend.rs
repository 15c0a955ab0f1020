//! A copy of a token in which a fault is mended, so that the next one shows.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopa::{Algorithm, ConfigError, InvalidToken, KeySet};
use serde_json::Value;

use super::decoded::Decoded;
use super::judge::Expected;

/// Takes a fault away; `false` for one that nothing can be put in the place of.
pub(crate) fn mend(copy: &mut Decoded, fault: &InvalidToken, expected: &Expected) -> bool {
    let Decoded { header, claims } = copy;
    match fault {
        // The copy is signed anew.
        InvalidToken::BadSignature
        | InvalidToken::UnknownKey(_)
        | InvalidToken::KeyAlgorithmMismatch
        | InvalidToken::AlgorithmNotAllowed(_)
        | InvalidToken::Unsecured => {}
        InvalidToken::HeaderNotAllowed(name) => header.remove(name),
        // Not `at+jwt` unless it is demanded: with that, marks of other kinds of tokens are not looked for.
        InvalidToken::WrongType(_) if expected.profile_is_strict => header.set("typ", Value::from("at+jwt")),
        InvalidToken::WrongType(_) => header.remove("typ"),
        InvalidToken::NotAnAccessToken(name) => claims.remove(name),
        InvalidToken::SenderConstrained => claims.remove("cnf"),
        InvalidToken::WrongIssuer { .. } => claims.set("iss", expected.good("iss")),
        InvalidToken::WrongAudience { .. } => claims.set("aud", expected.good("aud")),
        InvalidToken::Expired { .. } => claims.set("exp", expected.good("exp")),
        InvalidToken::NotYetValid { .. } => {
            claims.set("nbf", expected.good("nbf"));
            claims.set("iat", expected.good("iat"));
        }
        InvalidToken::MissingClaim(name) => claims.set(name, expected.good(name)),
        InvalidToken::MalformedClaim(name) if expected.demands(name) => claims.set(name, expected.good(name)),
        InvalidToken::MalformedClaim(name) => claims.remove(name),
        _ => return false,
    }
    true
}

/// Signs a copy with a secret that is nobody's: the copy never leaves this process.
pub(crate) fn signed(mut copy: Decoded) -> String {
    copy.header.set("alg", Value::from("HS256"));
    copy.header.remove("kid");
    let input = format!("{}.{}", copy.header.encoded(), copy.claims.encoded());
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Returns what a copy is verified with.
pub(crate) fn keys() -> Result<KeySet, ConfigError> {
    KeySet::from_secret(Algorithm::HS256, SECRET)
}

const SECRET: &[u8; 32] = b"signs copies inside this process";
