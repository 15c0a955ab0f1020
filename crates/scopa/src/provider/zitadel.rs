use crate::{ClaimPath, Validator, ValidatorBuilder};

use super::argument;

/// Starts a validator for access tokens of Zitadel, of the instance at this domain and meant for this project.
///
/// The project is the one that your API belongs to, known by its id, such as `163838103215538177`. On loopback the
/// domain may be `http://localhost:8080`.
///
/// Sets the issuer `https://{domain}` and the project as audience; reads permissions from the roles of this very
/// project (the members of `urn:zitadel:iam:org:project:{project}:roles`), the client from `client_id` or else `azp`.
///
/// - **Tokens are opaque by default.** Choose JWT as the token type of each application, or ask Zitadel about them
///   ([`introspect`](ValidatorBuilder::introspect)).
/// - The project is in `aud` of clients that belong to it, and of others that ask for the scope
///   `urn:zitadel:iam:org:project:id:{project}:aud`.
/// - There is no `scope` claim. Roles are permissions: ask for them as such
///   ([`Policy::permission`](crate::Policy::permission)).
/// - The claim `urn:zitadel:iam:org:project:roles`, without an id, has the roles of the project that the client is in,
///   which need not be yours. It is not read.
/// - Only the names of the roles are taken. Which organization granted each stands in its value: an API for many
///   organizations looks there (`access.claim`).
/// - Not confirmed against a live tenant: the `typ` of the header, and algorithms other than RS256. `JWT`, `at+jwt` or
///   none are accepted, and every asymmetric algorithm that the published keys are for.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let validator = scopa::provider::zitadel("acme.zitadel.cloud", "163838103215538177").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://acme.zitadel.cloud\""));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn zitadel(domain: &str, project: &str) -> ValidatorBuilder {
    let arguments = argument::host(domain, "acme.zitadel.cloud")
        .and_then(|()| argument::step("the id of a project", project, "163838103215538177"));
    let roles = format!("urn:zitadel:iam:org:project:{project}:roles");
    Validator::builder(argument::url(domain), project)
        .permission_claim(ClaimPath::from([&*roles]).member_names())
        .checked("zitadel", arguments)
}
