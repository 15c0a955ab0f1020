use crate::{Validator, ValidatorBuilder};

use super::argument;

/// Starts a validator for the access tokens of users of Supabase, of this project.
///
/// The project is known by its reference, such as `abcdefghijklmnopqrst`.
///
/// Sets the issuer `https://{project}.supabase.co/auth/v1` and the audience `authenticated`. Demands that `role` is
/// `authenticated`.
///
/// - The audience is the same for every project: the issuer is what tells yours from others.
/// - **The anon key is itself a token**, public and with a long life (ten years: not confirmed against a live project).
///   Its role is `anon`, that of the service key `service_role`; both are refused. To take another role, add a
///   `.require_claim("role", ..)` to [`Validator::builder`] instead.
/// - A user who signed in anonymously is `authenticated`, too: where that matters look at `is_anonymous`.
/// - There are no scopes. Name a claim below `app_metadata` by
///   [`permission_claim`](ValidatorBuilder::permission_claim), such as `app_metadata.roles`; never one below
///   `user_metadata`, which users write themselves.
/// - **Older projects sign with HS256** and a shared secret: change to signing keys, or build a validator with
///   [`KeySet::from_secret`](crate::KeySet::from_secret), apart from published keys. Whoever knows the secret can sign.
/// - How the second factor stands is in `aal`.
///
/// ```
/// # let http = scopa_testing::TestProvider::new();
/// let validator = scopa::provider::supabase("abcdefghijklmnopqrst").discover(http).build()?;
/// assert!(format!("{validator:?}").contains("\"https://abcdefghijklmnopqrst.supabase.co/auth/v1\""));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
pub fn supabase(project: &str) -> ValidatorBuilder {
    let arguments = if project.contains('.') {
        let text = "is an address; give the reference alone, such as";
        Err(format!("`{}` {text} `abcdefghijklmnopqrst`", project.escape_debug()))
    } else {
        argument::step("the reference of a project", project, "abcdefghijklmnopqrst")
    };
    Validator::builder(format!("https://{project}.supabase.co/auth/v1"), "authenticated")
        .require_claim("role", ["authenticated"])
        .checked("supabase", arguments)
}
