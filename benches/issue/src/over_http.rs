use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use loopback::{CONNECTIONS, Client, Cores, keep_to, this_thread, work_of, work_of_process};
use measure::{Report, Samples, Table, median_ratio, nanoseconds, ratio};
use scopa_issuer::TokenFormat;

use crate::host;
use crate::oidc_provider::OidcProvider;
use crate::places::Places;
use crate::setting::{self, SECRET, TOKEN_PATH};

/// Somebody who gives out tokens.
struct Lane {
    name: String,
    key: String,
    client: Client,
    request: Vec<u8>,
    /// Sent in each round: so many that a round is not over at once, and does not take for ever.
    requests: usize,
    /// The process that answers.
    process: u32,
    rate: Samples,
    /// The work of its server for one token, in microseconds.
    work: Samples,
}

/// Requests for tokens in a second, for each store, beside oidc-provider.
pub(crate) fn run(report: &mut Report) -> Result<(), Box<dyn Error>> {
    let cores = Cores::find()?;
    // PostgreSQL answers on the core of the servers, too.
    keep_to(cores.server)?;
    let places = Places::find()?;
    keep_to(cores.client)?;
    let peer = OidcProvider::start(cores.server)?;
    if peer.is_none() {
        report.say("oidc-provider is not measured: there is no Node with npm.");
    }
    let peer = peer.as_ref().map(|peer| (peer.address, peer.process()));
    let own = std::process::id();
    let only = report.options().value("store").map(str::to_owned);
    for (title, key, format, resource) in [
        ("signed with ES256", "jwt", TokenFormat::Jwt, "urn:jwt"),
        ("opaque", "opaque", TokenFormat::Opaque, "urn:opaque"),
    ] {
        let mut lanes = Vec::new();
        for kept in
            places.all(key).into_iter().filter(|kept| only.as_deref().is_none_or(|only| only == kept.key()))
        {
            let address = host::start(cores.server, kept.clone(), format)?;
            let path = TOKEN_PATH;
            lanes.push(Lane::new(format!("scopa, {}", kept.name()), kept.key(), (address, own), path, "")?);
        }
        if let Some(server) = peer {
            let more = format!("&resource={}", resource.replace(':', "%3A"));
            lanes.push(Lane::new(PEER.into(), "oidc_provider", server, "/token", &more)?);
        }
        measure(report, &mut lanes)?;
        tell(report, title, key, &lanes);
    }
    Ok(())
}

fn measure(report: &Report, lanes: &mut [Lane]) -> io::Result<()> {
    let rounds = if report.quick() { 5 } else { 15 };
    for lane in &mut *lanes {
        lane.prepare()?;
    }
    for round in 0..rounds {
        for at in 0..lanes.len() {
            // Nobody is always the first.
            let at = (at + round) % lanes.len();
            let (rate, work) = lanes[at].turn()?;
            lanes[at].rate.push(rate);
            lanes[at].work.push(work);
        }
    }
    Ok(())
}

fn tell(report: &mut Report, title: &str, key: &str, lanes: &[Lane]) {
    let peer = lanes.iter().find(|lane| lane.name == PEER);
    let mut table = Table::new(["issuer", "tokens/s", "ratio to oidc-provider", "server, µs each", "ratio"]);
    for lane in lanes {
        let over = peer.map_or(f64::NAN, |peer| median_ratio(&lane.rate, &peer.rate));
        report.set(format!("issue.{key}.{}.rate", lane.key), lane.rate.median());
        // Of the tokens in a second that the server works: what it would be if nothing else ran on the machine.
        let by_work = peer.map_or(f64::NAN, |peer| median_ratio(&peer.work, &lane.work));
        report.set(format!("issue.{key}.{}.over_oidc_provider", lane.key), over);
        report.set(format!("issue.{key}.{}.over_oidc_provider_by_work", lane.key), by_work);
        table.row([
            lane.name.clone(),
            nanoseconds(lane.rate.median()),
            ratio(over),
            nanoseconds(lane.work.median()),
            ratio(by_work),
        ]);
    }
    report.table(&format!("Tokens over loopback, {title}, {CONNECTIONS} connections"), &table);
}

impl Lane {
    fn new(
        name: String,
        key: &str,
        (server, process): (SocketAddr, u32),
        path: &str,
        more: &str,
    ) -> Result<Self, Box<dyn Error>> {
        let mut client = Client::connect(server)?.never_sleeping();
        // Nobody is quick by not looking.
        let (status, answer) = client.ask(&request(server, path, "wrong", more))?;
        if status != 401 {
            return Err(format!("{name}: a wrong secret was answered with {answer}").into());
        }
        let request = request(server, path, SECRET, more);
        let (status, answer) = client.ask(&request)?;
        if status != 200 || !answer.contains("\"access_token\"") {
            return Err(format!("{name}: the right secret was answered with {answer}").into());
        }
        Ok(Self {
            name,
            key: key.to_owned(),
            client,
            request,
            requests: 200,
            process,
            rate: Samples::default(),
            work: Samples::default(),
        })
    }

    /// Warms the server up, and finds out how many requests take a third of a second.
    fn prepare(&mut self) -> io::Result<()> {
        for _ in 0..5 {
            let (rate, _) = self.turn()?;
            self.requests = ((rate / 3.0) as usize).clamp(200, 20_000);
        }
        Ok(())
    }

    /// Returns the tokens in a second, and the work for each.
    fn turn(&mut self) -> io::Result<(f64, f64)> {
        let client = this_thread();
        let is_own = self.process == std::process::id();
        let process = self.process;
        // Servers of other lanes have nothing to do.
        let worked = || work_of_process(process) - if is_own { work_of(&client) } else { 0.0 };
        let load = self.client.load(vec![self.request.clone()], self.requests);
        let (before, began) = (worked(), Instant::now());
        load.send()?;
        let took = began.elapsed().as_secs_f64();
        let requests = self.requests as f64;
        Ok((requests / took, (worked() - before) * 1e6 / requests))
    }
}

fn request(server: SocketAddr, path: &str, secret: &str, more: &str) -> Vec<u8> {
    let (basic, form) = (setting::basic(secret), setting::form(more));
    format!(
        "POST {path} HTTP/1.1\r\nhost: {server}\r\nuser-agent: reporter/1.4\r\naccept: application/json\r\n\
         authorization: {basic}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        form.len()
    )
    .into_bytes()
}

const PEER: &str = "oidc-provider 9.13.3 (Node), in memory";
