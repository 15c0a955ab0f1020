//! What a token must say to be accepted: RFC 7519 §4.1, RFC 9068 §4, RFC 8725.

use std::sync::Arc;

use crate::InvalidToken;
use crate::claim_path::ClaimPath;
use crate::claims::{Audience, Claims, Judged, Window};
use crate::invalid::quoted;
use crate::json::{Object, Value};
use crate::jws::Jws;
use crate::key::{Algorithm, Algorithms};
use crate::memo::Noted;
use crate::scope::{Authority, Hierarchy, Scopes};

/// More is a mistake or an attempt to keep us busy.
const MOST_SCOPES: usize = 512;

/// The settings of one issuer, checked when the validator was built.
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
    /// What the scopes mean.
    pub(crate) hierarchy: Hierarchy,
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
    /// Assertions by which clients authenticate (RFC 7523 §3): `typ` absent, `JWT` or `client-authentication+jwt`.
    ClientAssertion,
}

/// What a set of claims came in.
#[derive(Clone, Copy)]
pub(crate) enum Form<'f> {
    /// A signed token, with what its `typ` stands for.
    Jwt { media_type: Option<&'f str> },
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
        // RFC 9068 §4, step 1: typ is at+jwt or application/at+jwt.
        let is_right = match self.profile {
            Profile::Compatible | Profile::IdToken => {
                matches!(jws.media_type(), None | Some("jwt" | "at+jwt"))
            }
            Profile::Rfc9068 => jws.media_type() == Some("at+jwt"),
            // RFC 8725 §3.11: an access token is no assertion.
            Profile::ClientAssertion => {
                matches!(jws.media_type(), None | Some("jwt" | "client-authentication+jwt"))
            }
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

    /// Judges claims that come from the issuer: of a token whose signature has been verified, or by word of mouth.
    pub(crate) fn check<'c>(
        &self,
        claims: &'c Object<'_>,
        form: Form<'_>,
        now: u64,
    ) -> Result<Judged<'c>, InvalidToken> {
        let registered = Registered::of(claims);
        self.check_issuer(registered.issuer, form)?;
        // RFC 9068 §4, step 4: aud must contain an identifier of ours.
        let audience = self.check_audience(registered.audience, form)?;
        // RFC 9068 §4, step 6, and RFC 7519 §4.1.4-6: the times.
        let expires_at = match (seconds(registered.expires_at, "exp")?, form) {
            (Some(expires_at), _) => expires_at,
            (None, Form::Jwt { .. }) => return Err(InvalidToken::MissingClaim("exp")),
            // RFC 7662 §2.2: optional. Then the answer itself has an end.
            (None, Form::Answer { lasts_until, .. }) => lasts_until,
        };
        let not_before = seconds(registered.not_before, "nbf")?;
        let issued_at = seconds(registered.issued_at, "iat")?;
        let until = self.check_end(expires_at, issued_at, now)?;
        let from = self.check_start(not_before, issued_at, now)?;

        let subject = text(registered.subject, "sub")?;
        let token_id = text(registered.token_id, "jti")?;
        if self.profile == Profile::Rfc9068 && matches!(form, Form::Jwt { .. }) {
            // RFC 9068 §2.2: the seven required claims.
            required(subject, "sub")?;
            required(text(claims.get("client_id"), "client_id")?, "client_id")?;
            required(issued_at, "iat")?;
            required(token_id, "jti")?;
        }
        self.refuse_other_kinds(claims, form)?;
        // RFC 7800 §3.1, RFC 9449 §7.2: a bound token is not a bearer token, and no binding is checked here.
        if registered.confirmation.is_some() {
            return Err(InvalidToken::SenderConstrained);
        }
        let client_id = self.check_client(claims, form)?;
        for (claim, values) in &self.required {
            let found = claim.find(claims)?;
            if !claim.names(found.as_ref())?.iter().any(|found| values.iter().any(|value| value == found)) {
                return Err(InvalidToken::WrongClaim(claim.to_string()));
            }
        }
        let authority = self.authority(claims, form)?;
        let window = Window { from, until };
        Ok(Judged { subject, client_id, token_id, audience, expires_at, issued_at, window, authority })
    }

    /// Reads scopes and permissions, and closes them over the hierarchy; once for all tokens that say the same.
    fn authority(&self, claims: &Object<'_>, form: Form<'_>) -> Result<Arc<Noted<Authority>>, InvalidToken> {
        let scope_claim = match form {
            Form::Jwt { .. } => &self.scope_claim,
            Form::Answer { scope_claim, .. } => scope_claim,
        };
        let said = scope_claim.find(claims)?;
        let permission_claim = self.permission_claim.as_ref();
        let permitted = permission_claim.map(|claim| claim.find(claims)).transpose()?.flatten();
        let texts = distinct_text(said.as_ref()).zip(distinct_text(permitted.as_ref()));
        if let Some(known) =
            texts.and_then(|(said, permitted)| self.hierarchy.authorities().find(said, permitted))
        {
            return Ok(known);
        }
        let scopes = scope_claim.names(said.as_ref())?;
        if scopes.len() > MOST_SCOPES {
            return Err(InvalidToken::MalformedClaim(scope_claim.to_string()));
        }
        let permissions = permission_claim.map(|claim| claim.names(permitted.as_ref())).transpose()?;
        let permissions = permissions.unwrap_or_default().into_iter().map(Box::from).collect();
        let scopes = Scopes::well_formed(scopes.iter().map(|scope| &**scope));
        let authority = self.hierarchy.authority(scopes, permissions);
        Ok(match texts {
            Some((said, permitted)) => self.hierarchy.authorities().keep(said, permitted, authority),
            None => Noted::of(authority),
        })
    }

    /// RFC 9068 §4, step 3: iss is the issuer, exactly. RFC 7519 §4.1.1: one string.
    fn check_issuer(&self, found: Option<&Value<'_>>, form: Form<'_>) -> Result<(), InvalidToken> {
        match (text(found, "iss")?, form) {
            (Some(issuer), _) if issuer == self.issuer => Ok(()),
            (Some(issuer), _) => {
                Err(InvalidToken::WrongIssuer { found: quoted(issuer), expected: self.issuer.clone() })
            }
            (None, Form::Jwt { .. }) => Err(InvalidToken::MissingClaim("iss")),
            // RFC 7662 §2.2: optional; the endpoint is the issuer's.
            (None, Form::Answer { .. }) => Ok(()),
        }
    }

    /// Reads the client from the first claim that is there, and judges it.
    fn check_client<'c>(
        &self,
        claims: &'c Object<'_>,
        form: Form<'_>,
    ) -> Result<Option<&'c str>, InvalidToken> {
        // RFC 7662 §2.2: an answer has a member for it, however the issuer's tokens call theirs.
        let of_answers = matches!(form, Form::Answer { .. }).then_some("client_id");
        let mut names = of_answers.into_iter().chain(self.client_claims.iter().map(String::as_str));
        let found = names.find_map(|name| Some((name, claims.get(name)?)));
        let client = match found {
            Some((name, value)) => Some(value.as_str().ok_or_else(|| malformed(name))?),
            None => None,
        };
        if self.clients.is_empty() || client.is_some_and(|client| self.clients.iter().any(|c| c == client)) {
            return Ok(client);
        }
        Err(InvalidToken::WrongClient(client.map(quoted).unwrap_or_default()))
    }

    /// Judges a token again whose claims are known: since then it may have come to its end.
    pub(crate) fn check_again(&self, claims: &Claims, now: u64) -> Result<(), InvalidToken> {
        self.check_end(claims.expires_at, claims.issued_at, now).map(drop)
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
            Form::Jwt { media_type: Some("at+jwt") } => return Ok(()),
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

    /// RFC 7519 §4.1.3: one string, or an array of strings only. One of ours must be there.
    fn check_audience(&self, found: Option<&Value<'_>>, form: Form<'_>) -> Result<Audience, InvalidToken> {
        let found: Option<Box<[Box<str>]>> = match found {
            None => None,
            Some(Value::String(name)) => match self.audiences.iter().position(|ours| ours == name) {
                Some(ours) => return Ok(Audience::Ours(ours)),
                None => Some(Box::new([Box::from(&**name)])),
            },
            Some(Value::Array(items)) => {
                let text = |item: Value<'_>| item.as_str().map(Box::from).ok_or_else(|| malformed("aud"));
                Some(items.items().map(text).collect::<Result<_, _>>()?)
            }
            Some(_) => return Err(malformed("aud")),
        };
        // Ory Hydra writes an empty list where it knows no audience.
        let names_none = found.as_ref().is_none_or(|found| found.is_empty());
        let is_left_out = names_none && form.is_audience_optional();
        if self.audiences.is_empty() || is_left_out {
            return Ok(Audience::Listed(found.unwrap_or_default()));
        }
        let found = found.ok_or(InvalidToken::MissingClaim("aud"))?;
        let is_ours = |name: &str| self.audiences.iter().position(|ours| ours == name);
        match (&*found, found.iter().find_map(|name| is_ours(name))) {
            ([_], Some(ours)) => Ok(Audience::Ours(ours)),
            (_, Some(_)) => Ok(Audience::Listed(found)),
            (_, None) => Err(InvalidToken::WrongAudience {
                found: quoted(&found.join(" ")),
                expected: self.audiences.join("` or `"),
            }),
        }
    }

    /// Returns the time from which the token is no longer good.
    fn check_end(&self, expires_at: u64, issued_at: Option<u64>, now: u64) -> Result<u64, InvalidToken> {
        // RFC 7519 §4.1.4: not on or after.
        let until = expires_at.saturating_add(self.leeway);
        if now >= until {
            return Err(InvalidToken::Expired { expires_at, now });
        }
        let Some(max_age) = self.max_age else { return Ok(until) };
        let issued_at = required(issued_at, "iat")?;
        let oldest = issued_at.saturating_add(max_age).saturating_add(self.leeway);
        if now < oldest { Ok(until.min(oldest)) } else { Err(InvalidToken::TooOld) }
    }

    /// RFC 7519 §4.1.5. An issuer that does not say from when (nbf) means from the time of issue (iat). Returns the time
    /// from which the token is good.
    fn check_start(
        &self,
        not_before: Option<u64>,
        issued_at: Option<u64>,
        now: u64,
    ) -> Result<u64, InvalidToken> {
        let valid_from = not_before.or(issued_at).unwrap_or_default();
        if now.saturating_add(self.leeway) < valid_from {
            return Err(InvalidToken::NotYetValid { valid_from, now });
        }
        Ok(valid_from.saturating_sub(self.leeway))
    }
}

