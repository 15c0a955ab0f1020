//! The peers, each as its documentation shows it, with a fixed key and without a network.

mod actix_web_httpauth;
mod aliri_tower;
mod axum_jwt_auth;
mod huskarl_axum;
mod jwt_authorizer;
mod oauth_resource_server;
mod tower_oauth2_resource_server;

use std::error::Error;

use measure::{Issuer, SCOPE};
use serde::Deserialize;

use crate::candidate::{Candidate, Who};

pub(crate) use axum_jwt_auth::install_back_ends;

/// What a peer gives: its candidates, or why it has none.
pub(crate) type Entries = Result<Vec<Candidate>, Box<dyn Error>>;

/// A peer, and what makes its candidates for one algorithm.
pub(crate) type Peer = (Who, fn(&Issuer) -> Entries);

/// All peers.
pub(crate) const ALL: [Peer; 7] = [
    (oauth_resource_server::WHO, oauth_resource_server::candidates),
    (huskarl_axum::WHO, huskarl_axum::candidates),
    (tower_oauth2_resource_server::WHO, tower_oauth2_resource_server::candidates),
    (jwt_authorizer::WHO, jwt_authorizer::candidates),
    (aliri_tower::WHO, aliri_tower::candidates),
    (axum_jwt_auth::WHO, axum_jwt_auth::candidates),
    (actix_web_httpauth::WHO, actix_web_httpauth::candidates),
];

/// The claims that a service reads, for peers that leave their type to it. Issuer, audience and expiry are theirs to check.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ServiceClaims {
    /// Who is called for; a service that authorizes wants to know.
    #[expect(dead_code, reason = "read from the token, as a service would")]
    pub(crate) sub: String,
    /// The scopes, separated by spaces.
    pub(crate) scope: String,
}

impl ServiceClaims {
    /// Tells whether the one scope is among them.
    pub(crate) fn may_read(&self) -> bool {
        self.scope.split(' ').any(|scope| scope == SCOPE)
    }
}

#[cfg(test)]
mod tests {
    use measure::Alg;

    use super::*;

    #[test]
    fn all_peers_do_the_work_with_the_algorithms_that_they_have() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let _entered = runtime.enter();
        install_back_ends();
        for alg in Alg::ALL {
            let issuer = Issuer::new(alg);
            for (who, entries) in ALL {
                let lacks = [("oauth_resource_server", Alg::HS256), ("aliri_tower", Alg::EdDSA)];
                match entries(&issuer) {
                    Ok(mut candidates) => {
                        assert!(!lacks.contains(&(who.key, alg)), "{} has learned {alg}", who.name());
                        for candidate in &mut candidates {
                            assert_eq!(candidate.check(&issuer), Ok(()), "{} with {alg}", candidate.title());
                        }
                    }
                    Err(error) => assert!(lacks.contains(&(who.key, alg)), "{}: {error}", who.name()),
                }
            }
        }
    }
}
