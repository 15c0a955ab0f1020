use http::HeaderMap;
use measure::{Alg, Issuer, Report, SCOPE, median_ratio};
use scopa::{Hierarchy, KeySet, Policy};
use serde_json::json;

use crate::ask::request;
use crate::cache::{Cache, scopes, secret, validator};
use crate::forge::Forge;
use crate::variant::{Plan, Variant, compare, last_over_first};

/// Keys in the set, with RS256.
pub(crate) fn keys(report: &mut Report) {
    let issuer = Issuer::new(Alg::RS256);
    let new: Vec<HeaderMap> =
        issuer.tokens(Plan::of(report).first_sights()).iter().map(|token| request(token)).collect();
    let variant = |count: usize| {
        let hierarchy = Hierarchy::builder().scopes([SCOPE]).build().expect("one scope");
        let validator = validator(many_keys(&issuer, count), hierarchy, Cache::Default);
        let policy = validator.prepare(SCOPE).expect("it is declared");
        Variant { name: count.to_string(), validator, policy, new: new.clone() }
    };
    let variants = [1, 10, 100].map(variant);
    let outcome = compare(report, "keys", "Keys in the set (RS256)", "keys", &variants);
    last_over_first(report, "keys", &variants, &outcome);
}

/// Scopes in the hierarchy.
pub(crate) fn hierarchy(report: &mut Report) {
    let new = tokens(report, |_| "s1 s2 s3 s4 openid".into(), 850);
    let variants =
        [10, 100, 1000].map(|count| variant(count.to_string(), count, format!("s{}", count - 1), &new));
    let outcome = compare(report, "hierarchy", "Scopes in the hierarchy (HS256)", "scopes", &variants);
    last_over_first(report, "hierarchy", &variants, &outcome);
}

/// Scopes in the token, in a hierarchy of a thousand; in tokens of one length.
pub(crate) fn token_scopes(report: &mut Report) {
    let list = |count: usize, from: usize| {
        let names: Vec<String> = (0..count).map(|at| format!("s{}", 800 + (from + at) % count)).collect();
        names.join(" ")
    };
    let same = [1, 10, 100].map(|count| {
        let new = tokens(report, |_| list(count, 0), 1500);
        variant(count.to_string(), 1000, "s800".into(), &new)
    });
    let outcome =
        compare(report, "token_scopes", "Scopes in the token, the same in each (HS256)", "scopes", &same);
    last_over_first(report, "token_scopes", &same, &outcome);

    let other = [2, 10, 100].map(|count| {
        let new = tokens(report, |number| list(count, number), 1500);
        variant(count.to_string(), 1000, "s800".into(), &new)
    });
    let title = "Scopes in the token, in another order in each (HS256)";
    let outcome = compare(report, "token_scopes_reordered", title, "scopes", &other);
    last_over_first(report, "token_scopes_reordered", &other, &outcome);
}

/// Length of the token. 16 KiB is the most that is read.
pub(crate) fn token_size(report: &mut Report) {
    let variants = [500, 850, 2048, 8192, 15_360].map(|bytes| {
        let new = tokens(report, |_| "s1 s2 s3 s4 openid".into(), bytes);
        variant(bytes.to_string(), 100, "s42".into(), &new)
    });
    let outcome = compare(report, "token_bytes", "Length of the token (HS256)", "bytes", &variants);
    last_over_first(report, "token_bytes", &variants, &outcome);
}

/// What it costs to keep digests, or nothing.
pub(crate) fn cache_modes(report: &mut Report) {
    let new = tokens(report, |_| "s1 s2 s3 s4 openid".into(), 850);
    let variants =
        [("on", Cache::Default), ("digest", Cache::Digests), ("off", Cache::Off)].map(|(name, cache)| {
            let validator = validator(secret(), scopes(100), cache);
            let policy = validator.prepare("s42").expect("it is declared");
            Variant { name: name.into(), validator, policy, new: new.clone() }
        });
    let outcome =
        compare(report, "", "Tokens kept, their digests, or nothing (HS256, 850 bytes)", "cache", &variants);
    for (at, name) in [(1, "digest"), (2, "off")] {
        report.set(format!("scale.{name}.over_on"), median_ratio(&outcome.repeat[at], &outcome.repeat[0]));
    }
}

/// A validator for tokens of `Forge`, with this many scopes, of which one is asked for.
fn variant(name: String, count: usize, scope: String, new: &[HeaderMap]) -> Variant {
    let validator = validator(secret(), scopes(count), Cache::Default);
    let policy = validator.prepare(Policy::from(scope)).expect("it is declared");
    Variant { name, validator, policy, new: new.to_vec() }
}

fn tokens(report: &Report, scope: impl Fn(usize) -> String, bytes: usize) -> Vec<HeaderMap> {
    let forge = Forge::new();
    let token = |number: usize| request(&forge.token(number, &scope(number), bytes));
    (0..Plan::of(report).first_sights()).map(token).collect()
}

/// The issuer's key among others. They have the same modulus: keys are found by their names.
fn many_keys(issuer: &Issuer, count: usize) -> KeySet {
    let named = |at: usize| {
        let mut key = issuer.jwk();
        if at != count / 2 {
            key["kid"] = format!("2026-11-22T07:46:40Z-{at}").into();
        }
        key
    };
    let keys: Vec<_> = (0..count).map(named).collect();
    KeySet::from_jwks(&json!({ "keys": keys }).to_string()).expect("a JWK Set")
}
