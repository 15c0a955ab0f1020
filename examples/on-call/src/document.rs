//! The document of both APIs (OpenAPI). Whom a route lets in is read from its handler, and written nowhere else.

use scopa_axum::{Hierarchy, Policy};
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    AuthorizationCode, Flow, OAuth2, Scopes, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, RefOr, Response};
use utoipa_axum::router::UtoipaMethodRouter;

use crate::app::{AUTHORIZE, Api, TOKEN};
use crate::scopes::in_words;

/// Makes a route of a guarded handler, whose document says what its first argument asks for.
macro_rules! guarded {
    ($handler:ident) => {
        $crate::document::secured(routes!($handler), &scopa_axum::Policy::of(&$handler))
    };
}
pub(crate) use guarded;

/// Writes a policy into the operations of a route: one requirement for each set of scopes that would do.
pub(crate) fn secured(mut route: UtoipaMethodRouter<Api>, policy: &Policy) -> UtoipaMethodRouter<Api> {
    let requirement = |scopes: &scopa_axum::Scopes| SecurityRequirement::new(SCHEME, scopes.iter());
    let security: Vec<_> = policy.alternatives().iter().map(requirement).collect();
    for operation in route.1.paths.values_mut().flat_map(operations) {
        operation.security = Some(security.clone());
        for (status, why) in REFUSALS {
            operation.responses.responses.insert(status.into(), RefOr::T(Response::new(why)));
        }
    }
    route
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten()
}

/// Starts the document: what it is, and where tokens come from.
pub(crate) fn start(issuer: &str, hierarchy: &Hierarchy) -> OpenApi {
    let scopes = Scopes::from_iter(hierarchy.scopes().map(|name| (name, in_words(name))));
    let flow = AuthorizationCode::new(format!("{issuer}{AUTHORIZE}"), format!("{issuer}{TOKEN}"), scopes);
    let scheme = SecurityScheme::OAuth2(OAuth2::new([Flow::AuthorizationCode(flow)]));
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("On call").version("1").build())
        .components(Some(ComponentsBuilder::new().security_scheme(SCHEME, scheme).build()))
        .build()
}

const SCHEME: &str = "people";

/// What any guarded operation may say.
const REFUSALS: [(&str, &str); 4] = [
    ("400", "the request cannot be understood"),
    ("401", "no token, or not a good one"),
    ("403", "the token or its person may not do this"),
    ("503", "tokens cannot be checked now"),
];
