use measure::{Report, Table, median_ratio, nanoseconds, ratio};

use crate::candidate::Host;
use crate::contest::{Role, Row};
use crate::outcome::{Outcome, Rival, Sight};

/// Prints everything.
pub(crate) fn print(report: &Report, outcomes: &[Outcome]) {
    report.table("Summary", &summary(report, outcomes));
    for sight in Sight::ALL {
        let (words, over) = (words(sight), if sight == Sight::First { " (÷ raw verification)" } else { "" });
        report.table(&format!("{words}, ns beyond the bare host{over}"), &overview(outcomes, sight));
    }
    for outcome in outcomes {
        report.table(&format!("{}: ns a request", outcome.alg), &details(outcome));
        for (name, why) in &outcome.absent {
            report.say(&format!("Not timed with {}: {name} {why}.", outcome.alg));
        }
    }
}

/// One row for each candidate, one column for each algorithm.
fn overview(outcomes: &[Outcome], sight: Sight) -> Table {
    let algs = outcomes.iter().map(|outcome| outcome.alg.name());
    let mut table = Table::new(["", "host"].into_iter().chain(algs).chain(["allocations"]));
    let mut roles: Vec<Role> = Vec::new();
    for row in outcomes.iter().flat_map(|outcome| &outcome.rows) {
        if row.check().is_some() && !roles.contains(&row.role) {
            roles.push(row.role);
        }
    }
    for role in roles {
        let rows = outcomes.iter().map(|outcome| Some((outcome, outcome.row(role)?)));
        let cells = rows.clone().map(|found| {
            let net = found.and_then(|(outcome, row)| Some((outcome, outcome.net(row, sight)?)));
            net.map_or("–".into(), |(outcome, net)| {
                let over = ratio(median_ratio(&net, outcome.floor(sight)));
                match sight {
                    Sight::First => format!("{} ({over})", nanoseconds(net.median())),
                    Sight::Repeat => nanoseconds(net.median()),
                }
            })
        });
        let counts =
            rows.filter_map(|found| found.and_then(|(outcome, row)| outcome.net_allocations(row, sight)));
        let most = counts.fold(f64::NAN, f64::max);
        table.row(titles(role).into_iter().chain(cells).chain([format!("{most:.0}")]));
    }
    table
}

/// One column for each algorithm, one row for each figure.
fn summary(report: &Report, outcomes: &[Outcome]) -> Table {
    let algs = outcomes.iter().map(|outcome| outcome.alg.name());
    let mut table = Table::new(["figure"].into_iter().chain(algs));
    let mut row = |title: &str, cell: &dyn Fn(&Outcome) -> String| {
        table.row([title.to_owned()].into_iter().chain(outcomes.iter().map(cell)));
    };
    let figure = |name: &str| report.figure(name).unwrap_or(f64::NAN);
    row("raw verification, ns", &|outcome| nanoseconds(figure(&format!("floor.{}.ns", outcome.alg))));
    for sight in Sight::ALL {
        let (name, words) = (sight.name(), words(sight));
        row(&format!("{words}, tower layer, net, ns"), &|outcome| {
            nanoseconds(figure(&format!("{name}.{}.net_ns", outcome.alg)))
        });
        row(&format!("{words}, net ÷ raw verification"), &|outcome| {
            ratio(figure(&format!("{name}.{}.net_over_floor", outcome.alg)))
        });
        row(&format!("{words}, fastest peer ÷ scopa, net, barest host"), &|outcome| {
            rival(outcome.net_rival(sight))
        });
        for (title, form, host) in WHOLE {
            row(&format!("{words}, fastest peer ÷ scopa, whole request, {title}"), &|outcome| {
                rival(outcome.whole(sight, form, host))
            });
        }
    }
    for sight in Sight::ALL {
        for (title, form, host) in WHOLE {
            row(&format!("{}, allocations beyond the host, {title}", words(sight)), &|outcome| {
                let ours = outcome.ours(form, host);
                let count = ours.and_then(|row| outcome.net_allocations(row, sight));
                count.map_or("–".into(), |count| format!("{count:.0}"))
            });
        }
    }
    table
}

/// One row for each candidate.
fn details(outcome: &Outcome) -> Table {
    let sights = Sight::ALL.map(words);
    let each = ["min", "median", "net", "allocations"];
    let columns = sights.iter().flat_map(|sight| each.map(|column| format!("{sight}: {column}")));
    let mut table = Table::new([String::new(), "host".to_owned()].into_iter().chain(columns));
    for row in &outcome.rows {
        let cells = Sight::ALL.into_iter().flat_map(|sight| cells(outcome, row, sight));
        table.row(titles(row.role).into_iter().chain(cells));
    }
    table
}

fn titles(role: Role) -> [String; 2] {
    match role {
        Role::Floor => ["raw verification, aws-lc-rs".into(), "–".into()],
        Role::X962 => ["raw verification, aws-lc-rs, form of X9.62".into(), "–".into()],
        Role::Dalek => ["raw verification, ed25519-dalek".into(), "–".into()],
        Role::DalekStrict => ["raw verification, ed25519-dalek, strict".into(), "–".into()],
        Role::Bare(host) => ["no authentication".into(), host.to_string()],
        Role::Check(who, form, host) => [format!("{} ({form})", who.name()), host.to_string()],
    }
}

fn cells(outcome: &Outcome, row: &Row, sight: Sight) -> [String; 4] {
    let samples = row.samples(sight);
    let net = outcome.net(row, sight);
    let allocations = outcome.net_allocations(row, sight).unwrap_or(row.allocations(sight));
    [
        nanoseconds(samples.minimum()),
        nanoseconds(samples.median()),
        net.map_or("–".into(), |net| nanoseconds(net.median())),
        format!("{allocations:.0}"),
    ]
}

fn rival(rival: Option<Rival>) -> String {
    rival.map_or("–".into(), |rival| format!("{} ({})", ratio(rival.ratio), rival.who.name()))
}

fn words(sight: Sight) -> &'static str {
    match sight {
        Sight::First => "first sight",
        Sight::Repeat => "repeated",
    }
}

/// The forms of scopa whose whole requests stand beside those of peers.
const WHOLE: [(&str, &str, Host); 3] = [
    ("tower layer", "layer", Host::Tower),
    ("axum extractor", "extractor", Host::Axum),
    ("actix middleware", "middleware", Host::Actix),
];
