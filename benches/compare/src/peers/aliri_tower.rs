use aliri::{Jwks, jwa, jwt};
use aliri_oauth2::{Authority, ScopePolicy};
use aliri_tower::Oauth2Authorizer;
use axum::Router;
use axum::body::Body;
use axum::routing::get;
use measure::{AUDIENCE, Alg, ISSUER, Issuer, SCOPE};
use tower::Layer as _;

use super::Entries;
use crate::bare::{axum_hello, on_axum};
use crate::candidate::{Candidate, Host, Who};
use crate::target::{OnTower, PATH, hello};

pub(crate) const WHO: Who = Who { key: "aliri_tower", package: "aliri_tower", note: "" };

/// Two layers for tower: one for the token, one for the scope. It has no EdDSA.
pub(crate) fn candidates(issuer: &Issuer) -> Entries {
    let algorithm = match issuer.alg() {
        Alg::RS256 => jwa::Algorithm::RS256,
        Alg::ES256 => jwa::Algorithm::ES256,
        Alg::HS256 => jwa::Algorithm::HS256,
        Alg::EdDSA => return Err("it has no EdDSA".into()),
    };
    let authority = || {
        let validator = jwt::CoreValidator::default()
            .add_approved_algorithm(algorithm)
            .add_allowed_audience(jwt::Audience::from_static(AUDIENCE))
            .require_issuer(jwt::Issuer::from_static(ISSUER))
            .check_expiration();
        let jwks: Jwks = serde_json::from_str(&issuer.jwks())?;
        Ok::<_, serde_json::Error>(Authority::new(jwks, validator))
    };
    let authorizer = Oauth2Authorizer::new().with_terse_error_handler::<Body>();
    let scope = || authorizer.scope_layer(ScopePolicy::allow_one_from_static(SCOPE));
    let tower = authorizer.jwt_layer(authority()?).layer(scope().layer(hello::<Body>()));
    let router =
        Router::new().route(PATH, get(axum_hello).layer(scope())).layer(authorizer.jwt_layer(authority()?));
    Ok(vec![
        Candidate::new(WHO, "layers", Host::Tower, OnTower::<_, Body>::new(tower)),
        Candidate::new(WHO, "layers", Host::Axum, on_axum(router)),
    ])
}
