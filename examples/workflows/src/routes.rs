//! The routes of one port: what is mounted, and what the document says of it, from one list.

use std::collections::BTreeMap;

use actix_web::guard::fn_guard;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource, Route};
use scopa_actix::{ConfigError, Policy, Protect, Validator};
use serde_json::json;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, Parameter, ParameterIn, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, ClientCredentials, Flow, OAuth2, Scopes, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, Content, InfoBuilder, OpenApiBuilder, PathItem, RefOr, Required, Response,
};
use utoipa::{PartialSchema, ToSchema};

use crate::fault::Fault;
use crate::scopes;

/// Makes what a [`Described`] is made from, of a handler whose first argument is `Authorized<R>`: what its type asks for, and its route.
macro_rules! guarded {
    ($handler:expr) => {
        (scopa_actix::Policy::of(&$handler), actix_web::web::to($handler))
    };
}
pub(crate) use guarded;

/// A route, and what the document says of it.
pub(crate) struct Described {
    method: Method,
    written: HttpMethod,
    path: &'static str,
    policy: Policy,
    route: Route,
    by_key: Option<Route>,
    operation: OperationBuilder,
    schemas: Vec<(String, RefOr<Schema>)>,
}

/// Starts a route at `GET /path`.
pub(crate) fn on(at: &'static str, (policy, route): (Policy, Route), says: &str) -> Described {
    let (method, path) = at.split_once(' ').unwrap_or(("GET", at));
    let (method, written, done) = match method {
        "POST" => (Method::POST, HttpMethod::Post, None),
        "PUT" => (Method::PUT, HttpMethod::Put, None),
        "DELETE" => (Method::DELETE, HttpMethod::Delete, Some(("204", "done"))),
        _ => (Method::GET, HttpMethod::Get, None),
    };
    let mut operation = OperationBuilder::new().summary(Some(says));
    for name in path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}')) {
        operation = operation.parameter(parameter(name, ParameterIn::Path));
    }
    for (status, says) in REFUSALS.into_iter().chain(done) {
        operation = operation.response(status, Response::new(says));
    }
    Described { method, written, path, policy, route, by_key: None, operation, schemas: Vec::new() }
}

impl Described {
    /// Says what the body of the request is.
    pub(crate) fn takes<T: ToSchema>(mut self) -> Self {
        // Answers refer to it: they have what was sent in them.
        self.schemas.push((T::name().into_owned(), T::schema()));
        let body = RequestBodyBuilder::new().content(JSON, self.content::<T>());
        self.operation = self.operation.request_body(Some(body.required(Some(Required::True)).build()));
        self
    }

    /// Says which parameter of the query must be there.
    pub(crate) fn query(mut self, name: &str) -> Self {
        self.operation = self.operation.parameter(parameter(name, ParameterIn::Query));
        self
    }

    /// Says what the answer is.
    pub(crate) fn answers<T: ToSchema>(self) -> Self {
        self.answering::<T>("200")
    }

    /// The same for a route that makes something.
    pub(crate) fn creates<T: ToSchema>(self) -> Self {
        self.answering::<T>("201")
    }

    /// Adds a second way in, by a key in the address: this route, whose guard looks for one.
    pub(crate) fn or_by_key(self, route: Route) -> Self {
        Self { by_key: Some(route), ..self }
    }

    fn answering<T: ToSchema>(mut self, status: &str) -> Self {
        let mut answer = Response::new("done");
        answer.content.insert(JSON.into(), self.content::<T>().into());
        self.operation = self.operation.response(status, answer);
        self
    }

    fn content<T: ToSchema>(&mut self) -> Content {
        T::schemas(&mut self.schemas);
        Content::new(Some(T::schema()))
    }
}

/// Mounts routes, and the document at `/openapi.json`.
pub(crate) fn mount(
    routes: Vec<Described>,
    config: &mut ServiceConfig,
    auth: &Validator,
    document: web::Bytes,
) {
    let document = move || {
        let document = document.clone();
        async { HttpResponse::Ok().content_type(JSON).body(document) }
    };
    let mut mounted = vec![("/openapi.json", Method::GET, web::to(document))];
    for Described { method, path, route, by_key, .. } in routes {
        // `NormalizePath::trim` has taken the slash at the end from the address.
        let path = path.trim_end_matches('/');
        // That by key comes first: it has a guard of its own.
        mounted.extend(by_key.map(|route| (path, method.clone(), route)));
        // The caller is known before the body is read: extractors of one handler are polled side by side, and a bad
        // body would be told before a missing permission that has to be looked up.
        mounted.push((path, method, route.wrap(Protect::new(auth.clone()))));
    }
    // In the order of their paths: `{` comes behind all letters, so a name that is meant is found before a placeholder.
    let mut resources: BTreeMap<&str, (Resource, Vec<Method>)> = BTreeMap::new();
    for (path, method, route) in mounted {
        let (resource, mut allowed) =
            resources.remove(path).unwrap_or_else(|| (web::resource(path), Vec::new()));
        let new = answered(&method).into_iter().filter(|new| !allowed.contains(new));
        allowed = [allowed.clone(), new.collect()].concat();
        let allows = fn_guard(move |request| answered(&method).contains(&request.head().method));
        resources.insert(path, (resource.route(route.guard(allows)), allowed));
    }
    for (resource, allowed) in resources.into_values() {
        let other = move || {
            let allowed = allowed.clone();
            async { Err::<HttpResponse, _>(Fault::MethodNotAllowed(allowed)) }
        };
        config.service(resource.default_service(web::to(other)));
    }
    config.app_data(auth.clone());
}

