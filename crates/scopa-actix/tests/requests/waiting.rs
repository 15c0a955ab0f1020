//! Keys that must be waited for.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use actix_web::dev::Service;
use actix_web::test::init_service;
use actix_web::{App, HttpResponse, web};
use futures_util::FutureExt;
use scopa_testing::TestIssuer;

use crate::{Read, Team, answer, get, hierarchy};
use scopa_actix::{Authorized, OptionalAuthorized, Protect, RefusalKind};

#[actix_web::test]
async fn a_request_waits_for_keys_and_then_runs_or_is_told_so() {
    for (path, scope, arrive, status, runs) in [
        ("/guarded", "read", true, 200, 1),
        ("/guarded", "other", true, 403, 0),
        ("/guarded", "read", false, 503, 0),
        ("/extracted", "read", true, 200, 1),
        ("/extracted", "other", true, 403, 0),
        ("/extracted", "read", false, 503, 0),
        ("/optional", "read", true, 200, 1),
        ("/optional", "read", false, 503, 0),
        ("/teams/7", "team_7", true, 200, 1),
        ("/teams/8", "team_7", true, 403, 0),
    ] {
        let issuer = TestIssuer::new();
        let (late, source) = TestIssuer::keys_later();
        let auth = issuer.validator().hierarchy(hierarchy().unwrap()).key_source(source).build().unwrap();
        let count = Rc::new(Cell::new(0));
        let ran = |count: &Rc<Cell<usize>>| {
            let count = count.clone();
            move || {
                count.set(count.get() + 1);
                HttpResponse::Ok().finish()
            }
        };
        let (a, b, c, d) = (ran(&count), ran(&count), ran(&count), ran(&count));
        let guard = Protect::new(auth.clone()).require(Read).unwrap();
        let app = App::new()
            .app_data(auth)
            .service(web::resource("/guarded").wrap(guard).to(move || std::future::ready(a())))
            .route("/extracted", web::get().to(move |_: Authorized<Read>| std::future::ready(b())))
            .route("/optional", web::get().to(move |_: OptionalAuthorized<Read>| std::future::ready(c())))
            .route("/teams/{id}", web::get().to(move |_: Authorized<Team>| std::future::ready(d())));
        let service = init_service(app).await;

        let bearer = issuer.bearer_with(scope);
        let mut response = pin!(service.call(get(path, &bearer).to_request()));
        assert!(response.as_mut().now_or_never().is_none(), "{path}: waits");
        assert_eq!(count.get(), 0, "{path}: not before the keys");
        if arrive {
            late.arrive()
        } else {
            late.fail()
        }
        let answer = answer(response.now_or_never().unwrap()).await;
        assert_eq!((answer.status, count.get()), (status, runs), "{path} {scope}");
        if status == 503 {
            assert_eq!(answer.refusal, Some(RefusalKind::Unavailable));
            assert!(answer.header("retry-after").is_some());
        }
    }
}

#[actix_web::test]
async fn a_client_that_goes_away_leaves_nothing_behind() {
    let issuer = TestIssuer::new();
    let (late, source) = TestIssuer::keys_later();
    let auth = issuer.validator().hierarchy(hierarchy().unwrap()).key_source(source).build().unwrap();
    let app = App::new()
        .app_data(auth.clone())
        .route("/extracted", web::get().to(async |_: Authorized<Read>| HttpResponse::Ok()))
        .service(web::resource("/guarded").wrap(Protect::new(auth)).to(HttpResponse::Ok));
    let service = init_service(app).await;
    let bearer = issuer.bearer_with("read");
    for path in ["/extracted", "/guarded"] {
        let response = service.call(get(path, &bearer).to_request());
        assert!(response.now_or_never().is_none(), "{path}: waits, and is dropped");
    }
    late.arrive();
    // The request objects that actix-web reuses know nothing of those before.
    for (path, authorization, status) in [
        ("/extracted", bearer.as_str(), 200),
        ("/guarded", &bearer, 200),
        ("/extracted", "Basic dXNlcjpwYXNz", 401),
        ("/guarded", "Basic dXNlcjpwYXNz", 401),
    ] {
        let response = service.call(get(path, authorization).to_request());
        assert_eq!(answer(response.now_or_never().unwrap()).await.status, status, "{path}");
    }
}
