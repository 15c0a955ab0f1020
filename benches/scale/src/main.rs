//! What a token costs where there are more keys, scopes, tokens, bytes or threads.

mod ask;
mod axes;
mod cache;
mod checks;
mod forge;
mod live;
mod memory;
mod threads;
mod turns;
mod variant;

use std::io;

use measure::Report;

fn main() -> io::Result<()> {
    let mut report = Report::new("scale", &["only"]);
    let only = report.options().value("only").map(str::to_owned);
    for (name, section) in SECTIONS {
        if only.as_deref().is_none_or(|only| only == name) {
            section(&mut report);
        }
    }
    report.finish()
}

/// Measures one thing, and prints its table.
type Section = fn(&mut Report);

/// What is measured, by the names that `--only` takes.
const SECTIONS: [(&str, Section); 9] = [
    // First, while the allocator has nothing to give back.
    ("memory", memory::report),
    ("keys", axes::keys),
    ("hierarchy", axes::hierarchy),
    ("token_scopes", axes::token_scopes),
    ("token_bytes", axes::token_size),
    ("cache", axes::cache_modes),
    ("checks", checks::report),
    ("threads", threads::report),
    ("live", live::report),
];
