use scopa::ConfigError;

/// What a signed access token looks like: the profile of RFC 9068, or one that older APIs know.
///
/// ```
/// use scopa_issuer::TokenShape;
///
/// // `typ` is `at+jwt`; `iss`, `sub`, `aud`, `client_id`, `iat`, `exp`, `jti` and `scope`, a text.
/// let standard = TokenShape::rfc9068();
/// assert_eq!(standard, TokenShape::default());
///
/// // What IdentityServer issues to machines.
/// let older = TokenShape::rfc9068().typ("JWT").scope_array().audience_array().not_before();
/// let older = older.without("sub").without("iat").without("jti");
/// assert_ne!(older, standard);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a shape takes effect by `IssuerBuilder::token_shape`"]
pub struct TokenShape {
    pub(super) typ: Option<String>,
    pub(super) left_out: Vec<String>,
    pub(super) scope_claim: String,
    pub(super) scope: Form,
    pub(super) audience: Form,
    pub(super) not_before: Presence,
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As one string where that can be.
    Text,
    /// As an array, whatever is in it.
    Array,
}

/// Whether a claim is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Written,
    LeftOut,
}

impl TokenShape {
    /// The profile for JWT access tokens (RFC 9068 §2): what any API understands.
    pub fn rfc9068() -> Self {
        Self {
            typ: Some("at+jwt".into()),
            left_out: Vec::new(),
            scope_claim: "scope".into(),
            scope: Form::Text,
            audience: Form::Text,
            not_before: Presence::LeftOut,
        }
    }

    /// Writes another `typ` in the header, such as `JWT`.
    ///
    /// # Security
    ///
    /// `at+jwt` keeps other JWTs of the issuer from being taken for access tokens (RFC 8725 §3.11).
    pub fn typ(self, typ: impl Into<String>) -> Self {
        Self { typ: Some(typ.into()), ..self }
    }

    /// Writes no `typ`.
    pub fn without_typ(self) -> Self {
        Self { typ: None, ..self }
    }

    /// Leaves a claim out: `sub`, `client_id`, `iat` or `jti`. Others are refused when the issuer is built: what no token shall say of a
    /// client is not a claim of it, but [`ClientDraft::metadata`](crate::ClientDraft::metadata).
    ///
    /// `sub` is left out where it would be the client itself. A person's token keeps it: nothing else says whose it is.
    ///
    /// Without `jti` or `client_id` a token cannot be revoked, without `jti` it does not end with its grant, without `client_id`
    /// not with its client: it is good to its end.
    pub fn without(mut self, claim: impl Into<String>) -> Self {
        self.left_out.push(claim.into());
        self
    }

    /// Writes the scopes as another claim, such as `scp`.
    pub fn scope_claim(self, name: impl Into<String>) -> Self {
        Self { scope_claim: name.into(), ..self }
    }

    /// Writes the scopes as an array of strings. As it stands, they are one string, with spaces between (RFC 8693 §4.2).
    pub fn scope_array(self) -> Self {
        Self { scope: Form::Array, ..self }
    }

    /// Writes `aud` as an array also when it names one API only.
    pub fn audience_array(self) -> Self {
        Self { audience: Form::Array, ..self }
    }

    /// Adds `nbf`: the time of issue.
    pub fn not_before(self) -> Self {
        Self { not_before: Presence::Written, ..self }
    }

    /// Says what cannot be left out or renamed.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        for claim in &self.left_out {
            if !OPTIONAL.contains(&claim.as_str()) {
                let named = claim.escape_debug();
                let problem = match claim.as_str() {
                    "iss" | "aud" | "exp" => {
                        format!("a token without `{named}` could be used anywhere, or for ever")
                    }
                    _ => format!("`{named}` cannot be left out; `sub`, `client_id`, `iat` and `jti` can be"),
                };
                return Err(ConfigError::new("token_shape", problem));
            }
        }
        if self.scope_claim.is_empty() || (self.scope_claim != "scope" && is_registered(&self.scope_claim)) {
            let problem = format!(
                "scopes cannot be written as `{}`, which means something else: use `scope` or `scp`",
                self.scope_claim.escape_debug()
            );
            return Err(ConfigError::new("token_shape", problem));
        }
        Ok(())
    }

    /// Returns the name of the claim that the scopes stand in.
    pub(crate) fn scopes_in(&self) -> &str {
        &self.scope_claim
    }

    pub(super) fn has(&self, claim: &str) -> bool {
        !self.left_out.iter().any(|left_out| left_out == claim)
    }

    /// Tells whether a claim is the issuer's own, so that no client and no login can bring its value.
    pub(super) fn owns(&self, claim: &str) -> bool {
        is_registered(claim) || claim == self.scope_claim
    }
}

impl Default for TokenShape {
    fn default() -> Self {
        Self::rfc9068()
    }
}

fn is_registered(claim: &str) -> bool {
    matches!(claim, "iss" | "sub" | "aud" | "client_id" | "iat" | "nbf" | "exp" | "jti" | "scope")
}

const OPTIONAL: [&str; 4] = ["sub", "client_id", "iat", "jti"];
