//! What the adapters add for a caller whom a guard further out has authenticated.

use crate::kit::{Brings, Stage};
use crate::mounted;

#[test]
fn on_tower() {
    // A layer leaves the access in the place of the same.
    mounted::on_tower(&Stage::new(), Brings::Access, 0);
}

#[test]
fn on_axum() {
    // An extractor leaves nothing. One for a template reads the values of the path: one list.
    mounted::on_axum(&Stage::new(), Brings::Access, 1);
}

#[actix_web::test]
async fn on_actix() {
    mounted::on_actix(&Stage::new(), Brings::Access, 1).await;
}
