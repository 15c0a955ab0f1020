//! Serves the routes of the test service on hyper, with tower layers.

use std::error::Error;

use scopa_tests::{OnTower, Target};
use tokio::runtime::Runtime;

fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::from_env()?;
    let service = target.mount(OnTower::default())?;
    Ok(Runtime::new()?.block_on(service.serve(target.listener))?)
}
