use axum_07::Router;
use axum_07::body::Body;
use axum_07::routing::get;
use jwt_authorizer::{IntoLayer as _, JwtAuthorizer, Validation};
use measure::{AUDIENCE, Alg, ISSUER, Issuer, SECRET, now};
use tower::Layer as _;

use super::{Entries, ServiceClaims};
use crate::bare::{axum_hello, on_axum_07};
use crate::candidate::{Candidate, Host, Who};
use crate::target::{OnTower, PATH, hello};

pub(crate) const WHO: Who = Who { key: "jwt_authorizer", package: "jwt-authorizer", note: "" };

/// A layer for axum 0.7; the scope by its `check` on the claims.
pub(crate) fn candidates(issuer: &Issuer) -> Entries {
    let layer = || {
        let authorizer = match issuer.alg() {
            Alg::HS256 => JwtAuthorizer::<ServiceClaims>::from_secret(std::str::from_utf8(SECRET)?),
            _ => JwtAuthorizer::<ServiceClaims>::from_jwks_text(&issuer.jwks()),
        };
        let validation = Validation::new().iss(&[ISSUER]).aud(&[AUDIENCE]);
        let authorizer = authorizer.validation(validation).check(ServiceClaims::may_read);
        Ok::<_, Box<dyn std::error::Error>>(now(authorizer.build())?.into_layer())
    };
    let tower = OnTower::<_, Body>::new(layer()?.layer(hello::<Body>()));
    let router = Router::new().route(PATH, get(axum_hello)).layer(layer()?);
    Ok(vec![
        Candidate::new(WHO, "layer", Host::Tower07, tower),
        Candidate::new(WHO, "layer", Host::Axum07, on_axum_07(router)),
    ])
}
