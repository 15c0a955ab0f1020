use crate::{Validator, ValidatorBuilder};

use super::argument;

/// Starts a validator for access tokens of Auth0, asked for at this domain and meant for the API with this identifier.
///
/// The domain is that of the tenant, `acme.eu.auth0.com`, or a custom one: tokens name the one where they were asked
/// for. For both, join two presets by [`or_issuer`](ValidatorBuilder::or_issuer).
///
/// Sets the issuer `https://{domain}/`, with the slash at its end; reads scopes from `scope`, permissions from
/// `permissions`, the client from `client_id` or else `azp`.
///
/// - A client that asks for no `audience` gets an opaque token, which cannot be validated here: have it ask for your
///   API.
/// - `permissions` is there only when the API has RBAC and "Add Permissions in the Access Token" switched on.
/// - The audience is an array with `…/userinfo` in it when the client asks for `openid`. That entry is in tokens for
///   all your APIs, so it is not taken for the identifier of one.
/// - Where the API has the token profile of RFC 9068, add [`rfc9068`](ValidatorBuilder::rfc9068).
/// - A client that acts for itself has the subject `{client}@clients`.
/// - APIs sign with RS256; that PS256 can be chosen is not confirmed against a live tenant, and is accepted. So is no
///   HS256: it is signed with a secret, which no published key verifies.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let validator = scopa::provider::auth0("acme.eu.auth0.com", "https://api.example.com").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://acme.eu.auth0.com/\""));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn auth0(domain: &str, audience: impl Into<String>) -> ValidatorBuilder {
    let audience = audience.into();
    let arguments = argument::domain(domain, "acme.eu.auth0.com").and_then(|()| is_of_an_api(&audience));
    Validator::builder(format!("https://{domain}/"), audience)
        .permission_claim("permissions")
        .checked("auth0", arguments)
}

fn is_of_an_api(audience: &str) -> argument::Checked {
    if !audience.ends_with("/userinfo") {
        return Ok(());
    }
    let text = "is the audience of every signed-in user, whatever the API; give the API's own identifier";
    Err(format!("`{audience}` {text}"))
}
