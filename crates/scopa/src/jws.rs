use std::sync::Arc;

use memchr::memchr_iter;

use crate::InvalidToken;
use crate::base64url::{Decoded, decode};
use crate::json::Object;
use crate::memo::{Memo, Noted};

/// A token in the compact form (RFC 7515 §7.1), its header read and its signature not yet verified.
///
/// Nothing here has been proven: header members choose the key to try, and that is all they may do.
pub(crate) struct Jws<'t> {
    header: Arc<Noted<Header>>,
    /// Not yet among those that are remembered.
    is_header_new: bool,
    token: &'t str,
    /// Where the two dots are.
    dots: (usize, usize),
    signature: Decoded<SHORT_SIGNATURE>,
}

/// Headers of tokens that were proven, by their encoded form: a service sees a handful of them.
pub(crate) type Headers = Memo<Header>;

impl<'t> Jws<'t> {
    /// Takes a token apart, up to the signature.
    ///
    /// # Errors
    /// `NotAJwt`, `Encrypted`, `Unsecured` or `HeaderNotAllowed`.
    pub(crate) fn parse(token: &'t str) -> Result<Self, InvalidToken> {
        Self::read(token, None)
    }

    /// Takes a token apart, and reads its header only if it is not among those that are known.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub(crate) fn parse_knowing(token: &'t str, known: &Headers) -> Result<Self, InvalidToken> {
        Self::read(token, Some(known))
    }

    fn read(token: &'t str, known: Option<&Headers>) -> Result<Self, InvalidToken> {
        let mut dots = memchr_iter(b'.', token.as_bytes());
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            // RFC 7516 §9: three parts are a JWS, five are a JWE.
            let is_jwe = token.split('.').take(6).count() == 5;
            return Err(if is_jwe { InvalidToken::Encrypted } else { NOT_THREE_PARTS });
        };
        let part = |from: usize, to: usize| token.get(from..to).unwrap_or_default();
        let encoded_header = part(0, first);
        let kept = known.and_then(|known| known.find(encoded_header, ""));
        let is_header_new = kept.is_none();
        let header = match kept {
            Some(header) => header,
            None => {
                let text = decode(encoded_header).ok_or(InvalidToken::NotAJwt("header is not base64url"))?;
                Noted::of(Header::parse(&text)?)
            }
        };
        let mut signature = Decoded::empty();
        if signature.read(part(second + 1, token.len())).is_none() {
            return Err(InvalidToken::NotAJwt("signature is not base64url"));
        }
        Ok(Self { header, is_header_new, token, dots: (first, second), signature })
    }

    /// Has the header remembered. For use once the signature has been verified: a stranger's is not worth a place.
    pub(crate) fn note_header(&self, known: &Headers) {
        if self.is_header_new {
            known.keep(self.part(0, self.dots.0), "", self.header.value.clone());
        }
    }

    /// Returns `alg` as it is written; never `none`.
    pub(crate) fn alg(&self) -> &str {
        &self.header.value.alg
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.header.value.kid.as_deref()
    }

    /// Returns `typ` as it is written.
    pub(crate) fn typ(&self) -> Option<&str> {
        self.header.value.typ.as_deref()
    }

    /// Returns the media type that `typ` stands for: in lower case, as media types have none (RFC 2045 §5.1), and without
    /// `application/` (RFC 7515 §4.1.9).
    pub(crate) fn media_type(&self) -> Option<&str> {
        self.header.value.media_type.as_deref()
    }

    /// Returns the bytes that are signed: both parts before the signature and the dot between them.
    pub(crate) fn signing_input(&self) -> &'t [u8] {
        self.part(0, self.dots.1).as_bytes()
    }

    /// Returns the signature, empty if the token ends with its second dot.
    pub(crate) fn signature(&self) -> &[u8] {
        self.signature.bytes()
    }

    /// Reads who says to have issued the token. Proven by nothing: good for choosing whose keys to try, and no more.
    ///
    /// # Errors
    /// `NotAJwt` if the payload is not a strict JSON object, `MissingClaim` or `MalformedClaim` if `iss` is no text.
    pub(crate) fn unproven_issuer(&self) -> Result<String, InvalidToken> {
        let mut space = Payload::empty();
        let claims =
            Object::parse(self.payload(&mut space)?, DEEPEST_CLAIMS).map_err(InvalidToken::NotAJwt)?;
        let issuer = claims.get("iss").ok_or(InvalidToken::MissingClaim("iss"))?;
        issuer.as_str().map(str::to_owned).ok_or_else(|| InvalidToken::MalformedClaim("iss".into()))
    }

    /// Decodes the payload, which may be empty; for use once the signature has been verified.
    ///
    /// # Errors
    /// `NotAJwt` if it is not canonical base64url.
    pub(crate) fn payload<'s>(&self, space: &'s mut Payload) -> Result<&'s [u8], InvalidToken> {
        space.read(self.encoded_payload()).ok_or(InvalidToken::NotAJwt("payload is not base64url"))
    }

    /// Returns the whole token.
    pub(crate) fn token(&self) -> &'t str {
        self.token
    }

    /// Tells where in the token the payload is.
    pub(crate) fn payload_place(&self) -> (usize, usize) {
        (self.dots.0 + 1, self.dots.1)
    }

    /// Returns the payload as it is in the token.
    pub(crate) fn encoded_payload(&self) -> &'t str {
        self.part(self.dots.0 + 1, self.dots.1)
    }

    fn part(&self, from: usize, to: usize) -> &'t str {
        self.token.get(from..to).unwrap_or_default()
    }
}

