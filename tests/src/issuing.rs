use std::error::Error;

use bytes::Bytes;
use http::{Request, Response};
use scopa::{Algorithm, BoxFuture, Clock};
use scopa_issuer::{
    Approval, AuthorizationRequest, ClientDraft, Decision, DigestKey, Issuer, Login, MemoryStore, SigningKey,
    SigningKeys,
};

use crate::routes::hierarchy;

/// Makes the issuer that the targets mount: four clients, and a login that believes a header.
///
/// # Errors
/// Names what cannot be set up.
pub async fn issuer(
    identifier: &str,
    audience: &str,
    clock: impl Clock + 'static,
) -> Result<Issuer, Box<dyn Error>> {
    let key = SigningKey::generate(Algorithm::ES256)?;
    let issuer = Issuer::builder(identifier, MemoryStore::default(), DigestKey::generate()?)
        .signing_keys(SigningKeys::new(key))
        .hierarchy(hierarchy()?)
        .audience(audience)
        .login(BelievesHeader)
        .accept_json()
        .accept_multipart()
        .clock(clock)
        .build()?;
    let clients = issuer.clients();
    let machine = ClientDraft::machine("machine").scopes("alpha beta".parse()?);
    clients.create_with_credentials("m2m", machine, M2M_SECRET).await?;
    let web = ClientDraft::web("web", ["https://client.example/cb"]).scopes("alpha beta api".parse()?);
    clients.create_with_credentials("web", web, WEB_SECRET).await?;
    let spa = ClientDraft::public("spa", ["http://127.0.0.1/cb"]).scopes("alpha".parse()?);
    clients.create_with_credentials("spa", spa, None).await?;
    let keys = serde_json::from_str(SIGNER_KEYS)?;
    let signer = ClientDraft::machine("signer").scopes("alpha beta".parse()?).jwks(keys);
    clients.create_with_credentials("signer", signer, None).await?;
    Ok(issuer)
}

/// A login for tests: whom `X-Test-User` names is signed in and consents; without the field a page is shown.
struct BelievesHeader;

impl Login for BelievesHeader {
    fn decide<'a>(
        &'a self,
        request: &'a Request<Bytes>,
        _: &'a AuthorizationRequest,
    ) -> BoxFuture<'a, Decision> {
        let user = request.headers().get("x-test-user").and_then(|value| value.to_str().ok());
        let decision = match user {
            Some(user) => Decision::Approve(Approval::new(user)),
            None => {
                Decision::Show(Response::new(Bytes::from_static(b"<!doctype html><title>sign in</title>")))
            }
        };
        Box::pin(std::future::ready(decision))
    }
}

/// The secret of `m2m`.
pub const M2M_SECRET: &str = "m2m-secret-0123456789abcdef";
/// The secret of `web`.
pub const WEB_SECRET: &str = "web-secret-0123456789abcdef";

/// The public keys of `signer`; the private one is beside it.
const SIGNER_KEYS: &str = include_str!("../clients/signer.jwks.json");
