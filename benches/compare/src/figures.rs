use std::collections::BTreeMap;

use measure::{Alg, Report, median_ratio};

use crate::candidate::Host;
use crate::contest::Role;
use crate::ours::SCOPA;
use crate::outcome::{Outcome, Sight};

/// Keeps the figures of all outcomes, by the names that programs read.
pub(crate) fn keep(report: &mut Report, outcomes: &[Outcome]) {
    for outcome in outcomes {
        floor(report, outcome);
        for sight in Sight::ALL {
            ours(report, outcome, sight);
            rivals(report, outcome, sight);
        }
        peers(report, outcome);
    }
    allocations(report, outcomes);
}

fn floor(report: &mut Report, outcome: &Outcome) {
    let (alg, floor) = (outcome.alg, outcome.floor(Sight::First));
    report.set(format!("floor.{alg}.ns"), floor.median());
    report.set(format!("floor.{alg}.min_ns"), floor.minimum());
    for (name, role) in [("x962", Role::X962), ("dalek", Role::Dalek), ("dalek_strict", Role::DalekStrict)] {
        if let Some(other) = outcome.row(role) {
            report.set(format!("floor.{alg}.{name}_ns"), other.first_sight.median());
            report.set(format!("floor.{alg}.{name}_over_floor"), median_ratio(&other.first_sight, floor));
        }
    }
    for host in Host::ALL {
        if let Some(bare) = outcome.row(Role::Bare(host)) {
            let version = if matches!(host, Host::Tower07 | Host::Axum07) { "_07" } else { "" };
            report.set(format!("bare.{}{version}.{alg}.ns", host.name()), bare.repeat.median());
        }
    }
}

fn ours(report: &mut Report, outcome: &Outcome, sight: Sight) {
    let (alg, name) = (outcome.alg, sight.name());
    for row in &outcome.rows {
        let Some((SCOPA, form, host)) = row.check() else { continue };
        let Some(net) = outcome.net(row, sight) else { continue };
        let place = place(form, host);
        report.set(format!("{name}.{alg}.{place}.ns"), row.samples(sight).median());
        report.set(format!("{name}.{alg}.{place}.min_ns"), row.samples(sight).minimum());
        report.set(format!("{name}.{alg}.{place}.net_ns"), net.median());
        if host == Host::Tower {
            let over_floor = median_ratio(&net, outcome.floor(sight));
            report.set(format!("{name}.{alg}.net_ns"), net.median());
            report.set(format!("{name}.{alg}.net_over_floor"), over_floor);
            if (alg, sight) == (Alg::HS256, Sight::Repeat) {
                report.set("repeat.net_over_raw_hs256", over_floor);
            }
        }
    }
}

fn rivals(report: &mut Report, outcome: &Outcome, sight: Sight) {
    let (alg, name) = (outcome.alg, sight.name());
    let rivals = [
        ("fastest_peer_over_scopa", outcome.net_rival(sight)),
        ("fastest_peer_over_scopa_tower", outcome.whole(sight, "layer", Host::Tower)),
        ("fastest_peer_over_scopa_axum", outcome.whole(sight, "extractor", Host::Axum)),
        ("fastest_peer_over_scopa_actix", outcome.whole(sight, "middleware", Host::Actix)),
    ];
    for (figure, rival) in rivals {
        let Some(rival) = rival else { continue };
        report.set(format!("{name}.{alg}.{figure}"), rival.ratio);
        if (sight, figure) == (Sight::First, "fastest_peer_over_scopa_axum") {
            report.set(format!("{name}.{alg}.best_peer_over_scopa"), rival.ratio);
        }
    }
}

fn peers(report: &mut Report, outcome: &Outcome) {
    let alg = outcome.alg;
    for (row, who, host) in outcome.peers() {
        for sight in Sight::ALL {
            let Some(net) = outcome.net(row, sight) else { continue };
            let start = format!("peer.{}.{}.{alg}.{}", who.key, host.name(), sight.name());
            report.set(format!("{start}.ns"), row.samples(sight).median());
            report.set(format!("{start}.net_ns"), net.median());
        }
    }
    for (row, who, _) in outcome.barest_peers() {
        let Some(net) = outcome.net(row, Sight::First) else { continue };
        report.set(format!("peer.{}.{alg}.net_ns", who.key), net.median());
        let over_floor = median_ratio(&net, outcome.floor(Sight::First));
        report.set(format!("peer.{}.{alg}.net_over_floor", who.key), over_floor);
    }
}

/// Allocations beyond the bare host: the most that any algorithm needs.
fn allocations(report: &mut Report, outcomes: &[Outcome]) {
    let mut most = BTreeMap::<String, f64>::new();
    for outcome in outcomes {
        for row in &outcome.rows {
            let Some((who, form, host)) = row.check() else { continue };
            for sight in Sight::ALL {
                let Some(net) = outcome.net_allocations(row, sight) else { continue };
                let name = if who == SCOPA {
                    format!("allocations.{}.{}", place(form, host), sight.name())
                } else {
                    format!("allocations.{}.{}.{}", who.key, host.name(), sight.name())
                };
                let before = most.entry(name).or_insert(net);
                *before = before.max(net);
            }
        }
    }
    for (name, count) in most {
        report.set(name, count);
    }
}

/// Names scopa's form in a host: `tower`, `axum` and `actix` for the usual one, with the form behind it for the other.
fn place(form: &str, host: Host) -> String {
    match (host, form) {
        (Host::Tower, _) | (_, "extractor") => host.name().to_owned(),
        _ => format!("{}_{form}", host.name()),
    }
}