/// Room for a payload.
pub(crate) type Payload = Decoded<SHORT_PAYLOAD>;

/// The header members that matter.
///
/// `jku`, `jwk`, `x5u` and `x5c` are never read: a token does not bring its own key (RFC 8725 §3.10).
#[derive(Clone)]
pub(crate) struct Header {
    alg: Box<str>,
    kid: Option<Box<str>>,
    typ: Option<Box<str>>,
    media_type: Option<Box<str>>,
}

impl Header {
    fn parse(bytes: &[u8]) -> Result<Self, InvalidToken> {
        let header = Object::parse(bytes, MAX_HEADER_DEPTH).map_err(InvalidToken::NotAJwt)?;

        // RFC 7515 §4.1.1: alg must be present.
        let alg = text(&header, "alg", "header: `alg` is not a string")?
            .ok_or(InvalidToken::NotAJwt("header: `alg` is missing"))?;
        // RFC 8725 §3.2. No such name is registered in another case, and nobody means anything else by it.
        if alg.eq_ignore_ascii_case("none") {
            return Err(InvalidToken::Unsecured);
        }
        // RFC 7515 §4.1.11: an extension that is not understood makes the token invalid; none is understood.
        // `b64` (RFC 7797) and `zip` (RFC 7516 §4.1.3) would change what the payload is.
        if let Some(name) = ["crit", "b64", "zip"].into_iter().find(|name| header.get(name).is_some()) {
            return Err(InvalidToken::HeaderNotAllowed(name));
        }
        // RFC 7516 §9: only a JWE has `enc`.
        if header.get("enc").is_some() {
            return Err(InvalidToken::Encrypted);
        }
        // RFC 7519 §5.2: the payload would be another JWT, not claims.
        if text(&header, "cty", "header: `cty` is not a string")?.is_some_and(is_jwt) {
            return Err(InvalidToken::HeaderNotAllowed("cty"));
        }
        let kid = text(&header, "kid", "header: `kid` is not a string")?;
        let typ = text(&header, "typ", "header: `typ` is not a string")?;
        let media_type = typ.map(|typ| {
            let lower = typ.to_ascii_lowercase();
            lower.strip_prefix("application/").unwrap_or(&lower).into()
        });
        Ok(Self { alg: alg.into(), kid: kid.map(Box::from), typ: typ.map(Box::from), media_type })
    }
}

/// Returns a member that must be a string if it is there: `null` is not absence.
fn text<'h>(
    header: &'h Object<'_>,
    name: &str,
    otherwise: &'static str,
) -> Result<Option<&'h str>, InvalidToken> {
    let Some(value) = header.get(name) else {
        return Ok(None);
    };
    value.as_str().map(Some).ok_or(InvalidToken::NotAJwt(otherwise))
}

