use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{Extension, Request};
use axum::middleware::map_request;
use axum::routing::get;
use axum::{Router, body::Body};
use scopa_axum::{
    Access, Authorized, Hierarchy, KeySet, KeySource, KeysFuture, Policy, ProtectLayer, Requirement,
    Validator,
};
use scopa_testing::TestIssuer;
use tower::ServiceExt as _;

use crate::kit::*;

const INNER: &str = "https://inner.example.com";

/// Keys at hand, and how often they were asked for.
struct Counted {
    keys: KeySet,
    asked: Arc<AtomicUsize>,
}

impl KeySource for Counted {
    fn keys(&self) -> KeysFuture {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let keys = self.keys.clone();
        Box::pin(async { Ok(keys) })
    }
}

fn counted(issuer: &TestIssuer) -> (Validator, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let source = Counted { keys: issuer.keys(), asked: asked.clone() };
    let hierarchy = hierarchy().unwrap();
    (issuer.validator().hierarchy(hierarchy).key_source(source).build().unwrap(), asked)
}

/// The handler asks for the inner API; the layer around it speaks for the outer one.
fn nested(outer: Validator, inner: Validator) -> Router {
    let inner = Router::new()
        .route("/", get(async |_: Authorized<Read>| "inner"))
        .route("/optional", get(async |_: Option<Authorized<Read>>| "inner"))
        .with_state(inner);
    Router::new().nest("/inner", inner).layer(ProtectLayer::new(outer))
}

#[tokio::test]
async fn another_validators_word_is_not_enough() {
    let issuer = TestIssuer::new();
    let inner = issuer.clone().with_audience(INNER);
    let app = nested(validator(&issuer), validator(&inner));
    let both = issuer.token().claim("aud", [issuer.audience(), INNER]);
    for (token, status) in [
        (issuer.token().scope("crashes:read"), 401),
        (inner.token().scope("crashes:read"), 401),
        (both.clone().scope("crashes:read"), 200),
        (both.scope("audit"), 403),
    ] {
        for path in ["/inner", "/inner/optional"] {
            let answer = ask(&app, "GET", path, &[&token.bearer()]).await;
            assert_eq!(answer.status, status, "{path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn the_same_settings_do_not_make_the_same_validator() {
    let issuer = TestIssuer::new();
    let (inner, asked) = counted(&issuer);
    let app = nested(validator(&issuer), inner);
    assert_eq!(ask(&app, "GET", "/inner", &[&issuer.bearer_with("admin")]).await.status, 200);
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_token_is_authenticated_once_for_layers_and_extractors() {
    let issuer = TestIssuer::new();
    let (auth, asked) = counted(&issuer);
    let extractors = Router::new()
        .route("/", get(async |_: Authorized<Read>, _: Option<Authorized<Audit>>, _: Authorized| "in"))
        .with_state(auth.clone());
    let behind_layer = extractors.clone().layer(ProtectLayer::new(auth));
    for app in [extractors, behind_layer] {
        asked.store(0, Ordering::Relaxed);
        let answer = ask(&app, "GET", "/", &[&issuer.bearer_with("admin audit")]).await;
        assert_eq!((answer.status.as_u16(), asked.load(Ordering::Relaxed)), (200, 1));
    }
}

#[tokio::test]
async fn an_extractor_leaves_the_access_of_an_outer_layer_where_it_is() {
    let issuer = TestIssuer::new();
    let inner_issuer = issuer.clone().with_audience(INNER);
    let (outer, inner) = (validator(&issuer), validator(&inner_issuer));
    let of_outer = {
        let outer = outer.clone();
        get(async move |caller: Authorized, Extension(left): Extension<Access>| {
            format!("{} {}", outer.owns(&left), outer.owns(&caller))
        })
    };
    let app = Router::new().route("/", of_outer).with_state(inner).layer(ProtectLayer::new(outer));
    let token = issuer.token().claim("aud", [issuer.audience(), INNER]).bearer();
    assert_eq!(ask(&app, "GET", "/", &[&token]).await.body, "true false");
}

#[tokio::test]
async fn permissions_that_a_layer_adds_are_seen() {
    struct Owner;

    impl Requirement for Owner {
        fn policy() -> Policy {
            Policy::permission("OWNER")
        }
    }

    async fn look_up(mut request: Request) -> Request {
        let access = request.extensions().get::<Access>().unwrap().with_permissions(["OWNER"]);
        request.extensions_mut().insert(access);
        request
    }

    let issuer = TestIssuer::new();
    let hierarchy = Hierarchy::builder().permissions(["OWNER"]).build().unwrap();
    let auth = issuer.validator().hierarchy(hierarchy).build().unwrap();
    let plain = Router::new().route("/", get(async |_: Authorized<Owner>| "in")).with_state(auth.clone());
    let app = plain.clone().layer(map_request(look_up)).layer(ProtectLayer::new(auth));
    let token = issuer.token().bearer();
    assert_eq!(ask(&app, "GET", "/", &[&token]).await.status, 200);
    let answer = ask(&plain, "GET", "/", &[&token]).await;
    assert_eq!((answer.status.as_u16(), answer.challenge()), (403, None));
}

#[tokio::test]
async fn a_request_waits_for_the_keys() {
    let issuer = TestIssuer::new();
    for arrive in [true, false] {
        let (late, source) = TestIssuer::keys_later();
        let auth = issuer.validator().hierarchy(hierarchy().unwrap()).key_source(source).build().unwrap();
        let app = Router::new()
            .route("/", get(async |_: Authorized<Read>| "in"))
            .route("/teams/{id}", get(async |_: Authorized<Team>| "in"))
            .with_state(auth);
        let token = issuer.bearer_with("crashes:read team_7");
        // Both wait before the keys come or fail.
        let news = async { if arrive { late.arrive() } else { late.fail() } };
        let credentials = [token.as_str()];
        let (plain, bound) =
            (ask(&app, "GET", "/", &credentials), ask(&app, "GET", "/teams/7", &credentials));
        let (plain, bound, ()) = tokio::join!(plain, bound, news);
        for answer in [plain, bound] {
            assert_eq!(answer.status, if arrive { 200 } else { 503 });
            assert_eq!(answer.header("retry-after").is_some(), !arrive);
            assert_eq!(answer.challenge(), None);
        }
    }
}

#[tokio::test]
async fn keys_out_of_reach_are_not_the_callers_fault() {
    let issuer = TestIssuer::new();
    let auth = issuer.validator().key_source(TestIssuer::keys_out_of_reach()).build().unwrap();
    let app = Router::new()
        .route("/", get(async |_: Authorized| "in"))
        .route("/optional", get(async |_: Option<Authorized>| "in"))
        .with_state(auth);
    for path in ["/", "/optional"] {
        assert_eq!(ask(&app, "GET", path, &[&issuer.token().bearer()]).await.status, 503);
        assert_eq!(ask(&app, "GET", path, &["Bearer forged"]).await.status, 401);
    }
}

#[tokio::test]
async fn a_service_that_is_not_a_router_can_carry_the_layer() {
    let issuer = TestIssuer::new();
    let inner = tower::service_fn(async |_: Request| {
        Ok::<_, std::convert::Infallible>(axum::response::Response::new(Body::empty()))
    });
    let service = tower::Layer::layer(&ProtectLayer::new(validator(&issuer)), inner);
    assert_eq!(service.oneshot(request("GET", "/", &[])).await.unwrap().status(), 401);
}
