//! Serves the routes of the test service on actix-web.

use std::error::Error;

use actix_web::rt::System;
use scopa_tests::{OnActix, Target};

fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::from_env()?;
    let service = target.mount(OnActix::default())?;
    Ok(System::new().block_on(service.serve(target.listener))?)
}
