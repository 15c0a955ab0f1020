use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwapOption;
use scopa::{Clock, Validator};

use crate::authenticate::ClientAuthentication;
use crate::client::TokenFormat;
use crate::crypto::DigestKey;
use crate::endpoints::Endpoints;
use crate::login::Login;
use crate::own_keys::OwnKeys;
use crate::param::BodyTypes;
use crate::scope::ScopeRules;
use crate::store::Store;
use crate::token::Mint;

/// What all clones of an issuer share.
pub(crate) struct Inner {
    /// The issuer identifier (RFC 8414 §2), and its scheme and authority.
    pub(crate) identifier: String,
    pub(crate) origin: String,
    pub(crate) endpoints: Endpoints,
    pub(crate) metadata_paths: Vec<String>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) digest_key: DigestKey,
    /// Signs tokens; `None` if all are opaque.
    pub(crate) mint: Arc<ArcSwapOption<Mint>>,
    pub(crate) own_keys: OwnKeys,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) authentication: ClientAuthentication,
    pub(crate) login: Option<Box<dyn Login>>,
    pub(crate) scopes: ScopeRules,
    /// The APIs that a client's tokens are for, if it has none of its own.
    pub(crate) audience: Vec<String>,
    pub(crate) token_type: String,
    pub(crate) token_format: TokenFormat,
    /// Seconds.
    pub(crate) access_lifetime: u64,
    /// Seconds; no signed token lives for longer.
    pub(crate) longest_lifetime: u64,
    /// Seconds.
    pub(crate) refresh_lifetime: u64,
    /// Seconds.
    pub(crate) refresh_grace: u64,
    pub(crate) body_types: BodyTypes,
    pub(crate) body_limit: usize,
    /// The addresses whose `X-Real-IP` is believed.
    pub(crate) proxies: Vec<IpAddr>,
    /// Takes the signed tokens of this issuer, for whichever API they are; `None` if it signs none.
    pub(crate) own_tokens: Option<Validator>,
}

impl Inner {
    /// Says whether there are public keys to be shown.
    pub(crate) fn publishes_keys(&self) -> bool {
        self.mint.load().as_ref().is_some_and(|mint| mint.keys().are_public())
    }
}
