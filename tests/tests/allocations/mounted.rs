//! Guarded services beside the same without a guard.

use actix_web::{App, web};
use axum::Router;
use axum::routing::get;
use scopa::{Guard, Requirement};
use scopa_axum::{Authorized, protect_all};
use scopa_tower::{AuthorizeLayer, ProtectLayer};
use tower::layer::util::Identity;
use tower::{Layer, service_fn};

use crate::kit::{Audit, Brings, Read, Stage, Team, hello};

/// Expects that each layer costs at most so many allocations more than none.
pub(crate) fn on_tower(stage: &Stage, brings: Brings, most: u64) {
    let guard = Guard::new(stage.auth.clone());
    let layer = ProtectLayer::from(guard.clone());
    let read = layer.clone().require(Read).unwrap();
    let team = layer.clone().require_bound(Team::SCOPE, |_, _| Some("7".into())).unwrap();
    let behind = AuthorizeLayer::from(guard.require(Audit).unwrap()).layer(service_fn(hello));
    let none = stage.tower(service_fn(hello), brings);
    let costs = [
        ("ProtectLayer", stage.tower(layer.layer(service_fn(hello)), brings)),
        ("require", stage.tower(read.layer(service_fn(hello)), brings)),
        ("require_bound", stage.tower(team.layer(service_fn(hello)), brings)),
        ("AuthorizeLayer behind another one", stage.tower(layer.layer(behind), brings)),
    ];
    expect("tower", none, &costs, most);
}

/// Expects that each extractor and layer costs at most so many allocations more than none.
pub(crate) fn on_axum(stage: &Stage, brings: Brings, most: u64) {
    let routes = ["/any", "/one", "/optional", "/several", "/teams/{id}"];
    // With the same state: axum clones it for each request, together with the handler.
    let open = routes.iter().fold(Router::new(), |router, path| router.route(path, get(async || "in")));
    let guarded = Router::new()
        .route("/any", get(async |_: Authorized| "in"))
        .route("/one", get(async |_: Authorized<Read>| "in"))
        .route("/optional", get(async |_: Option<Authorized<Read>>| "in"))
        .route("/several", get(async |_: Authorized<Read>, _: Authorized<Audit>| "in"))
        .route("/teams/{id}", get(async |_: Authorized<Team>| "in"))
        .with_state(stage.auth.clone());
    let guard = Guard::new(stage.auth.clone()).require(Read).unwrap().public(["/health"]);
    let all = protect_all(open.clone(), guard).unwrap().with_state(stage.auth.clone());
    // A router wraps a layer in boxes of its own.
    let layered = open.clone().layer(Identity::new()).with_state(stage.auth.clone());
    let open = open.with_state(stage.auth.clone());
    for path in ["/any", "/one", "/optional", "/several", "/teams/7"] {
        let none = stage.axum(&open, path, brings);
        expect("axum", none, &[(path, stage.axum(&guarded, path, brings))], most);
    }
    let none = stage.axum(&layered, "/one", brings);
    expect("axum", none, &[("protect_all", stage.axum(&all, "/one", brings))], most);
}

/// Expects that each extractor and middleware costs at most so many allocations more than none.
pub(crate) async fn on_actix(stage: &Stage, brings: Brings, most: u64) {
    use scopa_actix::{Authorized, OptionalAuthorized, Protect};

    let route = |path: &str| web::resource(path).app_data(stage.auth.clone());
    let open = |path: &str| route(path).route(web::get().to(async || "in"));
    for (path, guarded) in [
        ("/any", route("/any").route(web::get().to(async |_: Authorized| "in"))),
        ("/one", route("/one").route(web::get().to(async |_: Authorized<Read>| "in"))),
        ("/optional", route("/optional").route(web::get().to(async |_: OptionalAuthorized<Read>| "in"))),
        (
            "/several",
            route("/several").route(web::get().to(async |_: Authorized<Read>, _: Authorized<Audit>| "in")),
        ),
        ("/teams/{id}", route("/teams/{id}").route(web::get().to(async |_: Authorized<Team>| "in"))),
    ] {
        let asked = path.replace("{id}", "7");
        let none = stage.actix(App::new().service(open(path)), &asked, brings).await;
        let cost = stage.actix(App::new().service(guarded), &asked, brings).await;
        expect("actix", none, &[(path, cost)], most);
    }
    for (path, policy) in [("/one", Read::policy()), ("/teams/{id}", Team::policy())] {
        let asked = path.replace("{id}", "7");
        let guard = Protect::new(stage.auth.clone()).require(policy).unwrap();
        let none = stage.actix(App::new().service(open(path)), &asked, brings).await;
        let cost = stage.actix(App::new().service(open(path).wrap(guard)), &asked, brings).await;
        expect("actix, Protect", none, &[(path, cost)], most);
    }
}

fn expect(framework: &str, none: u64, costs: &[(&str, u64)], most: u64) {
    for (what, cost) in costs {
        assert!(
            *cost <= none + most,
            "{framework}, {what}: {cost}, {none} without a guard, at most {most} more"
        );
    }
}
