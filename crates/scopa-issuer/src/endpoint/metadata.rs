use serde_json::{Value, json};

use crate::answer::{self, Answer};
use crate::inner::Inner;

impl Inner {
    /// Describes the issuer (RFC 8414 §2).
    pub(super) fn metadata(&self) -> Answer {
        answer::document(self.described().to_string())
    }

    /// Shows the public keys (RFC 7517 §5): those that sign, have signed, and will sign.
    pub(super) fn jwks(&self) -> Answer {
        let mint = self.mint.load();
        let jwks = mint.as_ref().map(|mint| mint.jwks(self.clock.now(), self.longest_lifetime).to_owned());
        answer::document(jwks.unwrap_or_default())
    }

    fn described(&self) -> Value {
        let at = |path: &str| json!(format!("{}{path}", self.origin));
        let mut grants = vec!["client_credentials"];
        let methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
        // RFC 8414 §2: beside `private_key_jwt` it must be said, for each endpoint, what assertions may be signed with.
        let algorithms = json!(crate::authenticate::ASSERTION_ALGORITHMS.map(scopa::Algorithm::name));
        let mut document = json!({
            "issuer": self.identifier,
            "token_endpoint": at(&self.endpoints.token),
            "token_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            // RFC 8414 §2: required, also where nobody is asked for consent.
            "response_types_supported": [],
        });
        let mut add = |name: &str, value: Value| {
            if let Some(members) = document.as_object_mut() {
                members.insert(name.to_owned(), value);
            }
        };
        if self.login.is_some() {
            grants.extend(["authorization_code", "refresh_token"]);
            add("authorization_endpoint", at(&self.endpoints.authorize));
            add("response_types_supported", json!(["code"]));
            add("response_modes_supported", json!(["query"]));
            add("code_challenge_methods_supported", json!(["S256"]));
            add("authorization_response_iss_parameter_supported", json!(true));
            add(
                "token_endpoint_auth_methods_supported",
                json!(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]),
            );
        }
        add("grant_types_supported", json!(grants));
        let scopes: Vec<&str> = self.scopes.hierarchy.scopes().filter(|scope| !scope.contains('{')).collect();
        if !scopes.is_empty() {
            add("scopes_supported", json!(scopes));
        }
        if self.publishes_keys() {
            add("jwks_uri", at(&self.endpoints.jwks));
        }
        if let Some(path) = &self.endpoints.introspection {
            add("introspection_endpoint", at(path));
            add("introspection_endpoint_auth_methods_supported", json!(methods));
            add("introspection_endpoint_auth_signing_alg_values_supported", algorithms.clone());
        }
        if let Some(path) = &self.endpoints.revocation {
            add("revocation_endpoint", at(path));
            add(
                "revocation_endpoint_auth_methods_supported",
                json!(["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]),
            );
            add("revocation_endpoint_auth_signing_alg_values_supported", algorithms);
        }
        document
    }
}

/// Says where clients look for the metadata of an issuer, given its path: inserted (RFC 8414 §3.1, §5), and appended as OpenID Connect Discovery 1.0 §4
/// does it.
pub(crate) fn metadata_paths(path: &str) -> Vec<String> {
    let path = path.trim_end_matches('/');
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("/.well-known/openid-configuration{path}"),
    ];
    if !path.is_empty() {
        paths.push(format!("{path}/.well-known/openid-configuration"));
    }
    paths
}
