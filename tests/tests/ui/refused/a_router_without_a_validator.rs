use axum::{Router, routing::get};
use scopa_axum::Authorized;

async fn list(_: Authorized) {}

fn main() {
    let _app: Router = Router::new().route("/", get(list)).with_state("no validator");
}
