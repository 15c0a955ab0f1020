use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Extension, Router};
use jsonwebtoken::Algorithm;
use measure::{AUDIENCE, Alg, ISSUER, Issuer, now};
use tower::Layer as _;
use tower_oauth2_resource_server::server::OAuth2ResourceServer;
use tower_oauth2_resource_server::tenant::TenantConfiguration;
use tower_oauth2_resource_server::validation::ClaimsValidationSpec;

use super::{Entries, ServiceClaims};
use crate::bare::on_axum;
use crate::candidate::{Candidate, Host, Who};
use crate::target::{OnTower, PATH, hello_if};

pub(crate) const WHO: Who =
    Who { key: "tower_oauth2_resource_server", package: "tower-oauth2-resource-server", note: ", aws-lc-rs" };

/// A layer for tower, on aws-lc-rs. It knows no scopes: the handler looks at the claims, as its documentation shows.
pub(crate) fn candidates(issuer: &Issuer) -> Entries {
    let server = || {
        let claims = ClaimsValidationSpec::new().exp(true).iss(ISSUER).aud(&vec![AUDIENCE.into()]);
        let algorithm = match issuer.alg() {
            Alg::RS256 => Algorithm::RS256,
            Alg::ES256 => Algorithm::ES256,
            Alg::EdDSA => Algorithm::EdDSA,
            Alg::HS256 => Algorithm::HS256,
        };
        let tenant = TenantConfiguration::static_builder(issuer.jwks())
            .claims_validation(claims)
            .allowed_algorithms(&[algorithm])
            .build()?;
        Ok::<_, Box<dyn std::error::Error>>(now(OAuth2ResourceServer::<ServiceClaims>::builder()
            .add_tenant(tenant)
            .build())?)
    };
    let inner = hello_if::<Body, _>(|extensions| {
        extensions.get::<ServiceClaims>().is_some_and(ServiceClaims::may_read)
    });
    let tower = OnTower::<_, Body>::new(server()?.into_layer().layer(inner));
    let router = Router::new().route(PATH, get(handler)).layer(server()?.into_layer());
    Ok(vec![
        Candidate::new(WHO, "layer", Host::Tower, tower),
        Candidate::new(WHO, "layer", Host::Axum, on_axum(router)),
    ])
}

async fn handler(Extension(claims): Extension<ServiceClaims>) -> StatusCode {
    if claims.may_read() { StatusCode::OK } else { StatusCode::FORBIDDEN }
}