/// Says which methods a route for one answers: where GET is, HEAD is, too (RFC 9110 §9.1); actix-web leaves out the body.
fn answered(method: &Method) -> Vec<Method> {
    if method == Method::GET { vec![Method::GET, Method::HEAD] } else { vec![method.clone()] }
}

/// Writes the OpenAPI document.
///
/// # Errors
/// A handler asks for what `auth` does not know, so that nobody is told 500 at noon; or it cannot be written as JSON.
pub(crate) fn document(
    routes: Vec<Described>,
    title: &str,
    token_url: &str,
    auth: &Validator,
) -> Result<web::Bytes, ConfigError> {
    let declared = scopes::declared()?;
    // Its short name says what a scope is for.
    let scopes = declared.scopes().map(|scope| (scope, scope.rsplit('/').next().unwrap_or(scope)));
    let flow = Flow::ClientCredentials(ClientCredentials::new(token_url, scopes.collect::<Scopes>()));
    let oauth = SecurityScheme::OAuth2(OAuth2::new([flow]));
    let mut components = ComponentsBuilder::new().security_scheme(SCHEME, oauth);
    let mut paths = PathsBuilder::new();
    for Described { written, path, policy, by_key, mut operation, schemas, .. } in routes {
        auth.prepare(policy.clone())?;
        components = components.schemas_from_iter(schemas);
        // What the handler's type asks for: it is written nowhere else.
        let sets = policy.alternatives();
        let mut security: Vec<_> =
            sets.iter().map(|scopes| SecurityRequirement::new(SCHEME, scopes.iter())).collect();
        if by_key.is_some() {
            security.push(SecurityRequirement::new(KEY_SCHEME, [""; 0]));
            let key = SecurityScheme::ApiKey(ApiKey::Query(ApiKeyValue::new("key")));
            components = components.security_scheme(KEY_SCHEME, key);
        }
        if !policy.permissions().is_empty() {
            // Of each list one, beside a scope.
            let permissions = [("x-permissions", json!(policy.permissions()))];
            operation = operation.extensions(Some(permissions.into_iter().collect()));
        }
        paths = paths.path(path, PathItem::new(written, operation.securities(Some(security))));
    }
    let document = OpenApiBuilder::new()
        .info(InfoBuilder::new().title(title).version(env!("CARGO_PKG_VERSION")))
        .paths(paths)
        .components(Some(components.build()));
    let text = document.build().to_json();
    text.map(web::Bytes::from).map_err(|error| ConfigError::new("openapi", error.to_string()))
}

fn parameter(name: &str, place: ParameterIn) -> Parameter {
    let mut parameter = Parameter::new(name);
    parameter.parameter_in = place;
    parameter.required = Required::True;
    parameter.schema = Some(String::schema());
    parameter
}

/// How each of them refuses: what the caller sent, or whom it speaks for.
const REFUSALS: [(&str, &str); 4] = [
    ("400", "the request is not what it should be"),
    ("401", "no token, or one that is not good"),
    ("403", "the token lacks the scope, or its holder the permission"),
    ("503", "nobody can tell now"),
];
const JSON: &str = "application/json";
const SCHEME: &str = "accounts";
const KEY_SCHEME: &str = "queryKey";

#[cfg(test)]
mod tests {
    use scopa_actix::{Authorized, Requirement};
    use scopa_testing::TestIssuer;

    use super::*;

    struct Misspelt;

    impl Requirement for Misspelt {
        fn policy() -> Policy {
            Policy::from("https://www.workfloplus.com/auth/job.raed").and(Policy::permission("OWNER"))
        }
    }

    #[test]
    fn a_handler_that_asks_for_what_is_not_declared_is_an_error_at_the_start() {
        async fn handler(_: Authorized<Misspelt>) -> &'static str {
            ""
        }
        let auth = TestIssuer::new().validator().hierarchy(crate::hierarchy().unwrap()).build().unwrap();
        let routes = vec![on("GET /jobs", guarded!(handler), "Jobs")];
        let error = document(routes, "Gateway", "http://127.0.0.1/token", &auth).unwrap_err();
        assert!(error.to_string().contains("job.raed"), "{error}");
    }
}
