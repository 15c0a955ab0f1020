use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use axum::Router;
use axum::routing::get;
use measure::now;

use crate::actix::OnActix;
use crate::candidate::Host;
use crate::target::{OnTower, PATH, Target, hello};

/// The service of each host without any check: what is subtracted for "net".
pub(crate) fn bare(host: Host) -> Box<dyn Target> {
    match host {
        Host::Tower => Box::new(OnTower::<_, axum::body::Body>::new(hello::<axum::body::Body>())),
        Host::Tower07 => Box::new(OnTower::<_, axum_07::body::Body>::new(hello::<axum_07::body::Body>())),
        Host::Axum => Box::new(on_axum(Router::new().route(PATH, get(axum_hello)))),
        Host::Axum07 => {
            Box::new(on_axum_07(axum_07::Router::new().route(PATH, axum_07::routing::get(axum_hello))))
        }
        Host::Actix => {
            let app = App::new().route(PATH, web::get().to(actix_hello));
            Box::new(OnActix::new(now(init_service(app))))
        }
    }
}

/// Puts a router of axum 0.8 to the test.
pub(crate) fn on_axum(router: Router) -> OnTower<Router, axum::body::Body> {
    OnTower::new(router.with_state(()))
}

/// Puts a router of axum 0.7 to the test.
pub(crate) fn on_axum_07(router: axum_07::Router) -> OnTower<axum_07::Router, axum_07::body::Body> {
    OnTower::new(router.with_state(()))
}

/// The handler on both versions of axum.
pub(crate) async fn axum_hello() {}

/// The handler on actix-web.
pub(crate) async fn actix_hello() -> HttpResponse {
    HttpResponse::Ok().finish()
}
