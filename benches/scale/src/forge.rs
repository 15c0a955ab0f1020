use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use measure::{AUDIENCE, ISSUER, SECRET};

/// Signs tokens with HS256, of any length, so quickly that a million need not be kept.
#[derive(Debug)]
pub(crate) struct Forge {
    key: hmac::Key,
    header: String,
    now: u64,
}

impl Forge {
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"at+jwt","alg":"HS256"}"#);
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, SECRET), header, now }
    }

    /// Signs the token of this number, always the same one, with groups that fill it up to `bytes`.
    pub(crate) fn token(&self, number: usize, scope: &str, bytes: usize) -> String {
        let Self { now, header, .. } = self;
        let exp = now + 86_400;
        let mut claims = format!(
            r#"{{"iss":"{ISSUER}","sub":"user-{number:012}","aud":"{AUDIENCE}","exp":{exp},"iat":{now},"jti":"{number:016}","scope":"{scope}","groups":[""#
        );
        // Header, claims and signature in base64url, two dots between them.
        let room = (bytes - header.len() - SIGNATURE - 2) * 3 / 4 - claims.len() - END.len();
        claims.extend(std::iter::repeat_n(GROUP, room / GROUP.len()));
        claims.extend(std::iter::repeat_n('x', room % GROUP.len()));
        claims.push_str(END);
        let mut token = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
        let signature = hmac::sign(&self.key, token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }
}

/// As Entra ID lists them.
const GROUP: &str = r#"b1946ac9-2492-4d23-b8f4-0123456789ab",""#;
const END: &str = r#""]}"#;
/// The length of the signature.
const SIGNATURE: usize = 43;

#[cfg(test)]
mod tests {
    use scopa::Hierarchy;

    use super::*;
    use crate::ask::{authenticate, request};
    use crate::cache::{Cache, secret, validator};

    #[test]
    fn tokens_are_good_and_as_long_as_they_should_be() {
        let (forge, validator) = (Forge::new(), validator(secret(), Hierarchy::default(), Cache::Off));
        for bytes in [500, 501, 850, 1500, 15_360] {
            let token = forge.token(7, "s1 s2", bytes);
            assert!((bytes - 1..=bytes).contains(&token.len()), "{} of {bytes}", token.len());
            assert_eq!(authenticate(&validator, &request(&token)).token_id(), Some("0000000000000007"));
            assert_eq!(token, forge.token(7, "s1 s2", bytes));
            assert_ne!(token, forge.token(8, "s1 s2", bytes));
        }
    }
}
