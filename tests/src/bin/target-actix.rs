//! Serves the routes of the test service on actix-web.

use std::error::Error;

use actix_web::rt::System;
use scopa_tests::{OnActix, Target, opaque_route, routes};

fn main() -> Result<(), Box<dyn Error>> {
    let target = Target::from_env()?;
    let service = opaque_route(routes(OnActix::default(), &target.auth)?, &target.opaque)?;
    Ok(System::new().block_on(service.serve(target.listener))?)
}
