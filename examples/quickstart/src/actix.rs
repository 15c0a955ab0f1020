//! The crash service on actix-web: a handler's signature says what it asks for.

use std::error::Error;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use quickstart::{Read, Team, Write, hierarchy};
use scopa_actix::{Authorized, Validator, check};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    quickstart::log_to_stderr();

    let options = quickstart::Options::from_args()?;
    // Built here, once, and not in the factory below, which runs for every worker.
    let auth = Validator::builder(&options.issuer, &options.audience)
        .discover(options.network()?) // in a service of yours: `HttpClient::new()?`
        .hierarchy(hierarchy()?)
        .build()?;
    actix_web::rt::spawn(auth.keep_fresh()); // the keys are there before the first caller

    let app = move || {
        App::new()
            .app_data(auth.clone())
            .service(web::resource("/health").get(health))
            .service(web::resource("/ready").get(ready))
            .service(web::resource("/crashes").get(list).post(upload))
            .service(web::resource("/teams/{id}/crashes").get(of_team))
    };
    check(&app).await?; // that `app_data` has the validator: the compiler cannot know

    let server = HttpServer::new(app).bind(options.address)?;
    server.addrs().iter().for_each(|address| options.print_walk(*address)); // only in this example
    server.run().await?;
    Ok(())
}

async fn health() -> &'static str {
    "well\n"
}

async fn ready(request: HttpRequest) -> HttpResponse {
    let is_ready = request.app_data::<Validator>().is_some_and(|auth| auth.readiness().is_ready());
    if is_ready { HttpResponse::Ok().finish() } else { HttpResponse::ServiceUnavailable().finish() }
}

async fn list(_: Authorized<Read>) -> &'static str {
    "no crashes\n"
}

async fn upload(caller: Authorized<Write>) -> String {
    format!("thanks, {}\n", caller.client_id().unwrap_or("?"))
}

async fn of_team(_: Authorized<(Read, Team)>, id: web::Path<String>) -> String {
    format!("no crashes of team {id}\n")
}