/// The claims that scopa looks at in every token, found in one pass.
#[derive(Default)]
struct Registered<'c, 'a> {
    issuer: Option<&'c Value<'a>>,
    subject: Option<&'c Value<'a>>,
    audience: Option<&'c Value<'a>>,
    expires_at: Option<&'c Value<'a>>,
    not_before: Option<&'c Value<'a>>,
    issued_at: Option<&'c Value<'a>>,
    token_id: Option<&'c Value<'a>>,
    confirmation: Option<&'c Value<'a>>,
}

impl<'c, 'a> Registered<'c, 'a> {
    fn of(claims: &'c Object<'a>) -> Self {
        let mut found = Self::default();
        for (name, value) in claims.members() {
            let place = match name {
                "iss" => &mut found.issuer,
                "sub" => &mut found.subject,
                "aud" => &mut found.audience,
                "exp" => &mut found.expires_at,
                "nbf" => &mut found.not_before,
                "iat" => &mut found.issued_at,
                "jti" => &mut found.token_id,
                "cnf" => &mut found.confirmation,
                _ => continue,
            };
            *place = Some(value);
        }
        found
    }
}

/// Returns a text that no other value has, for a text or an array. What is absent says as much as an empty text.
fn distinct_text<'v>(value: Option<&'v Value<'_>>) -> Option<&'v str> {
    match value {
        None => Some(""),
        Some(Value::String(text)) => Some(&**text).filter(|text| !text.starts_with('[')),
        Some(Value::Array(items)) => Some(items.text()),
        Some(_) => None,
    }
}

fn required<T>(claim: Option<T>, name: &'static str) -> Result<T, InvalidToken> {
    claim.ok_or(InvalidToken::MissingClaim(name))
}

fn malformed(name: &str) -> InvalidToken {
    InvalidToken::MalformedClaim(name.to_owned())
}

/// Reads a claim that must be a string if it is there.
fn text<'c>(value: Option<&'c Value<'_>>, name: &'static str) -> Result<Option<&'c str>, InvalidToken> {
    let Some(value) = value else { return Ok(None) };
    value.as_str().map(Some).ok_or_else(|| malformed(name))
}

/// Reads a NumericDate (RFC 7519 §2): a number and nothing else.
fn seconds(value: Option<&Value<'_>>, name: &'static str) -> Result<Option<u64>, InvalidToken> {
    match value {
        None => Ok(None),
        Some(Value::Number(number)) => number.seconds().map(Some).ok_or_else(|| malformed(name)),
        Some(_) => Err(malformed(name)),
    }
}
