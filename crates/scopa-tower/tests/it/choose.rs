//! Guards that depend on the request.

use std::borrow::Cow;

use http::request::Parts;
use scopa_testing::TestIssuer;
use scopa_tower::{Guard, Hierarchy, ProtectLayer, Validator, scopes};
use tower::{Layer, ServiceExt, service_fn};

use super::common::{challenge, hello, request, soon, validator};

scopes! {
    fn hierarchy;
    Admin = "admin" { Team(id) = "team_{id}" },
}

fn teams(issuer: &TestIssuer) -> Validator {
    issuer.validator().hierarchy(hierarchy().unwrap()).build().unwrap()
}

fn from_path<'p>(placeholder: &str, request: &'p Parts) -> Option<Cow<'p, str>> {
    let id = request.uri.path().strip_prefix("/teams/").filter(|_| placeholder == "id");
    id.map(Cow::Borrowed)
}

#[tokio::test]
async fn a_bound_policy_takes_its_value_from_the_request() {
    let issuer = TestIssuer::new();
    let (late, source) = TestIssuer::keys_later();
    late.arrive();
    let waiting = issuer.validator().hierarchy(hierarchy().unwrap()).key_source(source).build().unwrap();
    for validator in [teams(&issuer), waiting] {
        let layer = ProtectLayer::new(validator).require_bound(Team::SCOPE, from_path).unwrap();
        for (scope, path, status) in [
            ("team_7", "/teams/7", 200),
            ("team_7", "/teams/8", 403),
            ("team_7", "/teams/", 403),
            ("team_7 team_8", "/teams/8", 200),
            ("admin", "/teams/8", 200),
            ("team_{id}", "/teams/7", 403),
            ("team_7", "/teams/{id}", 403),
            ("team_7", "/teams/7/members", 403),
            // The route has no such value: our own mistake, and never a way in.
            ("team_7", "/groups/7", 500),
            ("admin", "/groups/7", 500),
        ] {
            let bearer = issuer.bearer_with(scope);
            let answer = soon(layer.layer(service_fn(hello)).oneshot(request("GET", path, &[&bearer])));
            let answer = answer.await.unwrap();
            assert_eq!(answer.status(), status, "{scope} at {path}");
            if (path, status) == ("/teams/8", 403) {
                assert!(challenge(&answer).unwrap().ends_with(r#"scope="team_8""#), "{answer:?}");
            }
        }
        let answer =
            soon(layer.layer(service_fn(hello)).oneshot(request("GET", "/groups/7", &[]))).await.unwrap();
        assert_eq!(answer.status(), 401, "who calls is asked first");
    }
}

#[test]
fn a_placeholder_without_a_value_is_found_when_the_layer_is_built() {
    let validator = teams(&TestIssuer::new());
    let error = ProtectLayer::new(validator.clone()).require(Team::SCOPE).unwrap_err();
    assert_eq!(error.setting(), "policy");
    assert!(error.to_string().contains("`{id}`") && error.to_string().contains("`require_bound`"), "{error}");
    assert!(ProtectLayer::new(validator.clone()).require(Team("7")).is_ok());
    let error = ProtectLayer::new(validator.clone()).require("taem_7").unwrap_err();
    assert!(error.to_string().contains("taem_7"), "{error}");
    assert!(ProtectLayer::new(validator).require_bound("taem_{id}", from_path).is_err());
}

#[tokio::test]
async fn a_guard_with_a_placeholder_and_no_value_lets_nobody_in() {
    let issuer = TestIssuer::new();
    let guard = Guard::of::<Team>(&teams(&issuer)).unwrap();
    let bearer = issuer.bearer_with("admin");
    let answer =
        ProtectLayer::from(guard).layer(service_fn(hello)).oneshot(request("GET", "/teams/7", &[&bearer]));
    assert_eq!(soon(answer).await.unwrap().status(), 500);
}

#[tokio::test]
async fn the_guard_is_chosen_by_request() {
    let issuer = TestIssuer::new();
    let read = Guard::new(validator(&issuer)).require("read").unwrap();
    let write = Guard::new(validator(&issuer)).require("write").unwrap();
    let layer = ProtectLayer::choose(move |request| match request.uri.path() {
        "/health" => None,
        _ if request.method.is_safe() => Some(read.clone()),
        _ => Some(write.clone()),
    });
    let bearer = issuer.bearer_with("read");
    for (method, path, authorization, status) in [
        ("GET", "/health", None, 200),
        ("GET", "/health", Some("Bearer forged"), 200),
        ("GET", "/health/", None, 401),
        ("GET", "/crashes", None, 401),
        ("GET", "/crashes", Some(bearer.as_str()), 200),
        ("POST", "/crashes", Some(bearer.as_str()), 403),
    ] {
        let authorization: Vec<&str> = authorization.into_iter().collect();
        let answer = layer.layer(service_fn(hello)).oneshot(request(method, path, &authorization));
        assert_eq!(soon(answer).await.unwrap().status(), status, "{method} {path} {authorization:?}");
    }
}

#[tokio::test]
async fn a_chosen_guard_may_be_bound_where_it_is_chosen() {
    let issuer = TestIssuer::new();
    let auth = teams(&issuer);
    let layer = ProtectLayer::choose(move |request| {
        let id = from_path("id", request).unwrap_or_default();
        // A value that no scope can hold is refused, and a guard that cannot be made is one that nobody passes.
        Some(Guard::new(auth.clone()).require(Team(id)).unwrap())
    });
    let bearer = issuer.bearer_with("team_7");
    for (path, status) in [("/teams/7", 200), ("/teams/8", 403), ("/groups/7", 403)] {
        let answer = layer.layer(service_fn(hello)).oneshot(request("GET", path, &[&bearer]));
        assert_eq!(soon(answer).await.unwrap().status(), status, "{path}");
    }
}

#[tokio::test]
async fn public_paths_are_open_as_they_are_spelt() {
    let issuer = TestIssuer::new();
    let plain = ProtectLayer::new(validator(&issuer)).public(["GET /health", "/version"]);
    for (method, path, status) in [
        ("GET", "/health", 200),
        ("HEAD", "/health", 200),
        ("GET", "/health?deep=1", 200),
        ("POST", "/health", 401),
        ("GET", "/version", 200),
        ("POST", "/version", 401),
        ("GET", "/Health", 401),
        ("GET", "//health", 401),
        ("GET", "/health/", 401),
        ("GET", "/health/..", 401),
        ("GET", "/%68ealth", 401),
        ("GET", "/", 401),
    ] {
        let answer = plain.layer(service_fn(hello)).oneshot(request(method, path, &[]));
        assert_eq!(soon(answer).await.unwrap().status(), status, "{method} {path}");
    }
    let bound =
        ProtectLayer::new(teams(&issuer)).public(["/teams/open"]).require_bound(Team::SCOPE, from_path);
    for (path, status) in [("/teams/open", 200), ("/teams/7", 401)] {
        let answer = bound.clone().unwrap().layer(service_fn(hello)).oneshot(request("GET", path, &[]));
        assert_eq!(soon(answer).await.unwrap().status(), status, "{path}");
    }
}

#[tokio::test]
async fn what_is_public_can_go_by_the_route_that_a_router_matched() {
    #[derive(Clone)]
    struct Matched(&'static str);

    let guard = Guard::new(validator(&TestIssuer::new())).public(["/pages/{name}", "/health"]);
    let layer =
        ProtectLayer::by_route(guard, |request| request.extensions.get().map(|Matched(route)| *route));
    for (method, path, route, status) in [
        ("GET", "/pages/start", Some("/pages/{name}"), 200),
        ("POST", "/pages/start", Some("/pages/{name}"), 401),
        ("GET", "/pages/{name}", Some("/{any}/{name}"), 401),
        // The path alone opens nothing.
        ("GET", "/health", Some("/{page}"), 401),
        ("GET", "/health", None, 401),
    ] {
        let mut request = request(method, path, &[]);
        if let Some(route) = route {
            request.extensions_mut().insert(Matched(route));
        }
        let answer = soon(layer.layer(service_fn(hello)).oneshot(request)).await.unwrap();
        assert_eq!(answer.status(), status, "{method} {path} {route:?}");
    }
}

#[test]
fn one_layer_is_shared_by_reference() {
    let declared = Hierarchy::default();
    let layer = ProtectLayer::new(TestIssuer::new().validator().hierarchy(declared).build().unwrap());
    let (one, other) = (layer.clone().layer(service_fn(hello)), layer.layer(service_fn(hello)));
    fn shareable<T: Clone + Send + Sync + 'static>(_: T) {}
    shareable((one, other));
}
