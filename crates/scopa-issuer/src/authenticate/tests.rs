use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt as _;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use scopa::{Clock, Hierarchy};
use scopa_testing::ManualClock;

use super::*;
use crate::client::{ClientDraft, Clients, SignedTokens, TokenFormat};
use crate::error::ErrorCode;
use crate::store::MemoryStore;

mod assertions;
mod guessing;
mod methods;
mod secrets;

/// An issuer's desk: a store, a clock, and who looks at credentials.
struct Desk {
    store: Arc<dyn Store>,
    digest_key: DigestKey,
    clock: Arc<dyn Clock>,
    time: ManualClock,
    authentication: ClientAuthentication,
}

const NOW: u64 = 1_795_333_600;
const ISSUER: &str = "https://id.example.com";
const TOKEN_ENDPOINT: &str = "https://id.example.com/oauth2/token";
const SECRET: &str = "m2m-secret-0123456789abcdef";
const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

impl Desk {
    /// Knows `m2m`, which has a secret, and `spa`, which is public.
    fn new() -> Self {
        let time = ManualClock::at(NOW);
        let (clock, store): (Arc<dyn Clock>, Arc<dyn Store>) =
            (Arc::new(time.clone()), Arc::new(MemoryStore::new()));
        let digest_key = DigestKey::new([7; 32]).unwrap();
        let audiences = vec![ISSUER.to_owned(), TOKEN_ENDPOINT.to_owned()];
        let authentication =
            ClientAuthentication::new(store.clone(), digest_key.clone(), clock.clone(), audiences);
        let desk = Self { store, digest_key, clock, time, authentication };
        desk.add("m2m", ClientDraft::machine("machine"), Some(SECRET));
        desk.add("spa", ClientDraft::public("application", ["http://127.0.0.1/cb"]), None);
        desk
    }

    fn clients(&self) -> Clients<'_> {
        static OPEN: std::sync::LazyLock<Hierarchy> = std::sync::LazyLock::new(Hierarchy::default);
        Clients::new(&self.store, &self.digest_key, &self.clock, &OPEN, SIGNED)
    }

    fn add(&self, id: &str, draft: ClientDraft, secret: Option<&str>) {
        self.clients().create_with_credentials(id, draft, secret).now_or_never().unwrap().unwrap();
    }

    /// Returns the id of the client, or what it is told.
    fn ask(&self, fields: &[&str], body: &str, address: Option<IpAddr>) -> Result<String, OAuthError> {
        let mut headers = HeaderMap::new();
        for field in fields {
            headers.append(AUTHORIZATION, HeaderValue::from_bytes(field.as_bytes()).unwrap());
        }
        let params = Params::from_form(body.as_bytes()).unwrap();
        let outcome = self.authentication.authenticate(&headers, &params, address);
        outcome.now_or_never().unwrap().map(|client| client.id().to_owned())
    }

    fn basic(&self, id: &str, secret: &str, address: Option<IpAddr>) -> Result<String, OAuthError> {
        self.ask(&[&basic(id, secret)], "", address)
    }
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// Writes an outcome in one line: a client, or a status and a code.
fn shown(outcome: Result<String, OAuthError>) -> String {
    match outcome {
        Ok(id) => id,
        Err(error) => format!("{} {}", error.status(), error.code.as_str()),
    }
}

#[test]
fn a_request_is_authenticated_on_any_thread() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let (desk, headers, params) = (Desk::new(), HeaderMap::new(), Params::default());
    let outcome = is_send(desk.authentication.authenticate(&headers, &params, None)).now_or_never().unwrap();
    assert_eq!(outcome.unwrap_err().status(), 401);
}

const SIGNED: SignedTokens = SignedTokens { format: TokenFormat::Jwt, longest: Some(86_400) };
