use std::sync::Arc;

use scopa::{Access, Revocation, Revoked};

use crate::inner::Inner;
use crate::issuer::Issuer;

impl Issuer {
    /// Asks the store about each signed token, for an API in the same process: one that was revoked, whose grant or client
    /// has ended, or whose client may not have any more what it says, is refused at once instead of at its end. Of the tokens of other issuers, which the same validator may take, it
    /// says nothing.
    ///
    /// ```
    /// let dev = scopa_issuer::DevIssuer::new("http://127.0.0.1:9000", "https://api.example.com")?;
    /// let validator = dev.issuer().validator("https://api.example.com").revocation(dev.issuer().revocation()).build()?;
    /// # let _ = validator;
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn revocation(&self) -> impl Revocation + use<> {
        Asked(self.inner.clone())
    }
}

struct Asked(Arc<Inner>);

impl Revocation for Asked {
    fn revoked(&self, access: &Access) -> Revoked {
        // Others' clients are not in our store.
        if access.issuer() != self.0.identifier {
            return Revoked::No;
        }
        let (issuer, access) = (self.0.clone(), access.clone());
        Revoked::Later(Box::pin(async move {
            issuer.is_revoked(&access).await.map_err(|_| "the store of the issuer cannot answer".into())
        }))
    }
}
