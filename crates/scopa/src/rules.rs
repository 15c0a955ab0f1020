//! What a token must say to be accepted: RFC 7519 §4.1, RFC 9068 §4, RFC 8725.

use crate::InvalidToken;
use crate::claims::{ClaimPath, Claims};
use crate::invalid::quoted;
use crate::json::{Object, Value};
use crate::jws::{DEEPEST_CLAIMS, Jws};
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
    /// The clients whose tokens are taken; empty for any.
    pub(crate) clients: Vec<String>,
    /// Claims that must have one of these values.
    pub(crate) required: Vec<(ClaimPath, Vec<String>)>,
}

/// How much of RFC 9068 is demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What most issuers send: `typ` absent, `JWT` or `at+jwt`; `iss`, `aud` and `exp`.
    Compatible,
    /// All of RFC 9068 §2: `typ` `at+jwt` and the seven required claims.
    Rfc9068,
    /// ID tokens (OpenID Connect Core §2), for issuers whose access tokens nobody else can read.
    IdToken,
}

/// What a set of claims came in.
#[derive(Clone, Copy)]
pub(crate) enum Form<'f> {
    /// A signed token, with its `typ`.
    Jwt { typ: Option<&'f str> },
    /// The answer of an introspection endpoint (RFC 7662 §2.2).
    Answer { scope_claim: &'f ClaimPath, is_audience_optional: bool, lasts_until: u64 },
}

impl Form<'_> {
    fn is_audience_optional(self) -> bool {
        matches!(self, Self::Answer { is_audience_optional: true, .. })
    }
}

impl Rules {
    /// Judges the header, before the signature is looked at.
    pub(crate) fn check_header(&self, jws: &Jws<'_>) -> Result<Algorithm, InvalidToken> {
        // RFC 9068 §4, step 1: typ is at+jwt or application/at+jwt. Media types have no case (RFC 2045 §5.1).
        let typ = jws.typ().map(str::to_ascii_lowercase);
        let typ = typ.as_deref().map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
        let is_right = match self.profile {
            Profile::Compatible | Profile::IdToken => matches!(typ, None | Some("jwt" | "at+jwt")),
            Profile::Rfc9068 => typ == Some("at+jwt"),
        };
        if !is_right {
            return Err(InvalidToken::WrongType(quoted(jws.typ().unwrap_or_default())));
        }
        self.check_algorithm(jws)
    }

    /// RFC 8725 §3.1: the header names an algorithm, the list decides.
    pub(crate) fn check_algorithm(&self, jws: &Jws<'_>) -> Result<Algorithm, InvalidToken> {
        let not_allowed = || InvalidToken::AlgorithmNotAllowed(quoted(jws.alg()));
        let algorithm = Algorithm::from_name(jws.alg()).ok_or_else(not_allowed)?;
        if self.algorithms.contains(algorithm) { Ok(algorithm) } else { Err(not_allowed()) }
    }

    /// Judges the claims of a token whose signature has been verified.
    pub(crate) fn check_claims(&self, jws: &Jws<'_>, now: u64) -> Result<Claims, InvalidToken> {
        self.check(jws.payload()?, Form::Jwt { typ: jws.typ() }, now)
    }

