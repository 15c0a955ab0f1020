//! What a token must say to be accepted: RFC 7519 §4.1, RFC 9068 §4, RFC 8725.

use crate::InvalidToken;
use crate::claims::{ClaimPath, Claims, DEEPEST_CLAIMS};
use crate::invalid::quoted;
use crate::json::{Object, Value};
use crate::jws::Jws;
use crate::key::{Algorithm, Algorithms};
use crate::scope::Scopes;

/// More is a mistake or an attempt to keep us busy.
const MOST_SCOPES: usize = 512;

/// The settings of one issuer, checked when the validator was built.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) issuer: String,
    /// Ours, any of them. Empty only after `dangerously_skip_audience`.
    pub(crate) audiences: Vec<String>,
    pub(crate) algorithms: Algorithms,
    pub(crate) leeway: u64,
    pub(crate) max_age: Option<u64>,
    pub(crate) profile: Profile,
    pub(crate) scope_claim: ClaimPath,
    pub(crate) permission_claim: Option<ClaimPath>,
    pub(crate) client_claims: Vec<String>,
}

/// How much of RFC 9068 is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What most issuers send: `typ` absent, `JWT` or `at+jwt`; `iss`, `aud` and `exp`.
    Compatible,
    /// All of RFC 9068 §2: `typ` `at+jwt` and the seven required claims.
    Rfc9068,
}

impl Rules {
    /// Judges the header, before the signature is looked at.
    pub(crate) fn check_header(&self, jws: &Jws<'_>) -> Result<Algorithm, InvalidToken> {
        // RFC 9068 §4, step 1: typ is at+jwt or application/at+jwt. Media types have no case (RFC 2045 §5.1).
        let typ = jws.typ().map(str::to_ascii_lowercase);
        let typ = typ.as_deref().map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
        let is_right = match self.profile {
            Profile::Compatible => matches!(typ, None | Some("jwt" | "at+jwt")),
            Profile::Rfc9068 => typ == Some("at+jwt"),
        };
        if !is_right {
            return Err(InvalidToken::WrongType(quoted(jws.typ().unwrap_or_default())));
        }
        // RFC 8725 §3.1: the header names an algorithm, the list decides.
        let not_allowed = || InvalidToken::AlgorithmNotAllowed(quoted(jws.alg()));
        let algorithm = Algorithm::from_name(jws.alg()).ok_or_else(not_allowed)?;
        if self.algorithms.contains(algorithm) { Ok(algorithm) } else { Err(not_allowed()) }
    }

    /// Judges the claims, once the signature has been verified.
    pub(crate) fn check_claims(&self, jws: &Jws<'_>, now: u64) -> Result<Claims, InvalidToken> {
        let payload = jws.payload()?;
        let object = Object::parse(&payload, DEEPEST_CLAIMS).map_err(InvalidToken::NotAJwt)?;

        // RFC 9068 §4, step 3: iss is the issuer, exactly. RFC 7519 §4.1.1: one string.
        let issuer = required(text(&object, "iss")?, "iss")?;
        if *issuer != self.issuer {
            return Err(InvalidToken::WrongIssuer { found: quoted(&issuer), expected: self.issuer.clone() });
        }
        // RFC 9068 §4, step 4: aud must contain an identifier of ours.
        let audience = audience(&object)?;
        self.check_audience(audience.as_deref())?;
        // RFC 9068 §4, step 6, and RFC 7519 §4.1.4-6: the times.
        let expires_at = required(seconds(&object, "exp")?, "exp")?;
        let issued_at = seconds(&object, "iat")?;
        self.check_times(expires_at, seconds(&object, "nbf")?, issued_at, now)?;

        let subject = text(&object, "sub")?;
        let token_id = text(&object, "jti")?;
        if self.profile == Profile::Rfc9068 {
            // RFC 9068 §2.2: the seven required claims.
            required(subject.as_ref(), "sub")?;
            required(text(&object, "client_id")?, "client_id")?;
            required(issued_at, "iat")?;
            required(token_id.as_ref(), "jti")?;
        }
        refuse_other_kinds(&object, jws.typ())?;
        // RFC 7800 §3.1, RFC 9449 §7.2: a bound token is not a bearer token, and no binding is checked here.
        if object.get("cnf").is_some() {
            return Err(InvalidToken::SenderConstrained);
        }
        let client_id = self.client_claims.iter().find_map(|name| Some((name, object.get(name)?)));
        let client_id = client_id.map(|(name, value)| value.as_str().ok_or_else(|| malformed(name)));
        let scopes = self.scope_claim.names(&object)?;
        if scopes.len() > MOST_SCOPES {
            return Err(InvalidToken::MalformedClaim(self.scope_claim.to_string()));
        }
        let permissions = self.permission_claim.as_ref().map(|claim| claim.names(&object));
        Ok(Claims {
            issuer,
            subject,
            client_id: client_id.transpose()?.map(str::to_owned),
            audience: audience.unwrap_or_default(),
            expires_at,
            issued_at,
            token_id,
            scopes: Scopes::well_formed(scopes.iter().map(String::as_str)),
            permissions: permissions.transpose()?.unwrap_or_default(),
            payload: payload.into(),
        })
    }

