use std::hint::black_box;

use scopa_axum::{Access, Algorithm, Hierarchy, Validator};

use crate::case::{Case, authenticate, headers};
use crate::{issuer, tokens};

/// A check of one scope, which the token holds through another one, in a hierarchy of 250.
pub(crate) fn plain() -> Case {
    let (validator, access) = caller();
    let policy = issuer::policy(&validator, "item_42:read");
    Box::new(move |_| {
        assert!(validator.authorize(black_box(&access), black_box(&policy), &[]).is_ok());
    })
}

/// A check of `team_{id}` against the value of a request.
pub(crate) fn bound() -> Case {
    let (validator, access) = caller();
    let policy = issuer::policy(&validator, "team_{id}");
    Box::new(move |_| {
        assert!(
            validator.authorize(black_box(&access), black_box(&policy), &[("id", black_box("7"))]).is_ok()
        );
    })
}

fn caller() -> (Validator, Access) {
    let validator = issuer::with_hierarchy(Algorithm::HS256, hierarchy());
    let access = authenticate(&validator, &headers(&tokens::fields(Algorithm::HS256)[0]));
    (validator, access)
}

/// 250 scopes: `crashes:write`, which includes 124 pairs of a scope to write and one to read, and `team_{id}`.
fn hierarchy() -> Hierarchy {
    let mut builder = Hierarchy::builder().scopes(["crashes:write"]).template("team_{id}", "[0-9]+");
    for item in 0..124 {
        let (write, read) = (format!("item_{item}:write"), format!("item_{item}:read"));
        builder = builder.scopes([write.clone(), read.clone()]);
        builder = builder.includes(write.clone(), [read]).includes("crashes:write", [write]);
    }
    builder.build().expect("a well-formed hierarchy")
}
