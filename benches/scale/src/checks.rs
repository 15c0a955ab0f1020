use std::hint::black_box;

use measure::{Report, Table, nanoseconds, time};
use scopa::Policy;

use crate::ask::{authenticate, request};
use crate::cache::{Cache, scopes, secret, validator};
use crate::forge::Forge;
use crate::turns::{Turn, rounds};

/// What it costs to judge a caller whose token was accepted.
pub(crate) fn report(report: &mut Report) {
    let validator = validator(secret(), scopes(250), Cache::Default);
    let token = Forge::new().token(1, "s1 s2 s3 s4 team_65a1 team_7", 850);
    let access = authenticate(&validator, &request(&token));
    let prepare = |policy: Policy| validator.prepare(policy).expect("it is declared");
    let (plain, either) = (prepare("s242".into()), prepare(Policy::any_of(["s0", "s242"]).and("s17")));
    let bound = prepare("team_{id}".into());

    let check = |policy, values: &'static [(&str, &str)]| -> Turn<'_> {
        let (validator, access) = (&validator, &access);
        Box::new(move || {
            let judge = || {
                validator.authorize(black_box(access), black_box(policy), black_box(values)).expect("enough")
            };
            time(|| (0..CHECKS).for_each(|_| judge())) / CHECKS as f64
        })
    };
    let count = if report.quick() { 101 } else { 501 };
    let mut turns = [check(&plain, &[]), check(&either, &[]), check(&bound, &[("id", "7")])];
    let samples = rounds(count, &mut turns);

    let mut table = Table::new(["check", "median, ns", "minimum, ns"]);
    let rows = [
        ("scope_check_ns.250", "one scope of 250"),
        ("combined_check_ns.250", "one of two scopes, and another one"),
        ("bound_check_ns", "`team_{id}` for the value of a request"),
    ];
    for ((key, name), samples) in rows.into_iter().zip(&samples) {
        report.set(format!("scale.{key}"), samples.median());
        table.row([name.to_owned(), nanoseconds(samples.median()), nanoseconds(samples.minimum())]);
    }
    report.table("Checks of an accepted caller", &table);
}

const CHECKS: usize = 1000;