    /// Judges claims that come from the issuer, by a signature or by word of mouth.
    pub(crate) fn check(&self, payload: Vec<u8>, form: Form<'_>, now: u64) -> Result<Claims, InvalidToken> {
        let object = Object::parse(&payload, DEEPEST_CLAIMS).map_err(InvalidToken::NotAJwt)?;

        let issuer = self.check_issuer(&object, form)?;
        // RFC 9068 §4, step 4: aud must contain an identifier of ours.
        let audience = audience(&object)?;
        // Ory Hydra writes an empty list where it knows no audience.
        let names_none = audience.as_ref().is_none_or(Vec::is_empty);
        if !(names_none && form.is_audience_optional()) {
            self.check_audience(audience.as_deref())?;
        }
        // RFC 9068 §4, step 6, and RFC 7519 §4.1.4-6: the times.
        let expires_at = match (seconds(&object, "exp")?, form) {
            (Some(expires_at), _) => expires_at,
            (None, Form::Jwt { .. }) => return Err(InvalidToken::MissingClaim("exp")),
            // RFC 7662 §2.2: optional. Then the answer itself has an end.
            (None, Form::Answer { lasts_until, .. }) => lasts_until,
        };
        let (not_before, issued_at) = (seconds(&object, "nbf")?, seconds(&object, "iat")?);
        self.check_end(expires_at, issued_at, now)?;
        self.check_start(not_before, issued_at, now)?;

        let subject = text(&object, "sub")?;
        let token_id = text(&object, "jti")?;
        if self.profile == Profile::Rfc9068 && matches!(form, Form::Jwt { .. }) {
            // RFC 9068 §2.2: the seven required claims.
            required(subject.as_ref(), "sub")?;
            required(text(&object, "client_id")?, "client_id")?;
            required(issued_at, "iat")?;
            required(token_id.as_ref(), "jti")?;
        }
        self.refuse_other_kinds(&object, form)?;
        // RFC 7800 §3.1, RFC 9449 §7.2: a bound token is not a bearer token, and no binding is checked here.
        if object.get("cnf").is_some() {
            return Err(InvalidToken::SenderConstrained);
        }
        let client_id = self.check_client(&object, form)?;
        for (claim, values) in &self.required {
            if !claim.names(&object)?.iter().any(|found| values.contains(found)) {
                return Err(InvalidToken::WrongClaim(claim.to_string()));
            }
        }
        let scope_claim = match form {
            Form::Jwt { .. } => &self.scope_claim,
            Form::Answer { scope_claim, .. } => scope_claim,
        };
        let scopes = scope_claim.names(&object)?;
        if scopes.len() > MOST_SCOPES {
            return Err(InvalidToken::MalformedClaim(scope_claim.to_string()));
        }
        let permissions = self.permission_claim.as_ref().map(|claim| claim.names(&object));
        Ok(Claims {
            issuer,
            subject,
            client_id,
            audience: audience.unwrap_or_default(),
            expires_at,
            issued_at,
            token_id,
            scopes: Scopes::well_formed(scopes.iter().map(String::as_str)),
            permissions: permissions.transpose()?.unwrap_or_default(),
            payload: payload.into(),
        })
    }

    /// RFC 9068 §4, step 3: iss is the issuer, exactly. RFC 7519 §4.1.1: one string.
    fn check_issuer(&self, claims: &Object<'_>, form: Form<'_>) -> Result<String, InvalidToken> {
        match (text(claims, "iss")?, form) {
            (Some(issuer), _) if issuer == self.issuer => Ok(issuer),
            (Some(issuer), _) => {
                Err(InvalidToken::WrongIssuer { found: quoted(&issuer), expected: self.issuer.clone() })
            }
            (None, Form::Jwt { .. }) => Err(InvalidToken::MissingClaim("iss")),
            // RFC 7662 §2.2: optional; the endpoint is the issuer's.
            (None, Form::Answer { .. }) => Ok(self.issuer.clone()),
        }
    }

    /// Reads the client from the first claim that is there, and judges it.
    fn check_client(&self, claims: &Object<'_>, form: Form<'_>) -> Result<Option<String>, InvalidToken> {
        // RFC 7662 §2.2: an answer has a member for it, however the issuer's tokens call theirs.
        let of_answers = matches!(form, Form::Answer { .. }).then_some("client_id");
        let mut names = of_answers.into_iter().chain(self.client_claims.iter().map(String::as_str));
        let found = names.find_map(|name| Some((name, claims.get(name)?)));
        let client = match found {
            Some((name, value)) => Some(value.as_str().ok_or_else(|| malformed(name))?),
            None => None,
        };
        if self.clients.is_empty() || client.is_some_and(|client| self.clients.iter().any(|c| c == client)) {
            return Ok(client.map(str::to_owned));
        }
        Err(InvalidToken::WrongClient(client.map(quoted).unwrap_or_default()))
    }

