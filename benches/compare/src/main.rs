//! What a token costs: the bare signature check, scopa and its peers, in one process and in turns.

mod actix;
mod bare;
mod candidate;
mod contest;
mod figures;
mod floor;
mod ours;
mod outcome;
mod peers;
mod tables;
mod target;

use std::error::Error;

use measure::{Alg, Issuer, Report};

use crate::candidate::Candidate;
use crate::contest::{Contest, Size};
use crate::outcome::Outcome;

fn main() -> Result<(), Box<dyn Error>> {
    let mut report = Report::new("compare", &["alg", "fill"]);
    // Some peers ask for a runtime when they are built; no request needs one.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let _entered = runtime.enter();
    peers::install_back_ends();
    let fill = report.options().value("fill").map_or(Ok(FILL), str::parse)?;
    let size = if report.quick() {
        Size { first_sight: 30, repeat: 60, fill }
    } else {
        Size { first_sight: 140, repeat: 400, fill }
    };
    let only = report.options().value("alg").map(str::to_owned);
    let algs = Alg::ALL.into_iter().filter(|alg| only.as_deref().is_none_or(|only| only == alg.name()));
    let outcomes = algs.map(|alg| contest(alg, size)).collect::<Result<Vec<_>, _>>()?;
    figures::keep(&mut report, &outcomes);
    tables::print(&report, &outcomes);
    report.finish()?;
    Ok(())
}

/// Lets in who passes the check, and runs the rounds.
fn contest(alg: Alg, size: Size) -> Result<Outcome, Box<dyn Error>> {
    let issuer = Issuer::new(alg);
    let mut absent = Vec::new();
    let mut candidates = Vec::new();
    for mut candidate in ours::scopa(&issuer)? {
        candidate.check(&issuer).map_err(|fault| format!("{} with {alg} {fault}", candidate.title()))?;
        candidates.push(candidate);
    }
    for (who, entries) in peers::ALL {
        match entries(&issuer) {
            Ok(entries) => {
                entries.into_iter().for_each(|entry| admit(entry, &issuer, &mut candidates, &mut absent))
            }
            Err(error) => absent.push((who.name(), format!("cannot be built: {error}"))),
        }
    }
    let rows = Contest::new(issuer, candidates).run(size);
    Ok(Outcome { alg, rows, absent })
}

/// A candidate that lets a bad token through is named, and its time is not used.
fn admit(
    mut candidate: Candidate,
    issuer: &Issuer,
    candidates: &mut Vec<Candidate>,
    absent: &mut Vec<(String, String)>,
) {
    match candidate.check(issuer) {
        Ok(()) => candidates.push(candidate),
        Err(fault) => absent.push((format!("{} on {}", candidate.title(), candidate.host), fault)),
    }
}

/// With the tokens of all rounds less than the cache holds by default: a full one is asked for by `--fill 12000`.
const FILL: usize = 1_500;
