use crate::{Algorithm, Validator, ValidatorBuilder};

use super::argument;

/// Starts a validator for access tokens of Okta, of a custom authorization server and meant for its audience.
///
/// The server is known by its id, such as `default` or `aus9o8wzkhckw9TLa0h7`; the audience is the one that is
/// configured for it, such as `api://default`.
///
/// Sets the issuer `https://{domain}/oauth2/{server}`, without a slash at its end, and RS256; reads scopes from `scp`,
/// the client from `cid`.
///
/// - **The org server**, whose issuer is `https://{domain}` alone, cannot be used: its access tokens are, by Okta's
///   documentation, not meant to be validated by you.
/// - With a custom domain, the settings of the server say which of the two names is the issuer; that is not confirmed
///   against a live tenant.
/// - The subject is a login, or the client itself where it acts for itself; the user's id is in `uid`.
/// - Tokens that are bound to a key (DPoP) have `cnf` and are refused.
/// - Groups and roles are in no claim unless you add one; name it by
///   [`permission_claim`](ValidatorBuilder::permission_claim).
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let validator = scopa::provider::okta("acme.okta.com", "default", "api://default").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://acme.okta.com/oauth2/default\""));
///
/// let error = scopa::provider::okta("acme.okta.com", "", "https://acme.okta.com").build().unwrap_err();
/// assert!(error.to_string().contains("custom authorization server"));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn okta(domain: &str, server: &str, audience: impl Into<String>) -> ValidatorBuilder {
    let arguments = argument::domain(domain, "acme.okta.com").and_then(|()| {
        if server.is_empty() {
            return Err("tokens of the org server are not meant to be validated by you; make a custom authorization server and give its id, such as `default`".into());
        }
        argument::step("the id of a custom authorization server", server, "default")
    });
    Validator::builder(format!("https://{domain}/oauth2/{server}"), audience)
        .algorithms([Algorithm::RS256])
        .scope_claim("scp")
        .client_claim("cid")
        .checked("okta", arguments)
}
