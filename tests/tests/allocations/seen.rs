//! What a token costs, from the header to the handler: seen before, and for the first time.

use crate::kit::{Brings, Stage};
use crate::mounted;

/// So many allocations more than the same service without a guard has, at most.
///
/// A layer has three for its insert into empty extensions. An extractor has none for a token that is remembered, unless
/// it reads the values of the path, and leaves the access of a new one. A new token has one for what is kept of it,
/// the others for its entry among those that are remembered.
const TOWER: Most = Most { repeated: 3, first: 8 };
const AXUM: Most = Most { repeated: 3, first: 8 };
const ACTIX: Most = Most { repeated: 4, first: 9 };

struct Most {
    repeated: u64,
    first: u64,
}

#[test]
fn on_tower() {
    let stage = Stage::new();
    mounted::on_tower(&stage, Brings::Token, TOWER.repeated);
    mounted::on_tower(&stage, Brings::NewToken, TOWER.first);
}

#[test]
fn on_axum() {
    let stage = Stage::new();
    mounted::on_axum(&stage, Brings::Token, AXUM.repeated);
    mounted::on_axum(&stage, Brings::NewToken, AXUM.first);
}

#[actix_web::test]
async fn on_actix() {
    let stage = Stage::new();
    mounted::on_actix(&stage, Brings::Token, ACTIX.repeated).await;
    mounted::on_actix(&stage, Brings::NewToken, ACTIX.first).await;
}
