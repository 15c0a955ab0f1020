use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use http::Request;
use measure::{
    Report, Samples, Table, allocations, median_difference, median_ratio, nanoseconds, now, ratio,
};
use scopa::Algorithm;
use scopa_issuer::{Issuer, MemoryStore, TokenFormat};

use crate::floor::Floor;
use crate::setting::{self, SECRET};

/// What a request for a token takes, from the request to the answer, beside one signature and one digest.
pub(crate) fn run(report: &mut Report) -> Result<(), Box<dyn Error>> {
    let mut table = Table::new([
        "signed with",
        "one signature and one digest, ns",
        "request to answer, ns",
        "ratio",
        "beyond, ns",
        "allocations",
    ]);
    let only = report.options().value("alg").map(str::to_owned);
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256, Algorithm::HS256] {
        if only.as_deref().is_some_and(|only| only != algorithm.name()) {
            continue;
        }
        let store = MemoryStore::new();
        let key = setting::key(algorithm)?;
        let issuer = now(setting::issuer("https://id.example.com", store, key, TokenFormat::Jwt))?;
        let signed = check(&issuer, algorithm)?;
        let floor = Floor::new(algorithm);
        let (rounds, requests) = if report.quick() { (31, 50) } else { (201, 100) };
        let (mut bare, mut whole) = (Samples::default(), Samples::default());
        for round in 0..rounds {
            let bare_turn = || each(vec![(); requests], |()| floor.run(signed.as_bytes(), SECRET.as_bytes()));
            let whole_turn = || {
                let asked: Vec<_> = (0..requests).map(|_| setting::request(SECRET)).collect();
                each(asked, |asked| drop(black_box(now(issuer.respond(asked)))))
            };
            // Nobody is always the first.
            let times = if round % 2 == 0 {
                let bare = bare_turn();
                (bare, whole_turn())
            } else {
                let whole = whole_turn();
                (bare_turn(), whole)
            };
            bare.push(times.0);
            whole.push(times.1);
        }
        let asked = setting::request(SECRET);
        let (count, _) = allocations(|| now(issuer.respond(asked)));
        let over = median_ratio(&whole, &bare);
        let beyond = median_difference(&whole, &bare);
        report.set(format!("issue.{algorithm}.over_floor"), over);
        report.set(format!("issue.{algorithm}.beyond_ns"), beyond);
        report.set(format!("issue.{algorithm}.allocations"), count.allocations as f64);
        table.row([
            algorithm.to_string(),
            nanoseconds(bare.median()),
            nanoseconds(whole.median()),
            ratio(over),
            nanoseconds(beyond),
            count.allocations.to_string(),
        ]);
    }
    report.table("A token in process, from the request to the answer", &table);
    Ok(())
}

/// Returns the nanoseconds that each takes.
fn each<T>(inputs: Vec<T>, mut what: impl FnMut(T)) -> f64 {
    let count = inputs.len() as f64;
    let start = Instant::now();
    inputs.into_iter().for_each(&mut what);
    start.elapsed().as_nanos() as f64 / count
}

/// Sees to it that the client gets a token that an API accepts, and one with a wrong secret none. Returns what was signed.
fn check(issuer: &Issuer, algorithm: Algorithm) -> Result<String, Box<dyn Error>> {
    let ask = |request: Request<Bytes>| now(issuer.respond(request));
    let refused = ask(setting::request("wrong"));
    if refused.status() != 401 {
        return Err(format!("a wrong secret was answered with {}", refused.status()).into());
    }
    let answer = ask(setting::request(SECRET));
    let body: serde_json::Value = serde_json::from_slice(answer.body())?;
    let token = body["access_token"].as_str().ok_or("no token")?;
    let field = format!("Bearer {token}");
    let validator = issuer.validator(setting::AUDIENCE).build()?;
    let access = now(validator.authenticate([field.as_bytes()]))?;
    if !setting::SCOPE.split(' ').all(|scope| access.scopes().contains(scope)) {
        return Err(format!("{algorithm}: a scope is missing").into());
    }
    let (signed, _) = token.rsplit_once('.').ok_or("no signature")?;
    Ok(signed.to_owned())
}
