//! The check at the start.

use std::cell::Cell;
use std::rc::Rc;

use actix_web::{App, HttpResponse, web};
use scopa_testing::TestIssuer;

use crate::validator;
use scopa_actix::check;

#[actix_web::test]
async fn an_application_with_a_validator_passes() {
    let auth = validator(&TestIssuer::new());
    assert!(check(|| App::new().app_data(auth.clone())).await.is_ok());
    assert!(check(|| App::new().app_data(web::Data::new(auth.clone()))).await.is_ok());
    let configured = || {
        App::new().configure(|config| {
            config.app_data(validator(&TestIssuer::new()));
        })
    };
    assert!(check(configured).await.is_ok());
}

#[actix_web::test]
async fn a_mistake_is_named_with_its_remedy() {
    let auth = validator(&TestIssuer::new());
    let forgotten = check(App::new).await.unwrap_err();
    assert_eq!(forgotten.setting(), "app_data");
    assert!(forgotten.to_string().contains("add `.app_data(validator.clone())`"), "{forgotten}");

    let twice = || App::new().app_data(auth.clone()).app_data(web::Data::new(auth.clone()));
    let twice = check(twice).await.unwrap_err();
    assert!(twice.to_string().contains("web::Data<Validator>"), "{twice}");

    let unbuildable =
        || App::new().app_data(auth.clone()).data_factory(|| std::future::ready(Err::<(), _>("no database")));
    assert_eq!(check(unbuildable).await.unwrap_err().setting(), "app");
}

#[actix_web::test]
async fn nothing_of_the_application_is_called() {
    let called = Rc::new(Cell::new(false));
    let (by_handler, by_middleware) = (called.clone(), called.clone());
    let app = App::new()
        .app_data(validator(&TestIssuer::new()))
        .default_service(web::to(move || {
            by_handler.set(true);
            std::future::ready(HttpResponse::Ok())
        }))
        .wrap_fn(move |request, service| {
            by_middleware.set(true);
            actix_web::dev::Service::call(service, request)
        });
    assert!(check(|| app).await.is_ok());
    assert!(!called.get());
}
