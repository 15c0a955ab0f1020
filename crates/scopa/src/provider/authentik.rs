use crate::{Validator, ValidatorBuilder};

use super::argument;

/// Starts a validator for access tokens of authentik, of the application with this slug and its provider's client.
///
/// The host may have a port and a path; on loopback also `http://localhost:9000`.
///
/// Sets the issuer `https://{host}/application/o/{slug}/`, with the slash at its end, and the client as audience; reads
/// the client from `azp`, and demands that it is this very client.
///
/// - **An access token is nearly an ID token**, up to the `nonce` of the sign-in. What tells them apart is `azp`, which
///   ID tokens do not have: never map a claim of this name.
/// - Tokens hold no `scope`. Map a claim of your own, such as `groups`, and name it by
///   [`permission_claim`](ValidatorBuilder::permission_claim). So it was in the source that was read (commit 014e22c);
///   newer versions are not confirmed against a live server.
/// - **Choose a signing key** for the provider. Without one tokens are signed with HS256 and the client secret: then
///   build a validator with [`KeySet::from_secret`](crate::KeySet::from_secret), apart from published keys.
/// - Choose no encryption key: encrypted tokens (JWE) are not supported.
/// - A provider in the global issuer mode has the issuer `https://{host}/`: take [`Validator::builder`] with that, and
///   give the key set by [`jwks_uri`](ValidatorBuilder::jwks_uri). That it stands at
///   `https://{host}/application/o/{slug}/jwks/` is not confirmed against a live server.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let validator = scopa::provider::authentik("id.example.com", "crashes", "crash-api").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://id.example.com/application/o/crashes/\""));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn authentik(host: &str, slug: &str, client: impl Into<String>) -> ValidatorBuilder {
    let client = client.into();
    let arguments = argument::host(host, "id.example.com")
        .and_then(|()| argument::step("the slug of an application", slug, "crashes"))
        .and_then(|()| argument::list("clients", std::slice::from_ref(&client), "crash-api"));
    Validator::builder(format!("{}/application/o/{slug}/", argument::url(host)), &*client)
        .accept_id_tokens()
        .client_claim("azp")
        .clients([client])
        .checked("authentik", arguments)
}
