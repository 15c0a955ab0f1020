use std::hint::black_box;

use http::HeaderMap;
use measure::{Report, Samples, Table, median_ratio, nanoseconds, time};
use scopa::{Policy, Validator};

use crate::ask::authenticate;
use crate::turns::{Turn, rounds};

/// One of several ways things can be, to be compared with the others.
#[derive(Debug)]
pub(crate) struct Variant {
    /// How the table and the figures call it.
    pub(crate) name: String,
    pub(crate) validator: Validator,
    /// What is asked of each request.
    pub(crate) policy: Policy,
    /// Requests with tokens that the validator has not seen, [`Plan::first_sights`] of them.
    pub(crate) new: Vec<HeaderMap>,
}

/// How much is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    rounds: usize,
    batch: usize,
}

/// What came out, by variant: nanoseconds for each round.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) first: Vec<Samples>,
    pub(crate) repeat: Vec<Samples>,
}

impl Plan {
    pub(crate) fn of(report: &Report) -> Self {
        Self { rounds: if report.quick() { 21 } else { 61 }, batch: 10 }
    }

    /// Returns how many new tokens a variant needs.
    pub(crate) fn first_sights(self) -> usize {
        self.rounds * self.batch
    }
}

/// Measures the variants in turns, from the headers to the decision, and prints a table of them.
///
/// The figures are `scale.NAME.first_ns` and `scale.NAME.repeat_ns`, with the axis before the name where it has one.
pub(crate) fn compare(
    report: &mut Report,
    axis: &str,
    title: &str,
    unit: &str,
    variants: &[Variant],
) -> Outcome {
    let plan = Plan::of(report);
    let first = rounds(plan.rounds, &mut turns(variants, |variant| first_sight(variant, plan.batch)));
    let repeat = rounds(SHORT * plan.rounds, &mut turns(variants, repeated));

    let mut table = Table::new([unit, "first sight, ns", "repeated, ns"]);
    for ((variant, first), repeat) in variants.iter().zip(&first).zip(&repeat) {
        let prefix = if axis.is_empty() { variant.name.clone() } else { format!("{axis}.{}", variant.name) };
        report.set(format!("scale.{prefix}.first_ns"), first.median());
        report.set(format!("scale.{prefix}.repeat_ns"), repeat.median());
        table.row([variant.name.clone(), nanoseconds(first.median()), nanoseconds(repeat.median())]);
    }
    report.table(title, &table);
    Outcome { first, repeat }
}

/// Keeps how the last variant compares to the first one: `scale.AXIS.LAST_over_FIRST`, of repeated tokens, and
/// `scale.AXIS.first_sight.LAST_over_FIRST`.
pub(crate) fn last_over_first(report: &mut Report, axis: &str, variants: &[Variant], outcome: &Outcome) {
    let last = variants.len() - 1;
    let names = format!("{}_over_{}", variants[last].name, variants[0].name);
    let ratio = |samples: &[Samples]| median_ratio(&samples[last], &samples[0]);
    report.set(format!("scale.{axis}.{names}"), ratio(&outcome.repeat));
    report.set(format!("scale.{axis}.first_sight.{names}"), ratio(&outcome.first));
}

fn turns<'a>(variants: &'a [Variant], turn: impl Fn(&'a Variant) -> Turn<'a>) -> Vec<Turn<'a>> {
    variants.iter().map(turn).collect()
}

fn first_sight(variant: &Variant, batch: usize) -> Turn<'_> {
    let mut batches = variant.new.chunks(batch);
    Box::new(move || {
        let requests = batches.next().expect("a batch for each round");
        time(|| requests.iter().for_each(|request| decide(variant, request))) / requests.len() as f64
    })
}

fn repeated(variant: &Variant) -> Turn<'_> {
    let request = &variant.new[0];
    Box::new(move || {
        // What others have pushed out of the processor's caches is fetched again.
        (0..WARM_UP).for_each(|_| decide(variant, request));
        time(|| (0..REPEATS).for_each(|_| decide(variant, black_box(request)))) / REPEATS as f64
    })
}

fn decide(variant: &Variant, request: &HeaderMap) {
    let access = authenticate(&variant.validator, request);
    variant.validator.authorize(black_box(&access), &variant.policy, &[]).expect("the scope is there");
}

const WARM_UP: usize = 20;
/// So short a time that most turns pass without an interruption, and so many turns more.
const REPEATS: usize = 100;
const SHORT: usize = 5;
