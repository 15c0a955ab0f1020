use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use measure::{AUDIENCE, ISSUER, Issuer, SCOPE};
use oauth_resource_server::axum::AuthLayer;
use oauth_resource_server::http_layer::HttpAuthLayer;
use oauth_resource_server::{KeyNaming, OAuthConfig, OAuthValidator};
use tower::Layer as _;

use super::Entries;
use crate::bare::{axum_hello, on_axum};
use crate::candidate::{Candidate, Host, Who};
use crate::target::{OnTower, PATH, hello};

pub(crate) const WHO: Who = Who { key: "oauth_resource_server", package: "oauth-resource-server", note: "" };

/// Its two layers, with the scope that its configuration demands. It refuses HMAC.
pub(crate) fn candidates(issuer: &Issuer) -> Entries {
    let validator = || {
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
        let validator = OAuthValidator::builder(&config).initial_jwks(&issuer.jwks()).build()?;
        Ok::<_, Box<dyn std::error::Error>>(Arc::new(validator))
    };
    let tower = HttpAuthLayer::builder().oauth(validator()?).build()?;
    let tower = OnTower::<_, Body>::new(tower.layer(hello::<Body>()));
    let layer = AuthLayer::builder().oauth(validator()?).build()?;
    let router = Router::new().route(PATH, get(axum_hello)).route_layer(layer);
    Ok(vec![
        Candidate::new(WHO, "layer", Host::Tower, tower),
        Candidate::new(WHO, "layer", Host::Axum, on_axum(router)),
    ])
}
