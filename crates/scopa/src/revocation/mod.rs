//! Tokens that are not good any more although they look it.

mod error;
mod list;

use std::error::Error;
use std::fmt;

use crate::access::Access;
use crate::fetch::BoxFuture;

pub use error::RevokeError;
pub use list::RevocationList;

/// Says whether a token was revoked before its end.
///
/// Asked for each token that would be accepted, after everything else was checked, so an answer that is at hand is
/// given at once. For one process there is [`RevocationList`], for services on several machines the crate
/// `scopa-redis`; of your own:
///
/// ```
/// use scopa::{Access, Revocation, Revoked};
///
/// /// Refuses the one client whose secret leaked.
/// struct Leaked(&'static str);
///
/// impl Revocation for Leaked {
///     fn revoked(&self, access: &Access) -> Revoked {
///         if access.client_id() == Some(self.0) { Revoked::Yes } else { Revoked::No }
///     }
/// }
/// # let issuer = scopa_testing::TestIssuer::new();
/// # let bearer = issuer.token().client_id("web").bearer();
/// # let access = issuer.validator().build()?.authenticate([bearer.as_bytes()]).now_or_later().unwrap()?;
/// assert!(matches!(Leaked("web").revoked(&access), Revoked::Yes));
/// assert!(matches!(Leaked("app").revoked(&access), Revoked::No));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Security
/// Look at the claims, never at the text of the token: whoever has an ECDSA signature can write it in a second form
/// that is just as good, and so has another text for the same token.
pub trait Revocation: Send + Sync + 'static {
    /// Says whether this token was revoked.
    fn revoked(&self, access: &Access) -> Revoked;
}

impl<R: Revocation + ?Sized> Revocation for std::sync::Arc<R> {
    fn revoked(&self, access: &Access) -> Revoked {
        (**self).revoked(access)
    }
}

/// Whether a token was revoked. Complete: yes, no, or it takes time to know; there is no fourth answer.
///
/// ```
/// use scopa::Revoked;
/// assert_eq!(format!("{:?}", Revoked::Later(Box::pin(async { Ok(true) }))), "Later(..)");
/// ```
#[expect(clippy::exhaustive_enums, reason = "there is no fourth answer, as its documentation says")]
#[must_use = "a token that was revoked is not to be accepted"]
pub enum Revoked {
    /// The token is good.
    No,
    /// The token is refused.
    Yes,
    /// The answer must be waited for: `true` is yes. It bounds its own waiting: a request waits as long as it does.
    ///
    /// An error means that nobody knows: 503 and `Retry-After`, never 401.
    Later(BoxFuture<'static, Result<bool, Box<dyn Error + Send + Sync>>>),
}

impl fmt::Debug for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::No => "No",
            Self::Yes => "Yes",
            Self::Later(_) => "Later(..)",
        })
    }
}
