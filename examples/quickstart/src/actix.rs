//! The crash service on actix-web: a handler's signature says what it asks for.

use std::error::Error;

use actix_web::{App, HttpServer, web};
use quickstart::{Read, Team, Write, hierarchy};
use scopa_actix::{Authorized, KeySet, Validator, check};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    quickstart::log_to_stderr();

    // Only in this example. Your identity provider instead: take the key set that its `jwks_uri` serves.
    let issuer = quickstart::embedded_issuer();
    let jwks = issuer.jwks();

    // Built here, once, and not in the factory below, which runs for every worker.
    let auth = Validator::builder("https://id.example.com", "https://api.example.com")
        .keys(KeySet::from_jwks(&jwks)?)
        .hierarchy(hierarchy()?)
        .build()?;
    let app = move || {
        App::new()
            .app_data(auth.clone())
            .service(web::resource("/health").get(health))
            .service(web::resource("/crashes").get(list).post(upload))
            .service(web::resource("/teams/{id}/crashes").get(of_team))
    };
    check(&app).await?; // that `app_data` has the validator: the compiler cannot know

    let server = HttpServer::new(app).bind(quickstart::address()?)?;
    server.addrs().iter().for_each(|address| quickstart::print_walk(&issuer, *address)); // only in this example
    server.run().await?;
    Ok(())
}

async fn health() -> &'static str {
    "well\n"
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
