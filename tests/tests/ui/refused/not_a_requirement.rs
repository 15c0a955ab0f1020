use scopa::{ConfigError, Guard, Validator};

fn guard(validator: &Validator) -> Result<Guard, ConfigError> {
    Guard::of::<String>(validator)
}

fn axum_handler(_: scopa_axum::Authorized<String>) {}

fn takes_axum<E: axum::extract::FromRequestParts<Validator>>(_: fn(E)) {}

fn takes_actix<E: actix_web::FromRequest>() {}

fn main() {
    takes_axum(axum_handler);
    takes_actix::<scopa_actix::Authorized<&'static str>>();
}
