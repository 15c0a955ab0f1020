use serde_json::{Map, Value};

use super::shape::{Form, Presence, TokenShape};
use crate::json::JsonObject;

/// What a signed access token says.
#[derive(Clone, Copy)]
pub(crate) struct TokenClaims<'a> {
    /// `iss`.
    pub(crate) issuer: &'a str,
    /// `sub`: a person, or the client itself (RFC 9068 §2.2).
    pub(crate) subject: &'a str,
    /// `aud`.
    pub(crate) audience: &'a [String],
    /// `client_id` (RFC 8693 §4.3).
    pub(crate) client_id: &'a str,
    /// `iat`, seconds since 1970-01-01T00:00:00Z.
    pub(crate) issued_at: u64,
    /// `exp`, seconds since 1970-01-01T00:00:00Z.
    pub(crate) expires_at: u64,
    /// `jti`.
    pub(crate) token_id: &'a str,
    /// Separated by spaces; if there are none, the claim is left out.
    pub(crate) scope: &'a str,
    /// Further claims. Of one that is in several, the first counts; the issuer's own are passed over.
    pub(crate) others: &'a [&'a Map<String, Value>],
}

impl TokenClaims<'_> {
    /// Writes the claims set (RFC 7519 §4).
    pub(super) fn write(&self, shape: &TokenShape) -> String {
        let mut json = JsonObject::new();
        if shape.has("sub") || self.subject != self.client_id {
            json.text("sub", self.subject);
        }
        json.text("iss", self.issuer);
        match self.audience {
            [only] if shape.audience == Form::Text => json.text("aud", only),
            all => json.list("aud", all.iter().map(String::as_str)),
        }
        if shape.has("client_id") {
            json.text("client_id", self.client_id);
        }
        if shape.has("iat") {
            json.number("iat", self.issued_at);
        }
        if shape.not_before == Presence::Written {
            json.number("nbf", self.issued_at);
        }
        json.number("exp", self.expires_at);
        if shape.has("jti") {
            json.text("jti", self.token_id);
        }
        match shape.scope {
            _ if self.scope.is_empty() => {}
            Form::Text => json.text(&shape.scope_claim, self.scope),
            Form::Array => json.list(&shape.scope_claim, self.scope.split(' ')),
        }
        for (place, claims) in self.others.iter().enumerate() {
            for (name, value) in *claims {
                let is_there = self.others.iter().take(place).any(|earlier| earlier.contains_key(name));
                if !is_there && !shape.owns(name) {
                    json.value(name, value);
                }
            }
        }
        json.end()
    }
}
