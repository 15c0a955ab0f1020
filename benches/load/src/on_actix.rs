use std::error::Error;
use std::sync::Arc;

use actix_web::dev::ServiceRequest;
use actix_web::error::{ErrorForbidden, ErrorUnauthorized};
use actix_web::{App, HttpMessage as _, HttpServer, rt, web};
use actix_web_httpauth::extractors::bearer::BearerAuth;
use actix_web_httpauth::middleware::HttpAuthentication;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation, decode};
use loopback::this_thread;
use measure::{AUDIENCE, ISSUER, Issuer};
use scopa_actix::Authorized;

use crate::claims::{ServiceClaims, algorithm};
use crate::ours::{Read, validator};
use crate::server::{Candidate, OPEN, SCOPA, Server};

const ACTIX_WEB_HTTPAUTH: Candidate = Candidate {
    key: "actix_web_httpauth",
    name: "actix-web-httpauth 0.8 + jsonwebtoken 11",
    path: "/actix-web-httpauth",
};

/// Starts actix-web with one worker, and a route for each candidate.
pub(crate) fn start(issuer: &Issuer, core: usize) -> Result<Server, Box<dyn Error>> {
    let validator = validator(issuer)?;
    let rules = Arc::new(Rules::of(issuer)?);
    let candidates = vec![OPEN, SCOPA, ACTIX_WEB_HTTPAUTH];
    let server = Server::start(candidates, core, |listener, tell| {
        let application = move || {
            // Called by the worker. Nobody listens any more where a worker is started anew.
            drop(tell.send(this_thread()));
            let rules = Arc::clone(&rules);
            let bearer = HttpAuthentication::bearer(move |request: ServiceRequest, bearer: BearerAuth| {
                let rules = Arc::clone(&rules);
                async move {
                    match rules.admit(&bearer) {
                        Ok(claims) => {
                            request.extensions_mut().insert(claims);
                            Ok(request)
                        }
                        Err(error) => Err((error, request)),
                    }
                }
            });
            App::new()
                .app_data(validator.clone())
                .route(OPEN.path, web::get().to(async || "none"))
                .route(SCOPA.path, web::get().to(async |_: Authorized<Read>| "none"))
                .service(web::resource(ACTIX_WEB_HTTPAUTH.path).wrap(bearer).get(async || "none"))
        };
        rt::System::new()
            .block_on(HttpServer::new(application).workers(1).disable_signals().listen(listener)?.run())
    })?;
    Ok(server)
}

/// Key and rules of the peer, made once.
struct Rules {
    key: DecodingKey,
    validation: Validation,
}

impl Rules {
    fn of(issuer: &Issuer) -> Result<Self, Box<dyn Error>> {
        let mut validation = Validation::new(algorithm(issuer.alg()));
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        let jwk: Jwk = serde_json::from_value(issuer.jwk())?;
        Ok(Self { key: DecodingKey::from_jwk(&jwk)?, validation })
    }

    fn admit(&self, bearer: &BearerAuth) -> Result<ServiceClaims, actix_web::Error> {
        let token = decode::<ServiceClaims>(bearer.token(), &self.key, &self.validation);
        let claims = token.map_err(ErrorUnauthorized)?.claims;
        if claims.may_read() { Ok(claims) } else { Err(ErrorForbidden("insufficient scope")) }
    }
}
