use crate::{Algorithm, Validator, ValidatorBuilder};

use super::argument::Checked;

/// Starts a validator for v2 access tokens of Entra ID, of this tenant and meant for the API with this client id.
///
/// Both are GUIDs: the tenant (directory) id, and the application (client) id of the API's own registration.
///
/// Sets the issuer `https://login.microsoftonline.com/{tenant}/v2.0` and RS256; reads scopes from `scp`, permissions
/// from `roles`, the client from `azp`.
///
/// - **The API decides about the version.** With `accessTokenAcceptedVersion` null or 1 in its manifest, tokens are v1
///   even from the v2 endpoint; they are refused as of another issuer, `https://sts.windows.net/…`. Set it to 2, or use
///   [`entra_v1`].
/// - A user's token has scopes. A client that acts for itself has no `scp`: what it may do is in `roles`, which are
///   permissions here.
/// - Each tenant is an issuer of its own. For several, join presets by [`or_issuer`](ValidatorBuilder::or_issuer), or
///   look them up by [`tenants`](ValidatorBuilder::tenants) from a list of those you let in; `common` is no issuer. A
///   key that names an issuer is used for that issuer's tokens alone.
/// - **Give the API a registration of its own.** If it shares one with a web application, ID tokens have the same
///   audience, and the user's `roles`. Those with a `nonce` are refused; any other has no scopes, and passes where none
///   is asked for.
/// - Tokens for Microsoft Graph cannot be validated by anybody else. A client that sends one asked for no scope of your
///   API.
/// - `sub` differs for each API; a user is the same by `oid` and `tid` (`access.claim("oid")`). With many groups the
///   claim `groups` is replaced by `_claim_names`.
/// - The identifier of a token is in `uti`; there is no `jti`.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let (tenant, api) = ("3f1c6c1e-8f0b-4c52-9a4e-6d2f5b7a9c10", "7b0d4f9a-2c3e-4d5f-8a6b-1c2d3e4f5a6b");
/// let validator = scopa::provider::entra(tenant, api).discover(http).build()?;
/// assert!(format!("{validator:?}").contains("/3f1c6c1e-8f0b-4c52-9a4e-6d2f5b7a9c10/v2.0\""));
///
/// let error = scopa::provider::entra("common", api).build().unwrap_err();
/// assert!(error.to_string().contains("one preset for each tenant"));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn entra(tenant: &str, audience: impl Into<String>) -> ValidatorBuilder {
    let audience = audience.into();
    let arguments = is_one_tenant(tenant).and_then(|()| is_not_graph(&audience)).and_then(|()| {
        if is_guid(&audience) {
            return Ok(());
        }
        let text = "the audience of v2 tokens is the API's application (client) id, a GUID";
        Err(format!("{text}; `{}` can only be that of v1 tokens (`entra_v1`)", audience.escape_debug()))
    });
    Validator::builder(format!("https://login.microsoftonline.com/{tenant}/v2.0"), audience)
        .algorithms([Algorithm::RS256])
        .scope_claim("scp")
        .permission_claim("roles")
        .client_claim("azp")
        .checked("entra", arguments)
}

/// Starts a validator for v1 access tokens of Entra ID, of this tenant and meant for this API.
///
/// The tenant is a GUID. The audience is the API's Application ID URI, such as `api://crash-api`, or its client id:
/// whichever clients ask for. For both add [`audience`](ValidatorBuilder::audience).
///
/// Sets the issuer `https://sts.windows.net/{tenant}/`, with the slash at its end, and RS256; reads scopes from `scp`,
/// permissions from `roles`, the client from `appid`.
///
/// - These are the tokens of an API whose `accessTokenAcceptedVersion` is null or 1. For new APIs set it to 2 and use
///   [`entra`].
/// - Keys and metadata are those of v1. That the metadata is found below this issuer is not confirmed against a live
///   tenant; else take the `jwks_uri` that the v1 metadata of your tenant names
///   (`https://login.microsoftonline.com/{tenant}/.well-known/openid-configuration`) to
///   [`jwks_uri`](ValidatorBuilder::jwks_uri).
/// - For the rest see [`entra`].
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let tenant = "3f1c6c1e-8f0b-4c52-9a4e-6d2f5b7a9c10";
/// let validator = scopa::provider::entra_v1(tenant, "api://crash-api").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://sts.windows.net/3f1c6c1e-8f0b-4c52-9a4e-6d2f5b7a9c10/\""));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn entra_v1(tenant: &str, audience: impl Into<String>) -> ValidatorBuilder {
    let audience = audience.into();
    let arguments = is_one_tenant(tenant).and_then(|()| is_not_graph(&audience));
    Validator::builder(format!("https://sts.windows.net/{tenant}/"), audience)
        .algorithms([Algorithm::RS256])
        .scope_claim("scp")
        .permission_claim("roles")
        .client_claim("appid")
        .checked("entra_v1", arguments)
}

fn is_one_tenant(tenant: &str) -> Checked {
    if ["common", "organizations", "consumers"].contains(&tenant) {
        let text = "stands for many tenants, each an issuer of its own; make one preset for each tenant that you let in, joined by `or_issuer` or looked up by `tenants`";
        return Err(format!("`{tenant}` {text}"));
    }
    if is_guid(tenant) {
        return Ok(());
    }
    let text = "is not a tenant id; give the GUID that is called directory (tenant) id and stands in the claim `tid`";
    Err(format!("`{}` {text}", tenant.escape_debug()))
}

fn is_not_graph(audience: &str) -> Checked {
    if !GRAPH.contains(&audience.trim_end_matches('/')) {
        return Ok(());
    }
    Err("tokens for Microsoft Graph cannot be validated by anybody else; have the client ask for a scope of your own API".into())
}

fn is_guid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let mut groups = text.split('-');
    let is_group = |length| {
        groups
            .next()
            .is_some_and(|group| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    lengths.into_iter().all(is_group) && groups.next().is_none()
}

const GRAPH: [&str; 2] = ["https://graph.microsoft.com", "00000003-0000-0000-c000-000000000000"];