    /// Judges a token again whose claims are known: since then it may have come to its end.
    pub(crate) fn check_again(&self, claims: &Claims, now: u64) -> Result<(), InvalidToken> {
        self.check_end(claims.expires_at, claims.issued_at, now)
    }

    /// Refuses ID tokens, logout tokens, refresh tokens and introspection answers (RFC 8725 §3.11-12).
    ///
    /// A token whose `typ` says that it is an access token is taken at its word.
    fn refuse_other_kinds(&self, claims: &Object<'_>, form: Form<'_>) -> Result<(), InvalidToken> {
        let says = |name: &str, kinds: &[&str]| {
            let value = claims.get(name).and_then(Value::as_str);
            value.is_some_and(|value| kinds.iter().any(|kind| kind.eq_ignore_ascii_case(value)))
        };
        match form {
            Form::Jwt { typ: Some(typ) } if typ.to_ascii_lowercase().ends_with("at+jwt") => return Ok(()),
            Form::Jwt { .. } => {}
            Form::Answer { .. } => {
                // RFC 9449 §6.2: bound to a key, whether or not the answer shows which.
                if says("token_type", &["DPoP"]) {
                    return Err(InvalidToken::SenderConstrained);
                }
                // RFC 7662 §2.2. Some servers tell the kind here.
                let is_named = claims.get("token_type").is_some_and(|value| !matches!(value, Value::Null));
                if is_named && !says("token_type", &["Bearer", "access_token"]) {
                    return Err(InvalidToken::NotAnAccessToken("token_type"));
                }
            }
        }
        // OpenID Connect Core §2 and §3.3.2.11, Back-Channel Logout §2.4, RFC 9701 §5.
        let of_id_tokens =
            if self.profile == Profile::IdToken { &[][..] } else { &["nonce", "at_hash", "c_hash"] };
        for name in of_id_tokens.iter().chain(&["events", "token_introspection"]) {
            if claims.get(name).is_some() {
                return Err(InvalidToken::NotAnAccessToken(name));
            }
        }
        // Amazon Cognito and Ory Hydra write the kind into `token_use`, Keycloak into a claim `typ`.
        if says("token_use", &["id", "refresh", "id_token", "refresh_token"]) {
            return Err(InvalidToken::NotAnAccessToken("token_use"));
        }
        if says("typ", &["ID", "Refresh", "Offline", "Logout"]) {
            return Err(InvalidToken::NotAnAccessToken("typ"));
        }
        Ok(())
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

    fn check_end(&self, expires_at: u64, issued_at: Option<u64>, now: u64) -> Result<(), InvalidToken> {
        // RFC 7519 §4.1.4: not on or after.
        if now >= expires_at.saturating_add(self.leeway) {
            return Err(InvalidToken::Expired { expires_at, now });
        }
        let Some(max_age) = self.max_age else { return Ok(()) };
        let issued_at = required(issued_at, "iat")?;
        let oldest = issued_at.saturating_add(max_age).saturating_add(self.leeway);
        if now < oldest { Ok(()) } else { Err(InvalidToken::TooOld) }
    }

    /// RFC 7519 §4.1.5. An issuer that does not say from when (nbf) means from the time of issue (iat).
    fn check_start(
        &self,
        not_before: Option<u64>,
        issued_at: Option<u64>,
        now: u64,
    ) -> Result<(), InvalidToken> {
        match not_before.or(issued_at) {
            Some(valid_from) if now.saturating_add(self.leeway) < valid_from => {
                Err(InvalidToken::NotYetValid { valid_from, now })
            }
            _ => Ok(()),
        }
    }
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
