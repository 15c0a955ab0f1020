use std::collections::BTreeMap;

use crate::Outcome;

/// The list of the steps of a system's acceptance script, as they are proved.
///
/// ```
/// use scopa_systems::Walk;
///
/// # fn walk() -> scopa_systems::Outcome {
/// let mut walk = Walk::of("bugsplat", 2).left_to(2, "its client on Node");
/// // Here stand the requests and what is asserted of the answers.
/// walk.step(1, "a client is made, its secret is shown once");
/// walk.finish()
/// # }
/// # walk().unwrap();
/// ```
#[derive(Debug)]
#[must_use = "a walk that is not finished proves nothing"]
pub struct Walk {
    system: String,
    count: usize,
    proved: BTreeMap<usize, Vec<String>>,
    elsewhere: BTreeMap<usize, String>,
}

#[expect(
    clippy::print_stdout,
    reason = "the list of steps is for people, and `tests/systems/run.sh`, to read"
)]
impl Walk {
    /// Starts a walk of so many steps, numbered from 1.
    pub fn of(system: &str, count: usize) -> Self {
        let system = system.to_owned();
        Self { system, count, proved: BTreeMap::new(), elsewhere: BTreeMap::new() }
    }

    /// Says that a step is proved by another program, which reports it by itself: a line `step SYSTEM NUMBER: SENTENCE`.
    pub fn left_to(mut self, number: usize, whom: &str) -> Self {
        self.elsewhere.insert(number, whom.to_owned());
        self
    }

    /// Records what was just proved. A step that holds several things may be recorded several times.
    pub fn step(&mut self, number: usize, sentence: &str) {
        println!("step {} {number}: {sentence}", self.system);
        self.proved.entry(number).or_default().push(sentence.to_owned());
    }

    /// Ends the walk: prints how many steps there were.
    ///
    /// # Errors
    /// A number was left out, or is not one of the script.
    pub fn finish(self) -> Outcome {
        let Self { system, count, proved, elsewhere } = self;
        let is_open = |number: &usize| !proved.contains_key(number) && !elsewhere.contains_key(number);
        let open: Vec<usize> = (1..=count).filter(is_open).collect();
        let strange: Vec<&usize> =
            proved.keys().chain(elsewhere.keys()).filter(|number| !(1..=count).contains(*number)).collect();
        let twice: Vec<&usize> = elsewhere.keys().filter(|number| proved.contains_key(number)).collect();
        for (number, whom) in &elsewhere {
            println!("left {system} {number}: {whom}");
        }
        let things: usize = proved.values().map(Vec::len).sum();
        println!("walk {system}: {} of {count} steps, {things} lines", proved.len());
        if open.is_empty() && strange.is_empty() && twice.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{system}: steps {open:?} were left out, {strange:?} are none of 1 to {count}, {twice:?} are left to others and done"
        )
        .into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_that_leaves_a_number_out_fails() {
        let walk = |steps: &[usize]| {
            let mut walk = Walk::of("x", 3).left_to(3, "somebody");
            steps.iter().for_each(|number| walk.step(*number, "it held"));
            walk.finish().map_err(|error| error.to_string())
        };
        assert_eq!(walk(&[1, 2]), Ok(()));
        assert_eq!(walk(&[2, 1, 1]), Ok(()));
        for (steps, complaint) in [
            (&[1][..], "[2] were left out"),
            (&[], "[1, 2] were left out"),
            (&[1, 2, 4], "[4] are none of"),
            (&[1, 2, 0], "[0] are none of"),
            (&[1, 2, 3], "[3] are left to others"),
        ] {
            assert!(walk(steps).unwrap_err().contains(complaint), "{steps:?}");
        }
    }
}
