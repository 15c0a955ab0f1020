use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use huskarl_axum::layers::ValidatorLayer;
use huskarl_axum::resource_server::core::EndpointUrl;
use huskarl_axum::resource_server::core::crypto::verifier::{JwsVerifier, JwsVerifierPlatform};
use huskarl_axum::resource_server::core::jwk::Jwk;
use huskarl_axum::resource_server::core::platform::MaybeSendBoxFuture;
use huskarl_axum::resource_server::validator::rfc9068::Rfc9068Validator;
use huskarl_crypto_native::NativeVerifierPlatform;
use huskarl_crypto_native::symmetric::SymmetricKey;
use measure::{AUDIENCE, Alg, ISSUER, Issuer, SCOPE, now};
use tower::Layer as _;

use super::Entries;
use crate::bare::{axum_hello, on_axum};
use crate::candidate::{Candidate, Host, Who};
use crate::target::{OnTower, PATH, hello};

pub(crate) const WHO: Who = Who { key: "huskarl_axum", package: "huskarl-axum", note: "" };

/// Its layer with its scope check, for requests and answers of axum. A fixed key comes by a factory, as in its own tests.
pub(crate) fn candidates(issuer: &Issuer) -> Entries {
    let layer = || Ok::<_, Box<dyn Error>>(ValidatorLayer::builder().validator(validator(issuer)?).build());
    let tower = layer()?.require_scopes([SCOPE]).layer(hello::<Body>());
    let router = Router::new().route(PATH, get(axum_hello)).layer(layer()?.require_scopes([SCOPE]));
    Ok(vec![
        Candidate::new(WHO, "layer", Host::Tower, OnTower::<_, Body>::new(tower)),
        Candidate::new(WHO, "layer", Host::Axum, on_axum(router)),
    ])
}

fn validator(issuer: &Issuer) -> Result<Rfc9068Validator, Box<dyn Error>> {
    let platform = Arc::new(NativeVerifierPlatform);
    let verifier: Arc<dyn JwsVerifier> = match issuer.alg() {
        Alg::HS256 => {
            let jwk: Jwk = serde_json::from_value(issuer.jwk())?;
            let secret = jwk.private_jwk().ok_or("the secret is one")?.try_into()?;
            Arc::new(SymmetricKey::from_jwk(secret)?)
        }
        _ => now(platform.create_verifier_from_jwk(serde_json::from_value(issuer.jwk())?))?,
    };
    let factory = move |_: Option<&EndpointUrl>, _: Arc<dyn JwsVerifierPlatform>| {
        let verifier = Arc::clone(&verifier);
        let found: MaybeSendBoxFuture<'static, Result<_, _>> = Box::pin(async move { Ok(verifier) });
        found
    };
    let validator = Rfc9068Validator::builder()
        .issuer(ISSUER)
        .audience(AUDIENCE)
        .jws_verifier_factory(factory)
        .jws_verifier_platform(platform);
    Ok(now(validator.build())?)
}
