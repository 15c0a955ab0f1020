//! The router and its OpenAPI document, which grow together. What an operation asks of the caller comes from its handler, and stands
//! nowhere else.

use axum::Router;
use axum::handler::Handler;
use axum::http::header::CONTENT_TYPE;
use axum::routing::{MethodFilter, MethodRouter, get, on};
use scopa_axum::{ConfigError, Hierarchy, Policy};
use utoipa::ToSchema;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Type};
use utoipa::openapi::security::{
    ClientCredentials, Flow, OAuth2, Scopes, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    ComponentsBuilder, Content, HttpMethod, Info, OpenApi, Paths, Required, Response, ResponseBuilder,
};

use crate::app::CrashReports;
use crate::scopes::in_words;

/// A handler, with what its signature asks for.
pub(crate) struct Guarded {
    pub(crate) policy: Policy,
    pub(crate) on: fn(MethodFilter) -> MethodRouter<CrashReports>,
}

/// Names a handler once, for the router and for the document.
macro_rules! guarded {
    ($handler:path) => {
        crate::document::Guarded {
            policy: scopa_axum::Policy::of(&$handler),
            on: |method| axum::routing::on(method, $handler),
        }
    };
}
pub(crate) use guarded;

/// The router and the document. An operation is named as `POST /path/{parameter}`.
pub(crate) struct Routes {
    router: Router<CrashReports>,
    document: OpenApi,
}

impl Routes {
    /// Starts with all scopes of the hierarchy, and no operation.
    pub(crate) fn new(origin: &str, hierarchy: &Hierarchy) -> Self {
        let scopes: Scopes = hierarchy.scopes().map(|scope| (scope, in_words(scope))).collect();
        let tokens = Flow::ClientCredentials(ClientCredentials::new(format!("{origin}{TOKENS}"), scopes));
        let scheme = SecurityScheme::OAuth2(OAuth2::new([tokens]));
        let mut document = OpenApi::new(Info::new("Crash reports", env!("CARGO_PKG_VERSION")), Paths::new());
        document.components = Some(ComponentsBuilder::new().security_scheme(SCHEME, scheme).build());
        Self { router: Router::new(), document }
    }

    /// Adds operations about a database that are asked alike and answer alike.
    pub(crate) fn about<Answer: ToSchema>(
        self,
        names: &[&str],
        status: u16,
        operations: impl IntoIterator<Item = (&'static str, Guarded, &'static str)>,
    ) -> Result<Self, ConfigError> {
        operations.into_iter().try_fold(self, |routes, (at, handler, what)| {
            routes.guarded(at, handler, asked(at, returns::<Answer>(status, what), names))
        })
    }

    /// Adds an operation whose handler says what it asks for.
    pub(crate) fn guarded(
        mut self,
        at: &str,
        handler: Guarded,
        operation: OperationBuilder,
    ) -> Result<Self, ConfigError> {
        let requirement = |scopes: &scopa_axum::Scopes| SecurityRequirement::new(SCHEME, scopes.iter());
        let operation = operation.securities(Some(handler.policy.alternatives().iter().map(requirement)));
        let operation = REFUSALS
            .iter()
            .fold(operation, |operation, (status, says)| operation.response(*status, Response::new(*says)));
        let (method, path) = self.describe(at, operation)?;
        Ok(Self { router: self.router.route(path, (handler.on)(method)), ..self })
    }

