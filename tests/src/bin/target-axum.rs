//! Serves the routes of the test service on axum.

use std::error::Error;

use scopa_tests::{OnAxum, Target};
use tokio::runtime::Runtime;

fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::from_env()?;
    let service = target.mount(OnAxum::default())?;
    Ok(Runtime::new()?.block_on(service.serve(target.listener))?)
}
