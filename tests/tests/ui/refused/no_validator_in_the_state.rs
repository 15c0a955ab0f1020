use axum::extract::FromRequestParts;
use scopa_axum::{Authorized, scopes};

scopes! { fn hierarchy; Read = "read" }

struct AppState;

fn takes<S, E: FromRequestParts<S>>() {}

fn main() {
    takes::<AppState, Authorized<Read>>();
    takes::<(), Authorized>();
}
