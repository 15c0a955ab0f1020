use crate::invalid::quoted;
use crate::{Validator, ValidatorBuilder};

use super::argument;

/// Starts a validator for session tokens of Clerk, of the instance at this host and for pages of these origins.
///
/// The host is that of the Frontend API: `clerk.example.com`, in development `{slug}.clerk.accounts.dev`. Session
/// tokens have no audience. What is checked in its place is `azp`, the origin of the page that asked for the token:
/// name those of your own applications, such as `https://app.example.com`, and no others.
///
/// Sets the issuer `https://{host}`, without a slash at its end; reads the client from `azp`, and demands one of the
/// list.
///
/// - A token without `azp` is refused. It is left out where the request had no origin, as those of native applications.
/// - There are no scopes. The role in the active organization is in `o.rol`, and `.permission_claim("o.rol")` makes it
///   a permission; but where users may found organizations, everybody is an administrator of his own: compare `o.id`
///   with the record's in any case. `o.per`, `o.fpm` and `fea` are in a form of their own, which is not read.
/// - A token lives a minute or so (60 s: not confirmed against a live tenant), and pages fetch a new one ahead.
/// - That tokens are signed with RS256, and have `typ` `JWT`, is not confirmed against a live tenant. Every asymmetric
///   algorithm is accepted that the published keys are for.
/// - Clerk's OAuth access tokens and those of JWT templates are of other shapes: take [`Validator::builder`] for them.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// use scopa::provider::clerk;
///
/// let validator = clerk("clerk.example.com", ["https://app.example.com"]).discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://clerk.example.com\""));
///
/// let error = clerk("clerk.example.com", ["https://app.example.com/"]).build().unwrap_err();
/// assert!(error.to_string().contains("is not an origin"));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn clerk(host: &str, origins: impl IntoIterator<Item = impl Into<String>>) -> ValidatorBuilder {
    let origins: Vec<String> = origins.into_iter().map(Into::into).collect();
    let arguments = argument::domain(host, "clerk.example.com")
        .and_then(|()| argument::list("origins", &origins, ORIGIN))
        .and_then(|()| origins.iter().try_for_each(|origin| is_origin(origin)));
    Validator::builder(format!("https://{host}"), "")
        .dangerously_skip_audience()
        .client_claim("azp")
        .clients(origins)
        .checked("clerk", arguments)
}

/// RFC 6454 §6.2: scheme, host and port; no path, not even a slash.
fn is_origin(text: &str) -> argument::Checked {
    match text.split_once("://") {
        Some((scheme, host)) if !scheme.is_empty() && !host.is_empty() && !host.contains('/') => Ok(()),
        _ => Err(format!("`{}` is not an origin; give it as `{ORIGIN}`, without a slash", quoted(text))),
    }
}

const ORIGIN: &str = "https://app.example.com";
