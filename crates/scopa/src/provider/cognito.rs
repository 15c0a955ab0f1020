use crate::{Algorithm, Validator, ValidatorBuilder};

use super::argument;

/// Starts a validator for access tokens of Amazon Cognito, of this user pool and for these app clients.
///
/// Cognito writes no `aud` into access tokens. What is checked in its place is the client: name all whose tokens your
/// API takes, and no others.
///
/// Sets the issuer `https://cognito-idp.{region}.amazonaws.com/{pool}` and RS256; reads scopes from `scope`,
/// permissions from `cognito:groups`, the client from `client_id`. Demands a client of the list, and that `token_use`
/// is `access`: ID tokens of the pool say `id`.
///
/// - Custom scopes have a slash within: `crashes/read` is the scope `read` of the resource server `crashes`. Nothing is
///   split; say by a [`Hierarchy`](crate::Hierarchy) what includes what.
/// - A client that acts for itself has no `username` and no groups.
/// - Tokens that were asked for with a resource indicator do have `aud`. For a pool whose clients all do that,
///   [`Validator::builder`] with the audience is stricter than this preset, which does not look at it.
/// - The keys of ID tokens and of access tokens differ, and stand in one set.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// use scopa::provider::cognito;
///
/// let validator = cognito("eu-west-1", "eu-west-1_AbCdEf123", ["1h57kf5cpq17m0eml12EXAMPLE"]).discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123\""));
///
/// let error = cognito("eu-west-1", "eu-west-1_AbCdEf123", [""; 0]).build().unwrap_err();
/// assert!(error.to_string().contains("the list of clients is empty"));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
///
/// # Security
/// A client of the list opens this API with any of its access tokens, also with one that it got for another resource
/// server of the pool: ask for scopes of your own on every route.
pub fn cognito(
    region: &str,
    pool: &str,
    clients: impl IntoIterator<Item = impl Into<String>>,
) -> ValidatorBuilder {
    let clients: Vec<String> = clients.into_iter().map(Into::into).collect();
    let arguments = is_region(region)
        .and_then(|()| is_pool(pool))
        .and_then(|()| argument::list("clients", &clients, "1h57kf5cpq17m0eml12EXAMPLE"));
    Validator::builder(format!("https://cognito-idp.{region}.amazonaws.com/{pool}"), "")
        .dangerously_skip_audience()
        .algorithms([Algorithm::RS256])
        .permission_claim("cognito:groups")
        .client_claim("client_id")
        .clients(clients)
        .require_claim("token_use", ["access"])
        .checked("cognito", arguments)
}

fn is_region(region: &str) -> argument::Checked {
    if !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Ok(());
    }
    Err(format!("`{}` is not a region; give it as `eu-west-1`", region.escape_debug()))
}

fn is_pool(pool: &str) -> argument::Checked {
    if !pool.contains('_') {
        let pool = pool.escape_debug();
        return Err(format!("`{pool}` is not the id of a user pool; give it as `eu-west-1_AbCdEf123`"));
    }
    argument::step("the id of a user pool", pool, "eu-west-1_AbCdEf123")
}
