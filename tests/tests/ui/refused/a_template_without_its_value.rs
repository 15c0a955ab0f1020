use scopa::{Access, ConfigError, Guard, Refusal, scopes};
use scopa_axum::Authorized;
use scopa_tower::ProtectLayer;

scopes! { fn hierarchy; Team(id) = "team_{id}" }

fn in_a_handler(access: &Access) -> Result<(), Refusal> {
    access.require(Team)
}

fn of_an_extractor(caller: Authorized) -> Result<(), Refusal> {
    caller.require(Team)
}

fn in_a_guard(guard: Guard) -> Result<Guard, ConfigError> {
    guard.require(Team)
}

fn in_a_layer(layer: ProtectLayer) -> Result<ProtectLayer, ConfigError> {
    layer.require(Team)
}

fn main() {}
