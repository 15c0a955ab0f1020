use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::Outcome;

/// Reads the claims of a JWT. Nothing is verified.
///
/// # Errors
/// It is no JWT.
pub fn claims(token: &str) -> Outcome<Value> {
    segment(token, 1)
}

/// Reads the header of a JWT. Nothing is verified.
///
/// # Errors
/// It is no JWT.
pub fn header(token: &str) -> Outcome<Value> {
    segment(token, 0)
}

fn segment(token: &str, place: usize) -> Outcome<Value> {
    let segments: Vec<&str> = token.split('.').collect();
    let segment = segments.get(place).filter(|_| segments.len() == 3).ok_or("not three segments: no JWT")?;
    let value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment)?)?;
    // A test asks what is absent, too: of what is no object, everything would be.
    if value.is_object() { Ok(value) } else { Err("no JSON object: no JWT".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_jwt_has_no_claims() -> Outcome {
        let token = format!(
            "{}.{}.c2ln",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#),
            URL_SAFE_NO_PAD.encode(r#"{"sub":"a"}"#)
        );
        assert_eq!((&claims(&token)?["sub"], &header(&token)?["alg"]), (&"a".into(), &"RS256".into()));
        for wrong in ["", "opaque", "a.b", "bnVsbA.bnVsbA.c2ln", &format!("{token}.x")] {
            assert!(claims(wrong).is_err() && header(wrong).is_err(), "{wrong}");
        }
        Ok(())
    }
}
