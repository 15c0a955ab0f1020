use std::hint::black_box;

use http::header::{AUTHORIZATION, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use scopa_axum::{Access, Algorithm, Validator};

use crate::tokens::{self, ALGORITHMS};
use crate::{floor, host, issuer, scopes};

/// What is run again and again; the argument counts the rounds.
pub(crate) type Case = Box<dyn FnMut(usize)>;

/// A case by its name, and how it is set up.
pub(crate) type Setup = (String, Box<dyn FnOnce() -> Case>);

/// All cases. Names are `ALGORITHM.what` or `what.of_it`.
pub(crate) fn all() -> Vec<Setup> {
    let mut cases: Vec<Setup> = Vec::new();
    for algorithm in ALGORITHMS {
        cases.push((format!("{algorithm}.floor"), Box::new(move || floor::verify(algorithm))));
        cases.push((format!("{algorithm}.first"), Box::new(move || first_sight(algorithm))));
        cases.push((format!("{algorithm}.repeat"), Box::new(move || repeated(algorithm))));
    }
    cases.push(("scope.plain".into(), Box::new(scopes::plain)));
    cases.push(("scope.bound".into(), Box::new(scopes::bound)));
    cases.push(("tower.none".into(), Box::new(host::tower_open)));
    cases.push(("tower.repeat".into(), Box::new(host::tower_guarded)));
    cases.push(("axum.none".into(), Box::new(host::axum_open)));
    cases.push(("axum.repeat".into(), Box::new(host::axum_guarded)));
    cases
}

/// Sets up the case of this name.
pub(crate) fn find(name: &str) -> Option<Case> {
    all().into_iter().find(|(known, _)| known == name).map(|(_, set_up)| set_up())
}

/// Headers to `Access`, each token once.
fn first_sight(algorithm: Algorithm) -> Case {
    let validator = issuer::validator(algorithm);
    let requests: Vec<HeaderMap> = tokens::fields(algorithm).iter().map(|field| headers(field)).collect();
    Box::new(move |round| {
        black_box(authenticate(&validator, &requests[round]));
    })
}

/// Headers to `Access`, one token again and again.
fn repeated(algorithm: Algorithm) -> Case {
    let validator = issuer::validator(algorithm);
    let request = headers(&tokens::fields(algorithm)[0]);
    Box::new(move |_| {
        black_box(authenticate(&validator, black_box(&request)));
    })
}

/// The headers of a small request.
pub(crate) fn headers(field: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::from_static("api.example.com"));
    headers.insert(USER_AGENT, HeaderValue::from_static("instructions"));
    headers.insert(AUTHORIZATION, field.parse().expect("a token fits a field"));
    headers
}

/// Must succeed, or what is counted would be a refusal.
pub(crate) fn authenticate(validator: &Validator, headers: &HeaderMap) -> Access {
    match validator.authenticate_headers(headers).now_or_later() {
        Ok(Ok(access)) => access,
        Ok(Err(refusal)) => panic!("refused: {refusal:?}"),
        Err(_) => panic!("the keys are at hand, and still it waits"),
    }
}

/// Rounds that are not counted.
pub(crate) const WARM_UP: usize = 4;
/// The tokens of an algorithm that are counted.
pub(crate) const FIRST_SIGHTS: usize = 12;
/// The most rounds of one run.
pub(crate) const ROUNDS: usize = 100_000;
