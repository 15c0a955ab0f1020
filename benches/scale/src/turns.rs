use measure::Samples;

/// What is measured in turns: returns the nanoseconds of one operation.
pub(crate) type Turn<'a> = Box<dyn FnMut() -> f64 + 'a>;

/// Lets each have its turn in each round, so that what slows the machine down slows all of them.
pub(crate) fn rounds(count: usize, turns: &mut [Turn<'_>]) -> Vec<Samples> {
    let mut samples = vec![Samples::default(); turns.len()];
    for round in 0..count {
        for at in 0..turns.len() {
            // Nobody is always the first.
            let at = (at + round) % turns.len();
            samples[at].push(turns[at]());
        }
    }
    samples
}
