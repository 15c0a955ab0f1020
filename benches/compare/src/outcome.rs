use measure::{Alg, Samples, median_ratio};

use crate::candidate::{Host, Who};
use crate::contest::{Role, Row};
use crate::ours::SCOPA;

/// What a contest with one algorithm brought out.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) alg: Alg,
    pub(crate) rows: Vec<Row>,
    /// Who was not timed, and why.
    pub(crate) absent: Vec<(String, String)>,
}

/// Whether the token was known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    First,
    Repeat,
}

/// A peer beside scopa.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rival {
    pub(crate) who: Who,
    /// Its time divided by scopa's.
    pub(crate) ratio: f64,
}

impl Sight {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::First, Self::Repeat];

    /// Returns the name that stands in the names of figures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::First => "first_sight",
            Self::Repeat => "repeat",
        }
    }
}

impl Row {
    /// Returns the times of this sight.
    pub(crate) fn samples(&self, sight: Sight) -> &Samples {
        match sight {
            Sight::First => &self.first_sight,
            Sight::Repeat => &self.repeat,
        }
    }

    /// Returns the allocations of this sight.
    pub(crate) fn allocations(&self, sight: Sight) -> f64 {
        let [first, repeat] = self.allocations;
        match sight {
            Sight::First => first,
            Sight::Repeat => repeat,
        }
    }

    /// Returns who checks here, in which form and host; `None` for the floor and the bare hosts.
    pub(crate) fn check(&self) -> Option<(Who, &'static str, Host)> {
        match self.role {
            Role::Check(who, form, host) => Some((who, form, host)),
            _ => None,
        }
    }
}

impl Outcome {
    /// Finds the row of a role.
    pub(crate) fn row(&self, role: Role) -> Option<&Row> {
        self.rows.iter().find(|row| row.role == role)
    }

    /// Returns the raw verification of the same tokens.
    pub(crate) fn floor(&self, sight: Sight) -> &Samples {
        self.row(Role::Floor).expect("there is always a floor").samples(sight)
    }

    /// Returns scopa's row, in this form and host.
    pub(crate) fn ours(&self, form: &'static str, host: Host) -> Option<&Row> {
        self.row(Role::Check(SCOPA, form, host))
    }

    /// Returns what a check costs beyond the bare host, round by round.
    pub(crate) fn net(&self, row: &Row, sight: Sight) -> Option<Samples> {
        let (_, _, host) = row.check()?;
        let bare = self.row(Role::Bare(host))?;
        Some(row.samples(sight).zip(bare.samples(sight), |with, without| with - without))
    }

    /// Returns what a check allocates beyond the bare host.
    pub(crate) fn net_allocations(&self, row: &Row, sight: Sight) -> Option<f64> {
        let (_, _, host) = row.check()?;
        Some(row.allocations(sight) - self.row(Role::Bare(host))?.allocations(sight))
    }

    /// Goes through the peers.
    pub(crate) fn peers(&self) -> impl Iterator<Item = (&Row, Who, Host)> {
        let checks = self.rows.iter().filter_map(|row| row.check().map(|(who, _, host)| (row, who, host)));
        checks.filter(|(_, who, _)| *who != SCOPA)
    }

    /// Goes through the peers, each in the barest host that it has: a tower service, or else its framework.
    pub(crate) fn barest_peers(&self) -> impl Iterator<Item = (&Row, Who, Host)> {
        self.peers().filter(|(_, who, host)| {
            let mut others = self.peers().filter(|(_, other, _)| other == who);
            host.name() == "tower" || !others.any(|(_, _, other)| other.name() == "tower")
        })
    }

    /// Finds the fastest peer by whole requests in hosts of this name, beside scopa there.
    pub(crate) fn whole(&self, sight: Sight, form: &'static str, host: Host) -> Option<Rival> {
        let ours = self.ours(form, host)?.samples(sight);
        let there = self.peers().filter(|(_, _, other)| other.name() == host.name());
        fastest(there.map(|(row, who, _)| (who, median_ratio(row.samples(sight), ours))))
    }

    /// Finds the fastest peer by what it costs beyond its barest host, beside scopa on tower. Peers for actix-web apart.
    pub(crate) fn net_rival(&self, sight: Sight) -> Option<Rival> {
        let ours = self.net(self.ours("layer", Host::Tower)?, sight)?;
        let peers = self.barest_peers().filter(|(_, _, host)| *host != Host::Actix);
        fastest(peers.filter_map(|(row, who, _)| Some((who, median_ratio(&self.net(row, sight)?, &ours)))))
    }
}

fn fastest(peers: impl Iterator<Item = (Who, f64)>) -> Option<Rival> {
    let rivals = peers.map(|(who, ratio)| Rival { who, ratio });
    rivals.min_by(|one, other| one.ratio.total_cmp(&other.ratio))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYER: Who = Who { key: "layer", package: "layer", note: "" };
    const ROUTER: Who = Who { key: "router", package: "router", note: "" };

    fn row(role: Role, nanoseconds: f64, allocations: f64) -> Row {
        let samples: Samples = [nanoseconds, 2.0 * nanoseconds].into_iter().collect();
        Row { role, first_sight: samples.clone(), repeat: samples, allocations: [allocations; 2] }
    }

    fn outcome() -> Outcome {
        let check = |who, host, nanoseconds| row(Role::Check(who, "layer", host), nanoseconds, 9.0);
        let rows = vec![
            row(Role::Floor, 100.0, 0.0),
            row(Role::Bare(Host::Tower), 50.0, 2.0),
            row(Role::Bare(Host::Axum), 500.0, 5.0),
            check(SCOPA, Host::Tower, 150.0),
            check(SCOPA, Host::Axum, 600.0),
            check(LAYER, Host::Tower, 450.0),
            check(LAYER, Host::Axum, 900.0),
            check(ROUTER, Host::Axum, 800.0),
        ];
        Outcome { alg: Alg::HS256, rows, absent: Vec::new() }
    }

    #[test]
    fn net_is_beyond_the_same_host() {
        let outcome = outcome();
        let ours = outcome.ours("layer", Host::Axum).unwrap();
        assert_eq!(outcome.net(ours, Sight::First).unwrap().rounds(), [100.0, 200.0]);
        assert_eq!(outcome.net_allocations(ours, Sight::First), Some(4.0));
    }

    #[test]
    fn whole_requests_are_compared_within_a_host() {
        let outcome = outcome();
        let tower = outcome.whole(Sight::Repeat, "layer", Host::Tower).unwrap();
        assert_eq!((tower.who, tower.ratio), (LAYER, 3.0));
        let axum = outcome.whole(Sight::Repeat, "layer", Host::Axum).unwrap();
        assert_eq!((axum.who, axum.ratio), (ROUTER, 800.0 / 600.0));
    }

    #[test]
    fn net_is_compared_in_the_barest_host_of_each() {
        // `layer` on tower costs 400, `router` on axum 300, scopa on tower 100.
        let rival = outcome().net_rival(Sight::First).unwrap();
        assert_eq!((rival.who, rival.ratio), (ROUTER, 3.0));
    }
}
