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
    /// The token is of a client that is not in the list of
    /// [`clients`](crate::ValidatorBuilder::clients), or of none.
    WrongClient(String),
    /// A claim that must have a certain value
    /// ([`require_claim`](crate::ValidatorBuilder::require_claim)) has another one, or is not there.
    WrongClaim(String),
    /// The introspection endpoint does not call the token active (RFC 7662 §2.2).
    Inactive,
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
    /// Revoked before its end, says the [`Revocation`](crate::Revocation) of the validator.
    Revoked,
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
            Self::WrongClient(_) => "wrong_client",
            Self::WrongClaim(_) => "wrong_claim",
            Self::Inactive => "inactive",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::TooOld => "too_old",
            Self::Revoked => "revoked",
            Self::ForeignAccess => "foreign_access",
        }
    }
}

/// Cuts and escapes a text that came with a token, for a log line.
pub(crate) fn quoted(text: &str) -> String {
    text.chars().take(100).flat_map(char::escape_debug).collect()
}

/// Says how two identifiers differ where the eye passes over it, or where the cause is known.
///
/// `found` may be several, separated by spaces, and `expected` several as they stand in the message.
pub(crate) fn hint(found: &str, expected: &str) -> &'static str {
    let pairs = || found.split(' ').flat_map(|one| expected.split("` or `").map(move |other| (one, other)));
    if pairs()
        .any(|(one, other)| one.strip_suffix('/') == Some(other) || other.strip_suffix('/') == Some(one))
    {
        return "; they differ by the slash at the end";
    }
    if pairs().any(|(one, other)| one.eq_ignore_ascii_case(other)) {
        return "; they differ in letter case";
    }
    // The version of a token is the API's choice in its manifest, whichever endpoint issues it.
    if found.starts_with(ENTRA_V1) && expected.starts_with(ENTRA_V2) {
        return "; it is a v1 token of Entra ID: set `accessTokenAcceptedVersion` to 2, or use `provider::entra_v1`";
    }
    if found.starts_with(ENTRA_V2) && expected.starts_with(ENTRA_V1) {
        return "; it is a v2 token of Entra ID: use `provider::entra`";
    }
    ""
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
                let hint = hint(found, expected);
                write!(f, "issuer mismatch: the token says `{found}`, expected `{expected}`{hint}")
            }
            Self::WrongAudience { found, expected } if found.is_empty() => {
                write!(
                    f,
                    "audience mismatch: the token names none, expected `{expected}`; the client must ask for it"
                )
            }
            Self::WrongAudience { found, expected } => {
                let hint = hint(found, expected);
                write!(f, "audience mismatch: the token says `{found}`, expected `{expected}`{hint}")
            }
            Self::WrongClient(client) => {
                write!(f, "the client `{client}` is not in the list of this validator")
            }
            Self::WrongClaim(claim) => {
                write!(f, "the claim `{claim}` has none of the values that are asked for")
            }
            Self::Inactive => f.write_str("the issuer says that the token is not active"),
            Self::Expired { expires_at, now } => write!(f, "expired at {expires_at}, it is {now}"),
            Self::NotYetValid { valid_from, now } => write!(f, "not valid before {valid_from}, it is {now}"),
            Self::TooOld => f.write_str("the token was issued longer ago than `max_age` allows"),
            Self::Revoked => f.write_str("the token was revoked"),
            Self::ForeignAccess => f.write_str("the access was granted by another validator"),
        }
    }
}

impl std::error::Error for InvalidToken {}

const ENTRA_V1: &str = "https://sts.windows.net/";
const ENTRA_V2: &str = "https://login.microsoftonline.com/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_says_how_two_identifiers_differ_where_the_eye_passes_over_it() {
        let slash = "; they differ by the slash at the end";
        let case = "; they differ in letter case";
        for (found, expected, text) in [
            ("https://acme.eu.auth0.com", "https://acme.eu.auth0.com/", slash),
            ("https://id.example.com/", "https://id.example.com", slash),
            ("https://id.example.com/", "https://a.example.com` or `https://id.example.com", slash),
            ("https://id.example.com/Realms/a", "https://id.example.com/realms/a", case),
            ("https://id.example.com", "https://other.example.com", ""),
            ("https://id.example.com//", "https://id.example.com", ""),
            ("/", "https://id.example.com", ""),
            ("", "https://id.example.com", ""),
            (
                "https://sts.windows.net/1/",
                "https://login.microsoftonline.com/1/v2.0",
                "v1 token of Entra ID",
            ),
            (
                "https://login.microsoftonline.com/1/v2.0",
                "https://sts.windows.net/1/",
                "v2 token of Entra ID",
            ),
        ] {
            let wrong = InvalidToken::WrongIssuer { found: found.into(), expected: expected.into() };
            let told = wrong.to_string();
            let whole = format!("issuer mismatch: the token says `{found}`, expected `{expected}`");
            let hint = told.strip_prefix(&whole).unwrap();
            assert!(hint.contains(text) && hint.is_empty() == text.is_empty(), "{told}");
        }
    }

    #[test]
    fn of_several_audiences_the_one_that_is_nearly_right_counts() {
        let wrong = InvalidToken::WrongAudience {
            found: "https://id.example.com/userinfo https://api.example.com/".into(),
            expected: "crash-api` or `https://api.example.com".into(),
        };
        assert!(wrong.to_string().ends_with("`; they differ by the slash at the end"), "{wrong}");
    }

    #[test]
    fn a_token_for_nobody_is_a_client_that_asked_for_nothing() {
        let wrong = InvalidToken::WrongAudience { found: String::new(), expected: "crash-api".into() };
        assert_eq!(
            wrong.to_string(),
            "audience mismatch: the token names none, expected `crash-api`; the client must ask for it"
        );
    }
}
