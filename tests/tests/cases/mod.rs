//! The parts of the case table: what is sent, what is expected, and the servers in between.

mod client;
mod forge;
mod servers;
mod want;

mod algorithms;
mod claims;
mod header;
mod issuers;
mod keys;
mod opaque;
mod remote;
mod revoked;
mod scopes;
mod service;
mod structure;

use scopa_testing::TestIssuer;

use client::Request;
pub(crate) use client::get;
pub(crate) use servers::servers;
pub(crate) use want::Want;

/// One row: a request, and what every server must answer.
pub(crate) struct Case {
    pub(crate) group: &'static str,
    pub(crate) name: String,
    pub(crate) request: Request,
    pub(crate) want: Want,
}

/// Rows of one kind.
pub(crate) struct Group {
    name: &'static str,
    cases: Vec<Case>,
}

impl Group {
    fn new(name: &'static str) -> Self {
        Self { name, cases: Vec::new() }
    }

    fn row(&mut self, name: impl Into<String>, request: Request, want: Want) {
        self.cases.push(Case { group: self.name, name: name.into(), request, want });
    }
}

/// The whole table, for tokens of this issuer.
pub(crate) fn table(issuer: &TestIssuer) -> Vec<Case> {
    let groups = [
        header::credentials(issuer),
        header::elsewhere(issuer),
        structure::parts(issuer),
        structure::json(issuer),
        algorithms::accepted(issuer),
        algorithms::refused(issuer),
        algorithms::signatures(issuer),
        keys::key_ids(issuer),
        keys::brought_along(issuer),
        keys::header_members(issuer),
        claims::times(issuer),
        claims::parties(issuer),
        claims::kinds(issuer),
        scopes::spelling(issuer),
        scopes::claims(issuer),
        scopes::hierarchy(issuer),
        scopes::teams(issuer),
        scopes::combinations(issuer),
        scopes::permissions(issuer),
        service::optional(issuer),
        service::settings(issuer),
        service::outage(issuer),
        service::handlers(issuer),
        service::methods(issuer),
        issuers::parties(issuer),
        issuers::algorithms(issuer),
        issuers::hierarchies(issuer),
        remote::published(issuer),
        remote::down(issuer),
        opaque::asked(issuer),
        opaque::down(issuer),
        revoked::listed(issuer),
    ];
    groups.into_iter().flat_map(|group| group.cases).collect()
}

pub(crate) use header::{paths_in_other_spellings, refused_by_http};