    /// Adds an operation that is open to all.
    pub(crate) fn open<T: 'static>(
        mut self,
        at: &str,
        handler: impl Handler<T, CrashReports>,
        operation: OperationBuilder,
    ) -> Result<Self, ConfigError> {
        let (method, path) = self.describe(at, operation)?;
        Ok(Self { router: self.router.route(path, on(method, handler)), ..self })
    }

    /// Adds an operation to the document, and returns how the router calls its place.
    pub(crate) fn describe<'a>(
        &mut self,
        at: &'a str,
        operation: OperationBuilder,
    ) -> Result<(MethodFilter, &'a str), ConfigError> {
        let (filter, method, path) = match at.split_once(' ') {
            Some(("GET", path)) => (MethodFilter::GET, HttpMethod::Get, path),
            Some(("POST", path)) => (MethodFilter::POST, HttpMethod::Post, path),
            Some(("PUT", path)) => (MethodFilter::PUT, HttpMethod::Put, path),
            Some(("DELETE", path)) => (MethodFilter::DELETE, HttpMethod::Delete, path),
            _ => return Err(ConfigError::new("routes", format!("`{at}`: write it as `POST /path`"))),
        };
        let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let operation =
            names.fold(operation, |operation, name| operation.parameter(parameter(name, ParameterIn::Path)));
        self.document.paths.add_path_operation(path, vec![method], operation);
        Ok((filter, path))
    }

    /// Adds the document itself, and returns the router.
    pub(crate) fn finish(mut self) -> Result<Router<CrashReports>, ConfigError> {
        let (_, path) =
            self.describe("GET /openapi.json", returns::<serde_json::Value>(200, "Returns this document"))?;
        let document =
            self.document.to_json().map_err(|error| ConfigError::new("document", error.to_string()))?;
        Ok(self.router.route(path, get(async || ([(CONTENT_TYPE, "application/json")], document))))
    }
}

/// Starts an operation: its status, and what it does.
pub(crate) fn does(status: u16, what: &str) -> OperationBuilder {
    OperationBuilder::new().summary(Some(what)).response(status.to_string(), Response::new("done"))
}

/// Starts an operation that answers in JSON.
pub(crate) fn returns<Answer: ToSchema>(status: u16, what: &str) -> OperationBuilder {
    let answer = ResponseBuilder::new().description("done");
    let answer = answer.content("application/json", Content::new(Some(Answer::schema())));
    OperationBuilder::new().summary(Some(what)).response(status.to_string(), answer)
}

/// Says what an operation is asked with: a form in `POST`, parameters of the address otherwise. Of `id?` it can do without.
pub(crate) fn asked(at: &str, operation: OperationBuilder, names: &[&str]) -> OperationBuilder {
    if at.starts_with("POST") {
        return form(operation, names, &["multipart/form-data"]);
    }
    names.iter().fold(operation, |operation, name| operation.parameter(parameter(name, ParameterIn::Query)))
}

/// Says which fields a form has; others are passed over.
pub(crate) fn form(operation: OperationBuilder, names: &[&str], types: &[&str]) -> OperationBuilder {
    let fields = names.iter().fold(ObjectBuilder::new(), |fields, name| {
        let text = ObjectBuilder::new().schema_type(Type::String);
        match name.strip_suffix('?') {
            Some(name) => fields.property(name, text),
            None => fields.property(*name, text).required(*name),
        }
    });
    let fields = Content::new(Some(fields.additional_properties(Some(AdditionalProperties::FreeForm(true)))));
    body(operation, &fields, types)
}

/// Says that the body is JSON.
pub(crate) fn json_body<T: ToSchema>(operation: OperationBuilder) -> OperationBuilder {
    body(operation, &Content::new(Some(T::schema())), &["application/json"])
}

fn body(operation: OperationBuilder, content: &Content, types: &[&str]) -> OperationBuilder {
    let body = RequestBodyBuilder::new().required(Some(Required::True));
    let body = types.iter().fold(body, |body, name| body.content(*name, content.clone()));
    operation.request_body(Some(body.build()))
}

fn parameter(name: &str, place: ParameterIn) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let (name, required) = match name.strip_suffix('?') {
        Some(name) => (name, Required::False),
        None => (name, Required::True),
    };
    ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(text)).build()
}

/// The name of the one security scheme.
const SCHEME: &str = "oauth2";
/// Where tokens are asked for: that is what it is called.
pub(crate) const TOKENS: &str = "/oauth2/authorize";
const REFUSALS: [(&str, &str); 3] = [
    ("400", "the request is not what it should be"),
    ("401", "no token, or one that is not good"),
    ("403", "the token does not let the caller do this, or not in this database"),
];
