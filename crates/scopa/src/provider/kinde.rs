use crate::{Algorithm, Validator, ValidatorBuilder};

use super::argument;

/// Starts a validator for access tokens of Kinde, of the business at this domain and meant for this API.
///
/// The domain is `acme.kinde.com`, or the custom one where there is one.
///
/// Sets the issuer `https://{domain}`, without a slash at its end, and RS256; reads scopes from `scp`, permissions from
/// `permissions`, the client from `azp`.
///
/// - **The audience is an empty array unless the client asks for one.** Register the API, authorize the application for
///   it and have it ask with `audience`. An empty array is refused.
/// - Permissions are those in one organization, `org_code`. An API for many organizations compares it with the record's
///   (`access.claim("org_code")`).
/// - The scopes of clients that act for themselves, and what the header says of `typ`, are not confirmed against a live
///   tenant.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let validator = scopa::provider::kinde("acme.kinde.com", "https://api.example.com").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://acme.kinde.com\""));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn kinde(domain: &str, audience: impl Into<String>) -> ValidatorBuilder {
    let arguments = argument::domain(domain, "acme.kinde.com");
    Validator::builder(format!("https://{domain}"), audience)
        .algorithms([Algorithm::RS256])
        .scope_claim("scp")
        .permission_claim("permissions")
        .client_claim("azp")
        .checked("kinde", arguments)
}
