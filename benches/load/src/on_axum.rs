use std::error::Error;
use std::io;
use std::sync::Arc;

use axum::extract::Extension;
use axum::http::StatusCode;
use axum::routing::{MethodRouter, get};
use axum::serve::ListenerExt as _;
use axum::{Router, serve};
use loopback::this_thread;
use measure::{AUDIENCE, Alg, ISSUER, Issuer, SCOPE, now};
use oauth_resource_server::axum::AuthLayer;
use oauth_resource_server::{KeyNaming, OAuthConfig, OAuthValidator};
use scopa_axum::Authorized;
use tokio::net::TcpListener;
use tokio::runtime;
use tower_oauth2_resource_server::server::OAuth2ResourceServer;
use tower_oauth2_resource_server::tenant::TenantConfiguration;
use tower_oauth2_resource_server::validation::ClaimsValidationSpec;

use crate::claims::{ServiceClaims, algorithm};
use crate::ours::{Read, validator};
use crate::server::{Candidate, OPEN, SCOPA, Server};

const OAUTH_RESOURCE_SERVER: Candidate = Candidate {
    key: "oauth_resource_server",
    name: "oauth-resource-server 0.4",
    path: "/oauth-resource-server",
};

const TOWER_OAUTH2_RESOURCE_SERVER: Candidate = Candidate {
    key: "tower_oauth2_resource_server",
    name: "tower-oauth2-resource-server 0.12",
    path: "/tower-oauth2-resource-server",
};

/// Starts axum on a runtime of one thread, with a route for each candidate.
pub(crate) fn start(issuer: &Issuer, core: usize) -> Result<Server, Box<dyn Error>> {
    let mut candidates = vec![OPEN, SCOPA, TOWER_OAUTH2_RESOURCE_SERVER];
    let guarded = get(async |_: Authorized<Read>| "none").with_state(validator(issuer)?);
    let mut router = Router::new()
        .route(OPEN.path, get(async || "none"))
        .route(SCOPA.path, guarded)
        .route(TOWER_OAUTH2_RESOURCE_SERVER.path, tower_oauth2_resource_server(issuer)?);
    // It refuses HMAC.
    if issuer.alg() != Alg::HS256 {
        router = router.route(OAUTH_RESOURCE_SERVER.path, oauth_resource_server(issuer)?);
        candidates.push(OAUTH_RESOURCE_SERVER);
    }
    let server = Server::start(candidates, core, |listener, tell| {
        runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let listener = TcpListener::from_std(listener)?.tap_io(|stream| {
                // Without it a small answer could wait for the last one's acknowledgement.
                if let Err(error) = stream.set_nodelay(true) {
                    eprintln!("a connection keeps its delay: {error}");
                }
            });
            tell.send(this_thread()).map_err(io::Error::other)?;
            serve(listener, router).await
        })
    })?;
    Ok(server)
}

/// Its layer, with the scope that its configuration demands.
fn oauth_resource_server(issuer: &Issuer) -> Result<MethodRouter, Box<dyn Error>> {
    let config = OAuthConfig {
        enabled: true,
        issuer: ISSUER.into(),
        audience: AUDIENCE.into(),
        resource: AUDIENCE.into(),
        required_scopes: vec![SCOPE.into()],
        scopes_supported: Some(vec![SCOPE.into()]),
        ..OAuthConfig::default()
    };
    let config = config.resolve(KeyNaming::Dotted("oauth"))?.ok_or("it is enabled")?;
    let validator = Arc::new(OAuthValidator::builder(&config).initial_jwks(&issuer.jwks()).build()?);
    Ok(get(async || "none").layer(AuthLayer::builder().oauth(validator).build()?))
}

/// Its layer, on aws-lc-rs. It knows no scopes: the handler looks at the claims, as its documentation shows.
fn tower_oauth2_resource_server(issuer: &Issuer) -> Result<MethodRouter, Box<dyn Error>> {
    let claims = ClaimsValidationSpec::new().exp(true).iss(ISSUER).aud(&vec![AUDIENCE.into()]);
    let tenant = TenantConfiguration::static_builder(issuer.jwks())
        .claims_validation(claims)
        .allowed_algorithms(&[algorithm(issuer.alg())])
        .build()?;
    let server = now(OAuth2ResourceServer::<ServiceClaims>::builder().add_tenant(tenant).build())?;
    let handler = async |Extension(claims): Extension<ServiceClaims>| {
        if claims.may_read() { Ok("none") } else { Err(StatusCode::FORBIDDEN) }
    };
    Ok(get(handler).layer(server.into_layer()))
}
