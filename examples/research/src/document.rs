//! The OpenAPI document, made of the table of routes.

use http::Method;
use scopa_tower::issuer::Issuer;
use utoipa::PartialSchema as _;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{AuthorizationCode, ClientCredentials, Flow, OAuth2, Scopes, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Paths, Required,
    ResponseBuilder, SecurityRequirement,
};

use crate::research::{AUTHORIZE, REVOKE, TOKEN};
use crate::route::Route;
use crate::scopes::in_words;
use crate::settings::Statuses;

/// Describes the routes, and the endpoints of the issuer beside them.
pub(crate) fn document(routes: &[Route], issuer: &Issuer, statuses: Statuses) -> OpenApi {
    let mut paths = Paths::new();
    for route in routes {
        paths.add_path_operation(route.path, vec![method(&route.method)], route.operation(statuses));
    }
    for path in issuer.paths() {
        let methods = match path {
            TOKEN | REVOKE => vec![HttpMethod::Post],
            AUTHORIZE => vec![HttpMethod::Get, HttpMethod::Post],
            _ => vec![HttpMethod::Get],
        };
        let summary = "An endpoint of the issuer: see its metadata (RFC 8414)";
        paths.add_path_operation(path, methods, public(summary));
    }
    paths.add_path_operation(DOCUMENT, vec![HttpMethod::Get], public("Shows this document"));
    let info = InfoBuilder::new().title("Research").version(env!("CARGO_PKG_VERSION")).build();
    let components = ComponentsBuilder::new().security_scheme(SCHEME, scheme(issuer));
    OpenApiBuilder::new().info(info).paths(paths).components(Some(components.build())).build()
}

/// Says where tokens come from, and for which scopes.
fn scheme(issuer: &Issuer) -> SecurityScheme {
    let at = |path: &str| format!("{}{path}", issuer.identifier());
    let words: Vec<_> = issuer.hierarchy().scopes().map(|scope| (scope, in_words(scope))).collect();
    let scopes = || Scopes::from_iter(words.iter().map(|(scope, words)| (*scope, words.as_str())));
    let machine = ClientCredentials::new(at(TOKEN), scopes());
    let person = AuthorizationCode::with_refresh_url(at(AUTHORIZE), at(TOKEN), scopes(), at(TOKEN));
    SecurityScheme::OAuth2(OAuth2::new([Flow::ClientCredentials(machine), Flow::AuthorizationCode(person)]))
}

impl Route {
    fn operation(&self, statuses: Statuses) -> Operation {
        let mut operation = OperationBuilder::new().summary(Some(self.summary));
        for name in self.placeholders() {
            let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path);
            operation =
                operation.parameter(parameter.required(Required::True).schema(Some(String::schema())));
        }
        // What the guard asks for, and nothing else: each set of scopes is enough.
        for scopes in self.policy.alternatives() {
            operation = operation.security(SecurityRequirement::new(SCHEME, scopes.iter()));
        }
        if let Some(schema) = &self.takes {
            let body = ContentBuilder::new().schema(Some(schema.clone())).build();
            let body = RequestBodyBuilder::new().content(JSON, body).required(Some(Required::True));
            operation = operation.request_body(Some(body.build()));
        }
        let (status, schema) = &self.gives;
        let mut given = ResponseBuilder::new().description("It went well");
        if let Some(schema) = schema {
            given = given.content(JSON, ContentBuilder::new().schema(Some(schema.clone())).build());
        }
        operation = operation.response(status.as_str(), given.build());
        let refused = |why: &str| ResponseBuilder::new().description(why).build();
        if self.hides_other_teams {
            operation = operation.response("404", refused("There is no such thing in a team of the token"));
        }
        let refusals = match statuses {
            Statuses::Rfc6750 => &[
                ("401", "No access token, or one that is not good"),
                ("403", "The scopes of the token are not enough"),
            ][..],
            Statuses::Vendor => &[("401", "No access token, or one that is not good enough")],
        };
        for (status, why) in refusals {
            operation = operation.response(*status, refused(why));
        }
        operation.build()
    }
}

fn public(summary: &str) -> Operation {
    let given = ResponseBuilder::new().description("It went well").build();
    OperationBuilder::new().summary(Some(summary)).response("200", given).build()
}

fn method(method: &Method) -> HttpMethod {
    match *method {
        Method::POST => HttpMethod::Post,
        Method::PUT => HttpMethod::Put,
        Method::DELETE => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

/// Where the document is.
pub(crate) const DOCUMENT: &str = "/openapi.json";
const SCHEME: &str = "oauth2";
const JSON: &str = "application/json";
