use scopa::{Hierarchy, KeySet, Scopes};
use serde_json::Value;

use super::{
    Choice, Claims, ClientDraft, ClientError, Confidentiality, GrantType, TokenFormat, redirect_uri,
};

/// What an issuer's signed tokens may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SignedTokens {
    /// How tokens look of clients that do not differ.
    pub(crate) format: TokenFormat,
    /// For how many seconds they live at most; `None` if the issuer cannot sign.
    pub(crate) longest: Option<u64>,
}

impl ClientDraft {
    /// Tells whether this kind of client shows secrets.
    pub(crate) fn has_secrets(&self) -> bool {
        self.confidentiality == Confidentiality::Confidential && self.jwks.is_none()
    }

    /// Says what of a draft cannot be, and what would be right.
    pub(super) fn check(&self, hierarchy: &Hierarchy, signed: SignedTokens) -> Result<(), ClientError> {
        self.check_name()?;
        self.check_grants()?;
        self.check_redirect_uris()?;
        self.check_scopes(hierarchy)?;
        self.check_audience()?;
        for (setting, lifetime) in
            [("access_lifetime", self.access_lifetime), ("refresh_lifetime", self.refresh_lifetime)]
        {
            if lifetime.is_some_and(|lifetime| !(1..=LONGEST_LIFETIME).contains(&lifetime)) {
                return invalid(setting, "a lifetime is from one second to ten years");
            }
        }
        self.check_signed(signed)?;
        self.check_jwks()?;
        self.check_claims()
    }

    fn check_signed(&self, signed: SignedTokens) -> Result<(), ClientError> {
        if self.format.unwrap_or(signed.format) != TokenFormat::Jwt {
            return Ok(());
        }
        let Some(longest) = signed.longest else {
            return invalid("token_format", "this issuer has no key to sign with; use `TokenFormat::Opaque`");
        };
        if self.access_lifetime.is_some_and(|lifetime| lifetime > longest) {
            let problem = format!(
                "signed tokens of this issuer live for {longest} seconds at most; use `TokenFormat::Opaque`, or raise `IssuerBuilder::longest_access_lifetime`"
            );
            return invalid("access_lifetime", problem);
        }
        Ok(())
    }

    fn check_name(&self) -> Result<(), ClientError> {
        let is_there = !self.name.trim().is_empty() && self.name.chars().count() <= LONGEST_NAME;
        if is_there && !self.name.contains(char::is_control) {
            return Ok(());
        }
        invalid("name", "a name has 1 to 200 characters, on one line")
    }

    fn check_grants(&self) -> Result<(), ClientError> {
        let has = |grant| self.grants.contains(&grant);
        if self.grants.is_empty() && self.confidentiality == Confidentiality::Confidential {
            return invalid(
                "grants",
                "a client without any grant cannot ask for tokens; name at least one, or use `ClientDraft::host`",
            );
        }
        // RFC 6749 §4.4.
        if self.confidentiality == Confidentiality::Public && has(GrantType::ClientCredentials) {
            return invalid("grants", "a public client cannot have `client_credentials`: it proves nothing");
        }
        if has(GrantType::RefreshToken) && !has(GrantType::AuthorizationCode) {
            return invalid(
                "grants",
                "`refresh_token` goes with `authorization_code`, which brings the first",
            );
        }
        Ok(())
    }

    fn check_redirect_uris(&self) -> Result<(), ClientError> {
        if self.redirect_uris.is_empty() && self.grants.contains(&GrantType::AuthorizationCode) {
            return invalid("redirect_uris", "`authorization_code` needs an address that codes may go to");
        }
        if self.redirect_uris.len() > MOST_REDIRECT_URIS {
            return invalid("redirect_uris", "a client has at most 32 of them");
        }
        for uri in &self.redirect_uris {
            redirect_uri::check(uri, self.confidentiality)
                .or_else(|problem| invalid("redirect_uris", format!("`{}` {problem}", uri.escape_debug())))?;
        }
        Ok(())
    }

