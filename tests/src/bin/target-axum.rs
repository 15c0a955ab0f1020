//! Serves the routes of the test service on axum.

use std::error::Error;

use scopa_tests::{OnAxum, Target, opaque_route, routes};
use tokio::runtime::Runtime;

fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::from_env()?;
    let service = opaque_route(routes(OnAxum::default(), &target.auth)?, &target.opaque)?;
    Ok(Runtime::new()?.block_on(service.serve(target.listener))?)
}
