use std::fmt;

/// Why a token was not accepted: the source of an `invalid_token` refusal, for logs and tests.
///
/// Callers never see it: on the wire every invalid token gets the same bytes (RFC 6750 §3.1), so that nobody can
/// probe the checks. Texts taken from a token are cut to 100 characters and escaped.
///
/// ```
/// use scopa::InvalidToken;
/// assert_eq!(InvalidToken::MissingClaim("exp").code(), "missing_claim");
/// assert_eq!(InvalidToken::MissingClaim("exp").to_string(), "the claim `exp` is missing");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidToken {
    /// Longer than the limit, in bytes; nothing of it was decoded.
    TooLong(usize),
    /// Not the compact form of a signed JWT (RFC 7515 §7.1), or not strict JSON in base64url.
    NotAJwt(&'static str),
    /// An encrypted token (JWE, RFC 7516): five parts, or an `enc` member.
    Encrypted,
    /// `alg` is `none` (RFC 8725 §3.2).
    Unsecured,
    /// `alg` is unknown or not in the validator's list.
    AlgorithmNotAllowed(String),
    /// A header member that changes how the token must be read: `crit`, `b64`, `zip`, or `cty: JWT`.
    HeaderNotAllowed(&'static str),
    /// No key of the set fits the `kid`.
    UnknownKey(String),
    /// The key that `kid` names, or every key of the set, is for another algorithm (RFC 8725 §3.1).
    KeyAlgorithmMismatch,
    /// The signature does not match.
    BadSignature,
    /// `typ` names another kind of JWT (RFC 8725 §3.11), or is not `at+jwt` where RFC 9068 is demanded.
    WrongType(String),
    /// An ID token, a logout token, a refresh token or the like: another kind of JWT by its claims.
    NotAnAccessToken(&'static str),
    /// Bound to a key or certificate (`cnf`, RFC 7800) and sent as a plain bearer token.
    SenderConstrained,
    /// A claim that must be there is not.
    MissingClaim(&'static str),
    /// A claim is there with the wrong JSON type or out of range; named as it is configured.
    MalformedClaim(String),
    /// `iss` is not the issuer, byte for byte.
    WrongIssuer {
        /// What the token says.
        found: String,
        /// What the validator wants.
        expected: String,
    },
    /// None of the token's audiences is ours.
    WrongAudience {
        /// What the token says.
        found: String,
        /// What the validator wants, any of them.
        expected: String,
    },
    /// The clock stands at or past `exp` plus leeway. All in seconds since 1970-01-01T00:00:00Z.
    Expired {
        /// The claim `exp`.
        expires_at: u64,
        /// The clock.
        now: u64,
    },
    /// The clock stands before `nbf` or `iat`, minus leeway. All in seconds since 1970-01-01T00:00:00Z.
    NotYetValid {
        /// The claim `nbf` or `iat`.
        valid_from: u64,
        /// The clock.
        now: u64,
    },
    /// Issued longer ago than [`max_age`](crate::ValidatorBuilder::max_age) allows.
    TooOld,
    /// An [`Access`](crate::Access) that another validator made.
    ForeignAccess,
}

impl InvalidToken {
    /// Returns a stable code for logs and metrics, in lower case with underscores.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong(_) => "too_long",
            Self::NotAJwt(_) => "not_a_jwt",
            Self::Encrypted => "encrypted",
            Self::Unsecured => "unsecured",
            Self::AlgorithmNotAllowed(_) => "algorithm_not_allowed",
            Self::HeaderNotAllowed(_) => "header_not_allowed",
            Self::UnknownKey(_) => "unknown_key",
            Self::KeyAlgorithmMismatch => "key_algorithm_mismatch",
            Self::BadSignature => "bad_signature",
            Self::WrongType(_) => "wrong_type",
            Self::NotAnAccessToken(_) => "not_an_access_token",
            Self::SenderConstrained => "sender_constrained",
            Self::MissingClaim(_) => "missing_claim",
            Self::MalformedClaim(_) => "malformed_claim",
            Self::WrongIssuer { .. } => "wrong_issuer",
            Self::WrongAudience { .. } => "wrong_audience",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::TooOld => "too_old",
            Self::ForeignAccess => "foreign_access",
        }
    }
}

/// Cuts and escapes a text that came with a token, for a log line.
pub(crate) fn quoted(text: &str) -> String {
    text.chars().take(100).flat_map(char::escape_debug).collect()
}

impl fmt::Display for InvalidToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(limit) => write!(f, "the token is longer than {limit} bytes"),
            Self::NotAJwt(what) => write!(f, "not a signed JWT: {what}"),
            Self::Encrypted => f.write_str("the token is encrypted (JWE), which is not supported"),
            Self::Unsecured => f.write_str("the token is not signed (`alg` is `none`)"),
            Self::AlgorithmNotAllowed(alg) => {
                write!(f, "algorithm `{alg}` is not in the list of this validator")
            }
            Self::HeaderNotAllowed(name) => write!(f, "header member `{name}` is not accepted"),
            Self::UnknownKey(kid) => write!(f, "no key in the set has the `kid` `{kid}`"),
            Self::KeyAlgorithmMismatch => {
                f.write_str("the key is for another algorithm than the token names")
            }
            Self::BadSignature => f.write_str("the signature does not match"),
            Self::WrongType(typ) => write!(f, "`typ` is `{typ}`, expected an access token"),
            Self::NotAnAccessToken(claim) => {
                write!(f, "the claim `{claim}` marks another kind of token, expected an access token")
            }
            Self::SenderConstrained => {
                f.write_str("the token is bound to a key (`cnf`) and came as a bearer token")
            }
            Self::MissingClaim(claim) => write!(f, "the claim `{claim}` is missing"),
            Self::MalformedClaim(claim) => write!(f, "the claim `{claim}` has the wrong type or range"),
            Self::WrongIssuer { found, expected } => {
                write!(f, "issuer mismatch: the token says `{found}`, expected `{expected}`")
            }
            Self::WrongAudience { found, expected } => {
                write!(f, "audience mismatch: the token says `{found}`, expected `{expected}`")
            }
            Self::Expired { expires_at, now } => write!(f, "expired at {expires_at}, it is {now}"),
            Self::NotYetValid { valid_from, now } => write!(f, "not valid before {valid_from}, it is {now}"),
            Self::TooOld => f.write_str("the token was issued longer ago than `max_age` allows"),
            Self::ForeignAccess => f.write_str("the access was granted by another validator"),
        }
    }
}

impl std::error::Error for InvalidToken {}
