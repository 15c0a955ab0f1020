use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use axum::Router;
use axum::routing::get;
use measure::{AUDIENCE, Alg, ISSUER, Issuer, SCOPE, SECRET, now};
use scopa::{Algorithm, ConfigError, KeySet, Validator};
use tower::Layer as _;

use crate::actix::OnActix;
use crate::bare::{actix_hello, axum_hello, on_axum};
use crate::candidate::{Candidate, Host, Who};
use crate::target::{OnTower, PATH, hello};

/// scopa, as its tables call it.
pub(crate) const SCOPA: Who = Who { key: "scopa", package: "scopa", note: "" };

scopa::scopes! {
    fn hierarchy;
    Write = "crashes:write" { Read = "crashes:read" },
}

/// scopa in all its adapters, each with a validator of its own.
///
/// # Errors
/// What a validator or a policy has against its settings.
pub(crate) fn scopa(issuer: &Issuer) -> Result<Vec<Candidate>, ConfigError> {
    let layer = || scopa_tower::ProtectLayer::new(validator(issuer)?).require(SCOPE);
    let tower = OnTower::<_, axum::body::Body>::new(layer()?.layer(hello::<axum::body::Body>()));
    let extractor = Router::new().route(PATH, get(async |_: scopa_axum::Authorized<Read>| {}));
    let extractor = on_axum(extractor.with_state(validator(issuer)?));
    let layered = on_axum(Router::new().route(PATH, get(axum_hello)).layer(layer()?));
    let handler = async |_: scopa_actix::Authorized<Read>| HttpResponse::Ok().finish();
    let app = App::new().app_data(validator(issuer)?).route(PATH, web::get().to(handler));
    let protect = scopa_actix::Protect::new(validator(issuer)?).require(SCOPE)?;
    let wrapped = App::new().route(PATH, web::get().to(actix_hello)).wrap(protect);
    Ok(vec![
        Candidate::new(SCOPA, "layer", Host::Tower, tower),
        Candidate::new(SCOPA, "extractor", Host::Axum, extractor),
        Candidate::new(SCOPA, "layer", Host::Axum, layered),
        Candidate::new(SCOPA, "extractor", Host::Actix, OnActix::new(now(init_service(app)))),
        Candidate::new(SCOPA, "middleware", Host::Actix, OnActix::new(now(init_service(wrapped)))),
    ])
}

fn validator(issuer: &Issuer) -> Result<Validator, ConfigError> {
    let keys = match issuer.alg() {
        Alg::HS256 => KeySet::from_secret(Algorithm::HS256, SECRET)?.with_kid(Alg::HS256.kid())?,
        _ => KeySet::from_jwks(&issuer.jwks())?,
    };
    Validator::builder(ISSUER, AUDIENCE).keys(keys).hierarchy(hierarchy()?).build()
}