/// Tells whether a `cty` is `JWT`, with or without `application/` (RFC 7515 §4.1.10).
fn is_jwt(cty: &str) -> bool {
    cty.eq_ignore_ascii_case("JWT") || cty.eq_ignore_ascii_case("application/jwt")
}

const NOT_THREE_PARTS: InvalidToken = InvalidToken::NotAJwt("not three parts separated by dots");

/// How deep claims may be nested.
pub(crate) const DEEPEST_CLAIMS: usize = 32;

/// Deep enough for every registered member, `jwk` included.
const MAX_HEADER_DEPTH: usize = 16;

/// Bytes: a signature by RSA with 2048 bits. Longer ones cost an allocation beside a far longer check.
const SHORT_SIGNATURE: usize = 256 + 2;

/// Bytes: most tokens are shorter.
const SHORT_PAYLOAD: usize = 1536;

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::json::tests::Mutations;

    fn payload(jws: &Jws<'_>) -> Result<Vec<u8>, InvalidToken> {
        jws.payload(&mut Payload::empty()).map(<[u8]>::to_vec)
    }

    #[test]
    fn the_example_of_rfc_7515_a_1_is_taken_apart() {
        let token = format!("{A1_HEADER}.{A1_PAYLOAD}.{A1_SIGNATURE}");
        let jws = Jws::parse(&token).unwrap();
        assert_eq!((jws.alg(), jws.kid(), jws.typ()), ("HS256", None, Some("JWT")));
        assert_eq!(jws.signing_input(), format!("{A1_HEADER}.{A1_PAYLOAD}").as_bytes());
        assert_eq!(jws.signature().len(), 32);
        assert_eq!(jws.signature()[..3], [116, 24, 223]);
        assert_eq!(
            payload(&jws).unwrap(),
            b"{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
        );
    }

    #[test]
    fn a_signed_jwt_has_three_parts() {
        let thousands = ".".repeat(5000);
        let many_parts = "a.".repeat(5000);
        for (token, expected) in [
            ("", NOT_THREE_PARTS),
            (".", NOT_THREE_PARTS),
            ("...", NOT_THREE_PARTS),
            ("....", InvalidToken::Encrypted),
            (".....", NOT_THREE_PARTS),
            (&thousands, NOT_THREE_PARTS),
            (&many_parts, NOT_THREE_PARTS),
            ("opaque-token", NOT_THREE_PARTS),
            ("eyJhbGciOiJIUzI1NiJ9", NOT_THREE_PARTS),
            ("eyJhbGciOiJIUzI1NiJ9.e30", NOT_THREE_PARTS),
            ("eyJhbGciOiJIUzI1NiJ9.e30.AA.AA", NOT_THREE_PARTS),
            ("eyJhbGciOiJIUzI1NiJ9.e30.AA.AA.AA", InvalidToken::Encrypted),
            ("eyJhbGciOiJIUzI1NiJ9.e30.AA.AA.AA.AA", NOT_THREE_PARTS),
            // Empty parts: an empty header is no JSON.
            ("..", InvalidToken::NotAJwt("not a JSON object")),
        ] {
            assert_eq!(Jws::parse(token).err(), Some(expected), "{token:.40}");
        }
    }

    #[test]
    fn every_part_is_canonical_base64url() {
        let header = encode(br#"{"alg":"RS256"}"#);
        assert!(payload(&Jws::parse(&format!("{header}.AA.AA")).unwrap()).is_ok());
        // Padded, of another alphabet, with stray bits, of an impossible length, with white space, not ASCII.
        for bad in [
            "AA==", "AA=", "=", "A+A_", "A/A-", "AB", "AAB", "A", "AAAAA", " AA", "AA\n", "A A", "éé",
            "AA%3d",
        ] {
            for (token, expected) in [
                (format!("{bad}.AA.AA"), "header is not base64url"),
                (format!("{header}{bad}.AA.AA"), "header is not base64url"),
                (format!("{header}.AA.{bad}"), "signature is not base64url"),
                (format!("{header}.{bad}.{bad}"), "signature is not base64url"),
            ] {
                assert_eq!(Jws::parse(&token).err(), Some(InvalidToken::NotAJwt(expected)), "{token}");
            }
            let token = format!("{header}.{bad}.AA");
            let found = payload(&Jws::parse(&token).unwrap());
            assert_eq!(found, Err(InvalidToken::NotAJwt("payload is not base64url")), "{token}");
        }
    }

    #[test]
    fn payload_and_signature_may_be_empty() {
        let token = format!("{}..", encode(br#"{"alg":"RS256"}"#));
        let jws = Jws::parse(&token).unwrap();
        assert_eq!((payload(&jws).unwrap(), jws.signature()), (vec![], &[][..]));
        assert_eq!(jws.signing_input(), &token.as_bytes()[..token.len() - 1]);
    }

    #[test]
    fn a_header_is_strict_json_with_an_alg() {
        let deep = |depth: usize| {
            format!(r#"{{"alg":"RS256","x":{}{}}}"#, "[".repeat(depth - 1), "]".repeat(depth - 1))
        };
        for (header, expected) in [
            ("", "not a JSON object"),
            ("null", "not a JSON object"),
            (r#"["RS256"]"#, "not a JSON object"),
            ("\u{feff}{\"alg\":\"RS256\"}", "not a JSON object"),
            (r#"{"alg":"RS256"}{}"#, "text after the JSON object"),
            (r#"{"alg":"RS256",}"#, "expected a string"),
            (r#"{"alg":"RS256","alg":"RS256"}"#, "duplicate member"),
            (r#"{"alg":"RS256","\u0061lg":"none"}"#, "duplicate member"),
            (r#"{"alg":"RS256","x":[{"y":1,"y":1}]}"#, "duplicate member"),
            (&deep(17), "nested too deeply"),
            ("{}", "header: `alg` is missing"),
            (r#"{"Alg":"RS256","typ":7}"#, "header: `alg` is missing"),
            (r#"{"alg":null}"#, "header: `alg` is not a string"),
            (r#"{"alg":["none"],"crit":[]}"#, "header: `alg` is not a string"),
            (r#"{"alg":256}"#, "header: `alg` is not a string"),
            (r#"{"alg":"RS256","kid":7}"#, "header: `kid` is not a string"),
            (r#"{"alg":"RS256","kid":null}"#, "header: `kid` is not a string"),
            (r#"{"alg":"RS256","typ":null}"#, "header: `typ` is not a string"),
            (r#"{"alg":"RS256","typ":["at+jwt"]}"#, "header: `typ` is not a string"),
            (r#"{"alg":"RS256","cty":null}"#, "header: `cty` is not a string"),
            (r#"{"alg":"RS256","cty":["JWT"]}"#, "header: `cty` is not a string"),
        ] {
            assert_eq!(parse(header).err(), Some(InvalidToken::NotAJwt(expected)), "{header}");
        }
        assert_eq!(parse(&deep(16)), Ok(("RS256".to_owned(), None, None)));
        let latin1 = encode(b"{\"alg\":\"RS256\",\"x\":\"\xe9\"}");
        let found = Jws::parse(&format!("{latin1}.e30.AA")).err();
        assert_eq!(found, Some(InvalidToken::NotAJwt("not UTF-8")));
    }

    #[test]
    fn members_that_change_how_a_token_is_read_are_refused() {
        use InvalidToken::{Encrypted, HeaderNotAllowed, Unsecured};
        for (header, expected) in [
            (r#"{"alg":"none"}"#, Unsecured),
            (r#"{"alg":"None"}"#, Unsecured),
            (r#"{"alg":"NONE"}"#, Unsecured),
            (r#"{"alg":"n\u006fnE","crit":["exp"],"kid":7}"#, Unsecured),
            (r#"{"alg":"RS256","crit":["exp"]}"#, HeaderNotAllowed("crit")),
            (r#"{"alg":"RS256","crit":[]}"#, HeaderNotAllowed("crit")),
            (r#"{"alg":"RS256","crit":null}"#, HeaderNotAllowed("crit")),
            (r#"{"alg":"RS256","cr\u0069t":1}"#, HeaderNotAllowed("crit")),
            (r#"{"alg":"RS256","crit":["b64"],"b64":false}"#, HeaderNotAllowed("crit")),
            (r#"{"alg":"RS256","b64":false}"#, HeaderNotAllowed("b64")),
            (r#"{"alg":"RS256","b64":true}"#, HeaderNotAllowed("b64")),
            (r#"{"alg":"RS256","zip":"DEF"}"#, HeaderNotAllowed("zip")),
            (r#"{"alg":"RS256","zip":null,"enc":"A128GCM"}"#, HeaderNotAllowed("zip")),
            (r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#, Encrypted),
            (r#"{"alg":"dir","enc":null,"cty":"JWT"}"#, Encrypted),
            (r#"{"alg":"RS256","cty":"JWT"}"#, HeaderNotAllowed("cty")),
            (r#"{"alg":"RS256","cty":"jwt","kid":7}"#, HeaderNotAllowed("cty")),
            (r#"{"alg":"RS256","cty":"application/JWT"}"#, HeaderNotAllowed("cty")),
            (r#"{"alg":"RS256","cty":"Application/jwt"}"#, HeaderNotAllowed("cty")),
        ] {
            assert_eq!(parse(header), Err(expected), "{header}");
        }
        // The example of RFC 7519 §6.1, which comes without a signature.
        let token = format!("eyJhbGciOiJub25lIn0.{A1_PAYLOAD}.");
        assert_eq!(Jws::parse(&token).err(), Some(Unsecured));
    }

    #[test]
    fn a_header_yields_alg_kid_and_typ_and_nothing_else() {
        for (header, alg, kid, typ) in [
            (r#"{"alg":"RS256"}"#, "RS256", None, None),
            (r#"{"alg":"","kid":"","typ":""}"#, "", Some(""), Some("")),
            (r#"{"typ":"at+jwt","kid":"a\/\u00e9","alg":"ES256"}"#, "ES256", Some("a/é"), Some("at+jwt")),
            (r#"{"alg":"none ","Crit":["x"],"ENC":"x"}"#, "none ", None, None),
            (r#"{"alg":"RS256","cty":"json"}"#, "RS256", None, None),
            (r#"{"alg":"RS256","cty":"application/jwt+x"}"#, "RS256", None, None),
            (
                r#"{"alg":"RS256","jku":7,"jwk":{"kty":"oct","k":"AA"},"x5u":"","x5c":null}"#,
                "RS256",
                None,
                None,
            ),
        ] {
            let expected = (alg.to_owned(), kid.map(str::to_owned), typ.map(str::to_owned));
            assert_eq!(parse(header), Ok(expected), "{header}");
        }
    }

    #[test]
    fn mutated_tokens_and_headers_never_panic_and_have_one_spelling() {
        let valid = r#"{"alg":"RS256","kid":"\u0061b","typ":"at+jwt","x":[1,{"y":null}]}"#;
        let token = format!("{}.e30.AAAA", encode(valid.as_bytes()));
        let mut mutations = Mutations::new();
        let mut accepted = 0;
        for _ in 0..50_000 {
            let of_header = mutations.of(valid.as_bytes());
            let of_token = mutations.of(token.as_bytes());
            for token in
                [format!("{}.e30.AAAA", encode(&of_header)), String::from_utf8_lossy(&of_token).into()]
            {
                let Ok(jws) = Jws::parse(&token) else { continue };
                accepted += 1;
                assert!(!jws.alg().eq_ignore_ascii_case("none"));
                assert_eq!(token.matches('.').count(), 2);
                assert!(token.ends_with(&format!(".{}", encode(jws.signature()))));
                if let Ok(payload) = payload(&jws) {
                    assert!(jws.signing_input().ends_with(format!(".{}", encode(&payload)).as_bytes()));
                }
            }
        }
        assert!(accepted > 5_000, "only {accepted} mutations were still tokens");
    }

    type Members = (String, Option<String>, Option<String>);

    fn parse(header: &str) -> Result<Members, InvalidToken> {
        let token = format!("{}.e30.AA", encode(header.as_bytes()));
        let jws = Jws::parse(&token)?;
        Ok((jws.alg().to_owned(), jws.kid().map(str::to_owned), jws.typ().map(str::to_owned)))
    }

    fn encode(bytes: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    const A1_HEADER: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9";
    const A1_PAYLOAD: &str =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    const A1_SIGNATURE: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
}
