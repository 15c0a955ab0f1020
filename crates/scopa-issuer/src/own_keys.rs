use std::sync::Arc;

use arc_swap::ArcSwapOption;
use scopa::{Algorithm, Clock, KeySource, KeysFuture, ValidatorBuilder};

use crate::token::Mint;

/// The keys of an issuer, for those who check its tokens in the same process.
#[derive(Clone)]
pub(crate) struct OwnKeys {
    mint: Arc<ArcSwapOption<Mint>>,
    clock: Arc<dyn Clock>,
    /// Seconds.
    longest_lifetime: u64,
}

impl OwnKeys {
    pub(crate) fn new(
        mint: &Arc<ArcSwapOption<Mint>>,
        clock: &Arc<dyn Clock>,
        longest_lifetime: u64,
    ) -> Self {
        Self { mint: mint.clone(), clock: clock.clone(), longest_lifetime }
    }

    /// Lets a validator take the tokens of this issuer, whatever they look like.
    pub(crate) fn trusted_by(&self, validator: ValidatorBuilder) -> ValidatorBuilder {
        let mint = self.mint.load();
        let validator = match &*mint {
            Some(mint) => validator.scope_claim([mint.shape().scopes_in()]).algorithms(algorithms(mint)),
            None => validator,
        };
        validator.key_source(self.clone()).clock(self.clock.clone())
    }
}

impl KeySource for OwnKeys {
    fn keys(&self) -> KeysFuture {
        let mint = self.mint.load();
        let keys = mint.as_ref().and_then(|mint| mint.key_set(self.clock.now(), self.longest_lifetime));
        Box::pin(async move { keys.ok_or_else(|| "the issuer signs no tokens".into()) })
    }
}

/// Public keys may be changed for ones of another algorithm, secrets too; one kind for the other may not.
fn algorithms(mint: &Mint) -> Vec<Algorithm> {
    let secrets = [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512];
    let public = [
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::EdDSA,
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
    ];
    if mint.keys().are_public() { public.into() } else { secrets.into() }
}