    fn check_scopes(&self, hierarchy: &Hierarchy) -> Result<(), ClientError> {
        let all = self.scopes.iter().chain(self.default_scopes.iter().flat_map(Scopes::iter));
        for scope in all {
            let is_template = hierarchy.scopes().any(|declared| declared == scope);
            if !hierarchy.is_empty() && !is_template && hierarchy.declared(scope).is_none() {
                let problem =
                    format!("`{scope}` is not declared in the hierarchy; declare it, or mend its spelling");
                return invalid("scopes", problem);
            }
        }
        if self.choice == Choice::ExactlyOne && self.scopes.is_empty() {
            return invalid("scopes", "a client whose tokens hold exactly one scope needs one");
        }
        let Some(defaults) = &self.default_scopes else { return Ok(()) };
        if self.choice == Choice::ExactlyOne && defaults.iter().count() > 1 {
            return invalid("default_scopes", "tokens of this client hold exactly one scope; name one");
        }
        for scope in defaults.iter() {
            // A template without a value is for no request: nobody could say which value is meant.
            let template = hierarchy.declared(scope);
            let is_held = |held: &str| hierarchy.covers(held, scope) || template.is_some_and(|of| of == held);
            if (!hierarchy.is_empty() && template.is_none()) || !self.scopes.iter().any(is_held) {
                let problem = format!("`{scope}` is not among the scopes of the client; add it to `scopes`");
                return invalid("default_scopes", problem);
            }
        }
        Ok(())
    }

    fn check_audience(&self) -> Result<(), ClientError> {
        let is_name = |name: &String| {
            (1..=LONGEST_AUDIENCE).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
        };
        if self.audience.len() <= MOST_AUDIENCES && self.audience.iter().all(is_name) {
            return Ok(());
        }
        invalid("audience", "at most 32 identifiers of APIs, each of 1 to 512 characters without spaces")
    }

    /// RFC 7523 §3: what an assertion is verified with. Each key is meant, so each must be good.
    fn check_jwks(&self) -> Result<(), ClientError> {
        let Some(jwks) = &self.jwks else { return Ok(()) };
        if self.confidentiality == Confidentiality::Public {
            return invalid("jwks", "a public client has no key; use `ClientDraft::web` or `machine`");
        }
        if jwks.get("keys").and_then(Value::as_array).is_some_and(|keys| keys.len() > MOST_KEYS) {
            return invalid("jwks", "at most 16 keys");
        }
        let keys =
            KeySet::from_jwks(&jwks.to_string()).or_else(|error| invalid("jwks", error.to_string()))?;
        match keys.rejected().next() {
            Some(reason) => invalid("jwks", format!("{reason}; give public keys for signatures only")),
            None => Ok(()),
        }
    }

    fn check_claims(&self) -> Result<(), ClientError> {
        if let Some(name) = self.claims.keys().find(|name| is_registered_claim(name)) {
            let problem = format!("`{name}` is the issuer's to write; choose a name of your own");
            return invalid("claims", problem);
        }
        let length = |members: &Claims| -> usize {
            members.iter().map(|(name, value)| name.len() + value.to_string().len()).sum()
        };
        if length(&self.claims) > LONGEST_CLAIMS {
            return invalid("claims", "at most 4,096 bytes of claims; each token carries them");
        }
        if length(&self.metadata) > LONGEST_METADATA {
            return invalid(
                "metadata",
                "at most 16,384 bytes of metadata; what is longer is for a table of yours",
            );
        }
        Ok(())
    }
}

/// Tells whether a claim is one that the issuer writes, or that tells APIs what kind of token it is or whose.
pub(crate) fn is_registered_claim(name: &str) -> bool {
    REGISTERED.contains(&name)
}

fn invalid<T>(setting: &'static str, problem: impl Into<String>) -> Result<T, ClientError> {
    Err(ClientError::invalid(setting, problem))
}

/// RFC 7519 §4.1, RFC 7662 §2.2, RFC 7800 §3.1, RFC 8693 §4, RFC 9068 §2.2, OpenID Connect Core §2; and what other issuers
/// call scopes and kinds of token.
const REGISTERED: [&str; 26] = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "scope",
    "scp",
    "client_id",
    "cid",
    "azp",
    "cnf",
    "act",
    "may_act",
    "active",
    "token_type",
    "token_use",
    "typ",
    "username",
    "nonce",
    "at_hash",
    "c_hash",
    "events",
    "sid",
    "token_introspection",
];
const LONGEST_NAME: usize = 200;
const LONGEST_LIFETIME: u64 = 3653 * 86_400;
const LONGEST_AUDIENCE: usize = 512;
const LONGEST_CLAIMS: usize = 4096;
const LONGEST_METADATA: usize = 16_384;
const MOST_AUDIENCES: usize = 32;
const MOST_KEYS: usize = 16;
const MOST_REDIRECT_URIS: usize = 32;
