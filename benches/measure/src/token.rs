use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What is wrong with a token that nobody may accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Signed with a key of the same kind that is not the issuer's, under the `kid` of the issuer's.
    Forged,
    /// Expired an hour ago.
    Expired,
    /// For another API.
    WrongAudience,
    /// From another issuer.
    WrongIssuer,
    /// Good, but without the scope that is asked for.
    NoScope,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Forged, Self::Expired, Self::WrongAudience, Self::WrongIssuer, Self::NoScope];

    /// Returns how the report calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forged => "a forged token",
            Self::Expired => "an expired token",
            Self::WrongAudience => "a token for another audience",
            Self::WrongIssuer => "a token of another issuer",
            Self::NoScope => "a token without the scope",
        }
    }
}

/// A token taken apart, for raw verification: what was signed, and the signature in bytes.
#[derive(Debug, Clone)]
pub struct TokenParts {
    /// Header, dot and payload, as they stand in the token.
    pub signed: String,
    /// The decoded signature.
    pub signature: Vec<u8>,
}

impl TokenParts {
    /// Takes a compact JWS apart.
    ///
    /// # Panics
    /// When it is none: tokens are our own.
    pub fn of(token: &str) -> Self {
        let (signed, signature) = token.rsplit_once('.').expect("a token has dots");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("a signature is base64url");
        Self { signed: signed.to_owned(), signature }
    }
}
