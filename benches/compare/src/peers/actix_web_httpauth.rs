use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::error::{ErrorForbidden, ErrorUnauthorized};
use actix_web::test::init_service;
use actix_web::{App, Error, HttpMessage as _, web};
use actix_web_httpauth::extractors::bearer::BearerAuth;
use actix_web_httpauth::middleware::HttpAuthentication;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use measure::{AUDIENCE, Alg, ISSUER, Issuer, now};

use super::{Entries, ServiceClaims};
use crate::actix::OnActix;
use crate::bare::actix_hello;
use crate::candidate::{Candidate, Host, Who};
use crate::target::PATH;

pub(crate) const WHO: Who =
    Who { key: "actix_web_httpauth", package: "actix-web-httpauth", note: " + jsonwebtoken 11" };

/// The bearer middleware; what it calls decodes the token, as services write it: keys and rules are made once.
pub(crate) fn candidates(issuer: &Issuer) -> Entries {
    let algorithm = match issuer.alg() {
        Alg::RS256 => Algorithm::RS256,
        Alg::ES256 => Algorithm::ES256,
        Alg::EdDSA => Algorithm::EdDSA,
        Alg::HS256 => Algorithm::HS256,
    };
    let mut validation = Validation::new(algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["exp", "iss", "aud"]);
    let jwk: Jwk = serde_json::from_value(issuer.jwk())?;
    let rules = Arc::new((DecodingKey::from_jwk(&jwk)?, validation));
    let check = move |request: ServiceRequest, bearer: BearerAuth| {
        let rules = Arc::clone(&rules);
        async move {
            match admit(&bearer, &rules.0, &rules.1) {
                Ok(claims) => {
                    request.extensions_mut().insert(claims);
                    Ok(request)
                }
                Err(error) => Err((error, request)),
            }
        }
    };
    let app = App::new().route(PATH, web::get().to(actix_hello)).wrap(HttpAuthentication::bearer(check));
    Ok(vec![Candidate::new(WHO, "middleware", Host::Actix, OnActix::new(now(init_service(app))))])
}

fn admit(bearer: &BearerAuth, key: &DecodingKey, rules: &Validation) -> Result<ServiceClaims, Error> {
    let token = decode::<ServiceClaims>(bearer.token(), key, rules).map_err(ErrorUnauthorized)?;
    if token.claims.may_read() { Ok(token.claims) } else { Err(ErrorForbidden("insufficient scope")) }
}
