use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use http::header::{ALLOW, HeaderValue};
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;
use scopa_tower::{Access, ConfigError, ProtectLayer, Validator};
use tower::util::BoxCloneSyncService;
use tower::{Layer as _, ServiceExt as _, service_fn};
use utoipa::openapi::OpenApi;

use crate::answer::{Answer, json, not_found, wrong};
use crate::call::{Call, PathValues, Service};
use crate::document::DOCUMENT;
use crate::route::Route;
use crate::scopes::Team;

/// All routes, each behind its guard.
#[derive(Clone)]
pub(crate) struct Router {
    paths: Arc<matchit::Router<Vec<(Method, Guarded)>>>,
}

type Guarded = BoxCloneSyncService<Request<Incoming>, Answer, Infallible>;

impl Router {
    /// Puts a guard before each route, and the document beside them.
    pub(crate) fn new(
        routes: Vec<Route>,
        auth: &Validator,
        service: &Arc<Service>,
        document: OpenApi,
    ) -> Result<Self, ConfigError> {
        let mut by_path: BTreeMap<&str, Vec<(Method, Guarded)>> = BTreeMap::new();
        for Route { method, path, policy, handler, hides_other_teams, .. } in routes {
            // `{team}` of the scope is `{team}` of the path.
            let guard = ProtectLayer::new(auth.clone()).require_bound(policy, |name, request| {
                request.extensions.get::<PathValues>()?.get(name).map(Into::into)
            })?;
            let service = service.clone();
            let handler = service_fn(move |request| {
                let call = Call::new(service.clone(), request).map(|call| handler(call));
                async {
                    let answer = match call {
                        Ok(answer) => answer.await,
                        Err(refusal) => Err(refusal.into()),
                    };
                    Ok(answer.unwrap_or_else(|refused| refused))
                }
            });
            let mut guarded = Guarded::new(guard.layer(handler));
            if hides_other_teams {
                guarded = hidden(guarded, auth);
            }
            by_path.entry(path).or_default().push((method, guarded));
        }
        let document = Arc::new(document);
        let shown = service_fn(move |_| {
            let answer = json(StatusCode::OK, &*document);
            async { Ok(answer) }
        });
        // Open to all. It is the only one.
        by_path.entry(DOCUMENT).or_default().push((Method::GET, Guarded::new(shown)));
        let mut paths = matchit::Router::new();
        for (path, methods) in by_path {
            paths.insert(path, methods).map_err(|error| ConfigError::new("routes", error.to_string()))?;
        }
        Ok(Self { paths: Arc::new(paths) })
    }

    /// Answers a request to any path.
    pub(crate) async fn answer(&self, mut request: Request<Incoming>) -> Answer {
        let Ok(found) = self.paths.at(request.uri().path()) else { return not_found() };
        // RFC 9110 §9.3.2: HEAD is GET, and the server sends no body.
        let asked = if request.method() == Method::HEAD { &Method::GET } else { request.method() };
        let Some((_, guarded)) = found.value.iter().find(|(method, _)| method == asked) else {
            return method_not_allowed(found.value.iter().map(|(method, _)| method));
        };
        let values = PathValues::decoded(found.params.iter());
        request.extensions_mut().insert(values);
        guarded.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }
}

/// Asks for a valid token first, and of what is not its team's says no more than that there is nothing.
fn hidden(guarded: Guarded, auth: &Validator) -> Guarded {
    let of_team = service_fn(move |request: Request<Incoming>| {
        let guarded = guarded.clone();
        async move {
            let team = request.extensions().get::<PathValues>().and_then(|values| values.get("team"));
            let caller = request.extensions().get::<Access>();
            let is_held =
                caller.is_some_and(|caller| caller.values(Team::SCOPE).any(|held| Some(held) == team));
            if is_held { guarded.oneshot(request).await } else { Ok(not_found()) }
        }
    });
    Guarded::new(ProtectLayer::new(auth.clone()).layer(of_team))
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Router(…)")
    }
}

fn method_not_allowed<'m>(known: impl Iterator<Item = &'m Method>) -> Answer {
    let mut answer =
        wrong(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "this path knows other methods");
    let allowed: Vec<&str> = known.map(Method::as_str).collect();
    if let Ok(allowed) = HeaderValue::try_from(allowed.join(", ")) {
        answer.headers_mut().insert(ALLOW, allowed);
    }
    answer
}
