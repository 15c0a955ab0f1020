use crate::{Validator, ValidatorBuilder};

use super::argument;

/// Starts a validator for access tokens of Keycloak, of a realm at this host and meant for this client of the realm.
///
/// The host is the one that users and clients see, with port and path where it has them: `id.example.com`,
/// `id.example.com/auth`; on loopback also `http://localhost:8080`.
///
/// Sets the issuer `https://{host}/realms/{realm}`, without a slash at its end; reads scopes from `scope`, permissions
/// from `realm_access.roles`, the client from `azp`. Demands that the claim `typ` is `Bearer`: ID tokens and refresh
/// tokens of the realm say `ID` and `Refresh` there.
///
/// - The client that asks is not in `aud` by itself, and `aud` may be missing: give your API a client of its own and
///   add an audience mapper for it. `account` is in nearly every token of a realm, so it is not taken for an API.
/// - Roles of one client: `.permission_claim(["resource_access", "crash-api", "roles"])`.
/// - The issuer follows the host name of the request. Where this service reaches Keycloak by another name, keep the
///   outer one here and take the keys from the inner by [`jwks_uri`](ValidatorBuilder::jwks_uri); that they stand at
///   `/realms/{realm}/protocol/openid-connect/certs` is not confirmed against a live server.
/// - The header says `JWT`; since 26.2 a client can be switched to `at+jwt`. Both are accepted.
/// - Newer versions answer introspection only to a client that is in `aud`; to others every token is inactive.
/// - A realm signs with RS256 unless it is told otherwise; other asymmetric algorithms are accepted, too.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let validator = scopa::provider::keycloak("id.example.com", "crashes", "crash-api").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://id.example.com/realms/crashes\""));
///
/// let error = scopa::provider::keycloak("id.example.com", "crashes", "account").build().unwrap_err();
/// assert!(error.to_string().contains("add an audience mapper"));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn keycloak(host: &str, realm: &str, audience: impl Into<String>) -> ValidatorBuilder {
    let audience = audience.into();
    let arguments = argument::host(host, "id.example.com")
        .and_then(|()| argument::step("the name of a realm", realm, "crashes"))
        .and_then(|()| is_of_an_api(&audience));
    Validator::builder(format!("{}/realms/{realm}", argument::url(host)), audience)
        .permission_claim("realm_access.roles")
        .client_claim("azp")
        .require_claim("typ", ["Bearer"])
        .checked("keycloak", arguments)
}

fn is_of_an_api(audience: &str) -> argument::Checked {
    if audience != "account" {
        return Ok(());
    }
    Err("the audience `account` is in nearly every token of a realm; make a client for your API, add an audience mapper for it and name it here".into())
}
