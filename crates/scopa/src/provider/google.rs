use crate::{Algorithm, Validator, ValidatorBuilder};

use super::argument;

/// Starts a validator for **ID tokens** of Google that are meant for this client or service.
///
/// Google's access tokens are opaque and for Google's own APIs. What services of yours are shown is an ID token: of a
/// user, with your OAuth client id as the audience, or of a service account, with the URL of your service.
///
/// Sets the issuer `https://accounts.google.com` and RS256; accepts ID tokens; reads the client from `azp`.
///
/// - There are no scopes and no permissions. Ask who calls instead (`access.subject()`, and `access.claim` for `email`
///   with `email_verified`), or keep permissions of your own
///   ([`Access::with_permissions`](crate::Access::with_permissions)).
/// - `email` counts only where `email_verified` is true; for a service account both are there.
/// - An access token in place of the ID token is refused as no JWT.
/// - Whoever has signed in to a client of this audience has such a token. It is proof of who he is, and of nothing he
///   may do.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let validator = scopa::provider::google("https://crashes.example.com").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://accounts.google.com\""));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn google(audience: impl Into<String>) -> ValidatorBuilder {
    Validator::builder("https://accounts.google.com", audience)
        .accept_id_tokens()
        .algorithms([Algorithm::RS256])
        .client_claim("azp")
}

/// Starts a validator for the ID tokens of Firebase Authentication, of this project.
///
/// Firebase has no other tokens for your API. The project is known by its id, such as `acme-crashes`.
///
/// Sets the issuer `https://securetoken.google.com/{project}` and the project as audience; accepts ID tokens.
///
/// - There are no scopes. Custom claims that you set for a user stand beside the others: name one by
///   [`permission_claim`](ValidatorBuilder::permission_claim), an array of strings.
/// - Anybody can become a user of a project that lets users sign up.
/// - Not confirmed against a live tenant: that metadata is found below this issuer (else give the address of the key
///   set by [`jwks_uri`](ValidatorBuilder::jwks_uri)), that tokens are signed with RS256, and what their header says of
///   `typ`. Every asymmetric algorithm is accepted that the published keys are for.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let validator = scopa::provider::firebase("acme-crashes").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://securetoken.google.com/acme-crashes\""));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn firebase(project: &str) -> ValidatorBuilder {
    let arguments = argument::step("the id of a project", project, "acme-crashes");
    Validator::builder(format!("https://securetoken.google.com/{project}"), project)
        .accept_id_tokens()
        .checked("firebase", arguments)
}
