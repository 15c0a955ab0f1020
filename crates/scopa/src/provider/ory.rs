use crate::discover::check_issuer;
use crate::invalid::quoted;
use crate::{Validator, ValidatorBuilder};

/// Starts a validator for access tokens of Ory Hydra or Ory Network, of this issuer and meant for this API.
///
/// The issuer is a URL, as it is configured (`urls.self.issuer`) or `https://{slug}.projects.oryapis.com`; to the
/// letter, with a slash at its end where it has one.
///
/// Reads scopes from `scp`, the client from `client_id`.
///
/// - **Tokens are opaque by default** (`ory_at_…`). Choose the strategy `jwt` for access tokens, or ask Ory about them
///   ([`introspect`](ValidatorBuilder::introspect)).
/// - **The audience is empty unless the client asks for one**, and may ask only for those that it is registered with.
///   An empty list is refused.
/// - `scp` is an array with the scope strategy `list`, the default. With `string` there is `scope` in its place: add
///   `.scope_claim("scope")`. Ory's documentation prints the two names swapped; the source is followed here.
/// - Claims that your consent application adds stand below `ext`: `.permission_claim("ext.permissions")`.
/// - The `typ` of the header is not confirmed against a live tenant; `JWT`, `at+jwt` or none are accepted.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// use scopa::provider::ory;
///
/// let validator = ory("https://acme.projects.oryapis.com", "https://api.example.com").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://acme.projects.oryapis.com\""));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn ory(issuer: impl Into<String>, audience: impl Into<String>) -> ValidatorBuilder {
    let issuer = issuer.into();
    let arguments = check_issuer(&issuer).map_err(|why| {
        let issuer = quoted(&issuer);
        format!("the issuer `{issuer}` {why}; give it as `https://acme.projects.oryapis.com`")
    });
    Validator::builder(issuer, audience)
        .scope_claim("scp")
        .client_claim("client_id")
        .checked("ory", arguments)
}
