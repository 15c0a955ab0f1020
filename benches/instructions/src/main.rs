//! Runs one path of scopa a given number of times, under callgrind: see `count.py`.
//!
//! ```text
//! instructions list               the names of the cases, one a line
//! instructions run CASE ROUNDS    warms up, then runs the case in `counted`
//! instructions sign FOLDER        signs the tokens anew
//! ```

mod case;
mod floor;
mod host;
mod issuer;
mod scopes;
mod tokens;

use std::hint::black_box;
use std::process::ExitCode;

use case::{Case, ROUNDS};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["list"] => {
            for (name, _) in case::all() {
                println!("{name}");
            }
            ExitCode::SUCCESS
        }
        ["run", name, rounds] => match (case::find(name), rounds.parse()) {
            (Some(case), Ok(rounds @ 1..=ROUNDS)) => {
                run(case, rounds);
                ExitCode::SUCCESS
            }
            _ => usage(),
        },
        ["sign", folder] => {
            tokens::sign(folder.as_ref());
            ExitCode::SUCCESS
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: instructions list | run CASE ROUNDS (1 to {ROUNDS}) | sign FOLDER");
    ExitCode::FAILURE
}

/// Warms up with tokens that are not counted, then runs the rounds that are.
fn run(mut case: Case, rounds: usize) {
    repeat(&mut case, 0, case::WARM_UP);
    counted(&mut case, case::WARM_UP, rounds);
}

/// The function whose instructions are counted, with all that it calls. `count.py` knows it by name.
#[inline(never)]
fn counted(case: &mut Case, from: usize, rounds: usize) {
    repeat(case, from, rounds);
    // Keeps the call above from becoming a jump, which callgrind would not see the end of.
    black_box(rounds);
}

#[inline(never)]
fn repeat(case: &mut Case, from: usize, rounds: usize) {
    for round in from..from + rounds {
        case(round);
    }
}