    fn check_audience(&self, found: Option<&[String]>) -> Result<(), InvalidToken> {
        if self.audiences.is_empty() {
            return Ok(());
        }
        let found = found.ok_or(InvalidToken::MissingClaim("aud"))?;
        if found.iter().any(|audience| self.audiences.contains(audience)) {
            return Ok(());
        }
        Err(InvalidToken::WrongAudience {
            found: quoted(&found.join(" ")),
            expected: self.audiences.join("` or `"),
        })
    }

    fn check_times(
        &self,
        expires_at: u64,
        not_before: Option<u64>,
        issued_at: Option<u64>,
        now: u64,
    ) -> Result<(), InvalidToken> {
        // RFC 7519 §4.1.4: not on or after.
        if now >= expires_at.saturating_add(self.leeway) {
            return Err(InvalidToken::Expired { expires_at, now });
        }
        // RFC 7519 §4.1.5. An issuer that does not say from when (nbf) means from the time of issue (iat).
        if let Some(valid_from) = not_before.or(issued_at)
            && now.saturating_add(self.leeway) < valid_from
        {
            return Err(InvalidToken::NotYetValid { valid_from, now });
        }
        let Some(max_age) = self.max_age else { return Ok(()) };
        let issued_at = required(issued_at, "iat")?;
        let oldest = issued_at.saturating_add(max_age).saturating_add(self.leeway);
        if now < oldest { Ok(()) } else { Err(InvalidToken::TooOld) }
    }
}

/// Refuses ID tokens, logout tokens, refresh tokens and introspection answers (RFC 8725 §3.11-12).
///
/// A token whose `typ` says that it is an access token is taken at its word.
fn refuse_other_kinds(claims: &Object<'_>, typ: Option<&str>) -> Result<(), InvalidToken> {
    if typ.is_some_and(|typ| typ.to_ascii_lowercase().ends_with("at+jwt")) {
        return Ok(());
    }
    // OpenID Connect Core §2 and §3.3.2.11, Back-Channel Logout §2.4, RFC 9701 §5.
    for name in ["nonce", "at_hash", "c_hash", "events", "token_introspection"] {
        if claims.get(name).is_some() {
            return Err(InvalidToken::NotAnAccessToken(name));
        }
    }
    // Amazon Cognito writes the kind into `token_use`, Keycloak into a claim `typ`.
    let says = |name: &str, kinds: &[&str]| {
        claims
            .get(name)
            .and_then(Value::as_str)
            .is_some_and(|kind| kinds.iter().any(|k| k.eq_ignore_ascii_case(kind)))
    };
    if says("token_use", &["id", "refresh"]) {
        return Err(InvalidToken::NotAnAccessToken("token_use"));
    }
    if says("typ", &["ID", "Refresh", "Offline", "Logout"]) {
        return Err(InvalidToken::NotAnAccessToken("typ"));
    }
    Ok(())
}

fn required<T>(claim: Option<T>, name: &'static str) -> Result<T, InvalidToken> {
    claim.ok_or(InvalidToken::MissingClaim(name))
}

fn malformed(name: &str) -> InvalidToken {
    InvalidToken::MalformedClaim(name.to_owned())
}

/// Reads a claim that must be a string if it is there.
fn text(claims: &Object<'_>, name: &'static str) -> Result<Option<String>, InvalidToken> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    value.as_str().map(|text| Some(text.to_owned())).ok_or_else(|| malformed(name))
}

/// Reads a NumericDate (RFC 7519 §2): a number and nothing else.
fn seconds(claims: &Object<'_>, name: &'static str) -> Result<Option<u64>, InvalidToken> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => number.seconds().map(Some).ok_or_else(|| malformed(name)),
        Some(_) => Err(malformed(name)),
    }
}

/// Reads `aud` (RFC 7519 §4.1.3): one string, or an array of strings only.
fn audience(claims: &Object<'_>) -> Result<Option<Vec<String>>, InvalidToken> {
    let malformed = || malformed("aud");
    match claims.get("aud") {
        None => Ok(None),
        Some(Value::String(one)) => Ok(Some(vec![one.to_string()])),
        Some(Value::Array(items)) => items
            .items()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(malformed))
            .collect::<Result<_, _>>()
            .map(Some),
        Some(_) => Err(malformed()),
    }
}
