use scopa::ConfigError;

/// Where the endpoints are: paths below the origin of the issuer.
///
/// The metadata always stands where clients look for it: `/.well-known/oauth-authorization-server` (RFC 8414 §3) and
/// `/.well-known/openid-configuration`, with the path of the issuer, if it has one.
///
/// ```
/// use scopa_issuer::Endpoints;
///
/// // As another system called them, trailing slash and all.
/// let endpoints = Endpoints::default().token("/oauth2/token/").revocation("/oauth2/revoke_token/").without_introspection();
/// assert_ne!(endpoints, Endpoints::default());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "endpoints take effect by `IssuerBuilder::endpoints`"]
pub struct Endpoints {
    pub(crate) token: String,
    pub(crate) authorize: String,
    pub(crate) introspection: Option<String>,
    pub(crate) revocation: Option<String>,
    pub(crate) jwks: String,
}

impl Endpoints {
    /// Sets the path of the token endpoint (RFC 6749 §3.2): `/oauth2/token` by default.
    pub fn token(self, path: impl Into<String>) -> Self {
        Self { token: path.into(), ..self }
    }

    /// Sets the path of the authorization endpoint (RFC 6749 §3.1): `/oauth2/authorize` by default. It is there if the issuer has a
    /// [`Login`](crate::Login).
    pub fn authorize(self, path: impl Into<String>) -> Self {
        Self { authorize: path.into(), ..self }
    }

    /// Sets the path of the introspection endpoint (RFC 7662): `/oauth2/introspect` by default.
    pub fn introspection(self, path: impl Into<String>) -> Self {
        Self { introspection: Some(path.into()), ..self }
    }

    /// Offers no introspection.
    pub fn without_introspection(self) -> Self {
        Self { introspection: None, ..self }
    }

    /// Sets the path of the revocation endpoint (RFC 7009): `/oauth2/revoke` by default.
    pub fn revocation(self, path: impl Into<String>) -> Self {
        Self { revocation: Some(path.into()), ..self }
    }

    /// Offers no revocation.
    pub fn without_revocation(self) -> Self {
        Self { revocation: None, ..self }
    }

    /// Sets the path of the public keys (RFC 7517 §5): `/oauth2/jwks` by default. They are there if the issuer has any.
    pub fn jwks(self, path: impl Into<String>) -> Self {
        Self { jwks: path.into(), ..self }
    }

    /// Checks that each is a path, and no two are the same, those of the metadata included.
    ///
    /// Without a login there is no authorization endpoint: its path is free for another.
    pub(crate) fn check(&self, metadata: &[String], has_login: bool) -> Result<(), ConfigError> {
        let authorize = has_login.then_some(&self.authorize);
        let optional = [&self.introspection, &self.revocation].into_iter().flatten().chain(authorize);
        let mut seen: Vec<&str> = metadata.iter().map(String::as_str).collect();
        for path in [&self.token, &self.jwks].into_iter().chain(optional) {
            let is_path = path.starts_with('/')
                && !path.starts_with("//")
                && path.bytes().all(|byte| byte.is_ascii_graphic() && !b"?#{}*\"<>\\^`|".contains(&byte));
            if !is_path {
                let problem = format!("`{}` is not a path; write it as `/oauth2/token`", path.escape_debug());
                return Err(ConfigError::new("endpoints", problem));
            }
            if seen.contains(&&**path) {
                return Err(ConfigError::new(
                    "endpoints",
                    format!("`{path}` stands twice; each endpoint needs its own path"),
                ));
            }
            seen.push(path);
        }
        Ok(())
    }
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            token: "/oauth2/token".into(),
            authorize: "/oauth2/authorize".into(),
            introspection: Some("/oauth2/introspect".into()),
            revocation: Some("/oauth2/revoke".into()),
            jwks: "/oauth2/jwks".into(),
        }
    }
}
