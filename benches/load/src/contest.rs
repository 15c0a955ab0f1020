use std::error::Error;
use std::io;
use std::time::Instant;

use loopback::{CONNECTIONS, Client, this_thread, work_of};
use measure::{Alg, Flaw, Issuer, Report, Samples, Table, median_ratio, nanoseconds, ratio};

use crate::server::{Candidate, OPEN, SCOPA, Server};

/// What one candidate did with one kind of tokens, by rounds.
struct Entry {
    candidate: Candidate,
    tokens: Tokens,
    rate: Samples,
    /// The part of the time that the thread of the server worked, and that of the client.
    busy: [Samples; 2],
    /// Its work for one request, in microseconds.
    work: Samples,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tokens {
    /// Sent, and not looked at.
    Ignored,
    /// A few, again and again.
    Repeated,
    /// Each one new.
    New,
}

/// Measures all candidates of a framework in turns, and prints a table for each algorithm.
pub(crate) fn run(
    report: &mut Report,
    framework: &str,
    start: impl Fn(&Issuer) -> Result<Server, Box<dyn Error>>,
) -> io::Result<()> {
    let mut repeated = Vec::new();
    for alg in [Alg::ES256, Alg::HS256] {
        let issuer = Issuer::new(alg);
        let server = start(&issuer).map_err(|error| io::Error::other(error.to_string()))?;
        let mut client = Client::connect(server.address)?;
        for candidate in server.candidates.iter().filter(|candidate| candidate.key != OPEN.key) {
            check(&mut client, candidate, &issuer)?;
        }
        let entries = measure(report, &issuer, &server, &mut client)?;
        tell(report, framework, alg, &entries);
        repeated.push(entries);
    }
    let by_clock =
        all_ratios(&repeated, |with, without| with.rate.zip(&without.rate, |with, without| with / without));
    // Of the requests in a second that the server works: what it would be if nothing else ran on the machine.
    let by_work =
        all_ratios(&repeated, |with, without| without.work.zip(&with.work, |without, with| without / with));
    for (suffix, ratios) in [("", by_clock), ("_by_work", by_work)] {
        for (key, ratios) in ratios {
            let name = if key == SCOPA.key { framework } else { key };
            report.set(format!("load.{name}.repeat_over_none{suffix}"), ratios.median());
        }
    }
    Ok(())
}

/// Sees to it that a good token is taken, and every other one refused: nobody is quick by not looking.
fn check(client: &mut Client, candidate: &Candidate, issuer: &Issuer) -> io::Result<()> {
    let path = candidate.path;
    let mut expect = |what: &str, token: &str, good: bool| match client.ask(&request(path, token))? {
        (200, _) if good => Ok(()),
        (401 | 403, _) if !good => Ok(()),
        (status, _) => {
            Err(io::Error::other(format!("{}: {what} was answered with {status}", candidate.name)))
        }
    };
    expect("a good token", &issuer.token(), true)?;
    Flaw::ALL.into_iter().try_for_each(|flaw| expect(flaw.name(), &issuer.flawed(flaw), false))
}

fn measure(report: &Report, issuer: &Issuer, server: &Server, client: &mut Client) -> io::Result<Vec<Entry>> {
    let (rounds, requests) = if report.quick() { (9, 2_000) } else { (25, 5_000) };
    let mut entries = Vec::new();
    for candidate in &server.candidates {
        let kinds: &[Tokens] =
            if candidate.key == OPEN.key { &[Tokens::Ignored] } else { &[Tokens::Repeated, Tokens::New] };
        entries.extend(kinds.iter().map(|tokens| Entry::new(*candidate, *tokens)));
    }
    let client_thread = this_thread();
    let known = issuer.tokens(CONNECTIONS);
    for entry in &entries {
        client.load(all(entry.candidate.path, &known), requests).send()?;
    }
    for round in 0..rounds {
        // New to everybody: the candidates do not know of each other.
        let new = issuer.tokens(requests);
        for at in 0..entries.len() {
            // Nobody is always the first.
            let at = (at + round) % entries.len();
            let entry = &mut entries[at];
            let tokens = if entry.tokens == Tokens::New { &new } else { &known };
            let load = client.load(all(entry.candidate.path, tokens), requests);
            let (worked, client_worked, began) = (server.worked(), work_of(&client_thread), Instant::now());
            load.send()?;
            let took = began.elapsed().as_secs_f64();
            entry.rate.push(requests as f64 / took);
            let worked = server.worked() - worked;
            entry.busy[0].push(worked / took);
            entry.busy[1].push((work_of(&client_thread) - client_worked) / took);
            entry.work.push(worked * 1e6 / requests as f64);
        }
    }
    Ok(entries)
}

fn all(path: &str, tokens: &[String]) -> Vec<Vec<u8>> {
    tokens.iter().map(|token| request(path, token)).collect()
}

fn request(path: &str, token: &str) -> Vec<u8> {
    format!(
        "GET {path} HTTP/1.1\r\nhost: api.example.com\r\nuser-agent: reporter/1.4\r\naccept: application/json\r\n\
         authorization: Bearer {token}\r\n\r\n"
    )
    .into_bytes()
}

fn tell(report: &mut Report, framework: &str, alg: Alg, entries: &[Entry]) {
    let mut table = Table::new([
        framework,
        "tokens",
        "requests/s",
        "ratio to none",
        "server, µs each",
        "server, client busy",
    ]);
    for entry in entries {
        let over = median_ratio(&entry.rate, &entries[0].rate);
        if let Some(kind) = entry.tokens.key() {
            report.set(format!("load.{framework}.{alg}.{}.{kind}_over_none", entry.candidate.key), over);
        }
        table.row([
            entry.candidate.name.to_owned(),
            entry.tokens.name().to_owned(),
            nanoseconds(entry.rate.median()),
            ratio(over),
            format!("{:.1}", entry.work.median()),
            busy(&entry.busy),
        ]);
    }
    report.table(&format!("{framework} over loopback, {alg}, {CONNECTIONS} connections"), &table);
}

fn busy(parts: &[Samples]) -> String {
    let percent: Vec<String> = parts.iter().map(|part| format!("{:.0} %", 100.0 * part.median())).collect();
    percent.join(", ")
}

/// Returns, by candidate, the ratios of all rounds with repeated tokens to those without authentication, whatever the
/// algorithm.
fn all_ratios(
    runs: &[Vec<Entry>],
    ratios_of: impl Fn(&Entry, &Entry) -> Samples,
) -> Vec<(&'static str, Samples)> {
    let mut ratios: Vec<(&'static str, Samples)> = Vec::new();
    for entries in runs {
        for entry in entries.iter().filter(|entry| entry.tokens == Tokens::Repeated) {
            let these = ratios_of(entry, &entries[0]);
            let at = ratios.iter().position(|(key, _)| *key == entry.candidate.key).unwrap_or_else(|| {
                ratios.push((entry.candidate.key, Samples::default()));
                ratios.len() - 1
            });
            these.rounds().iter().for_each(|ratio| ratios[at].1.push(*ratio));
        }
    }
    ratios
}

impl Entry {
    fn new(candidate: Candidate, tokens: Tokens) -> Self {
        Self {
            candidate,
            tokens,
            rate: Samples::default(),
            busy: Default::default(),
            work: Samples::default(),
        }
    }
}

impl Tokens {
    fn name(self) -> &'static str {
        match self {
            Self::Ignored => "ignored",
            Self::Repeated => "repeated",
            Self::New => "all new",
        }
    }

    fn key(self) -> Option<&'static str> {
        match self {
            Self::Ignored => None,
            Self::Repeated => Some("repeat"),
            Self::New => Some("new"),
        }
    }
}
