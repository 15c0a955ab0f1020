use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::Violation;
use crate::store::{Store, StoreError};

/// The cases that were gone through, and what they found.
pub(super) struct Cases<M> {
    make: M,
    patience: Duration,
    violations: Vec<Violation>,
}

impl<S: Store, M: AsyncFn() -> S> Cases<M> {
    pub(super) fn new(make: M, patience: Duration) -> Self {
        Self { make, patience, violations: Vec::new() }
    }

    /// Goes through one case, with a new store.
    pub(super) async fn run(&mut self, rule: &'static str, case: impl AsyncFnOnce(Arc<S>) -> Outcome) {
        let store = Arc::new((self.make)().await);
        let outcome = tokio::time::timeout(self.patience, case(store)).await;
        let late = || Err(Broken("it does not come to an end".to_owned()));
        if let Err(Broken(found)) = outcome.unwrap_or_else(|_| late()) {
            self.violations.push(Violation { rule, found });
        }
    }

    pub(super) fn outcome(self) -> Result<(), Vec<Violation>> {
        match self.violations.is_empty() {
            true => Ok(()),
            false => Err(self.violations),
        }
    }
}

/// What a case found wrong.
pub(super) struct Broken(String);

pub(super) type Outcome = Result<(), Broken>;

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}

/// Compares what a store said of something with what it should.
pub(super) fn expect<T: PartialEq + Debug>(what: &str, found: T, wanted: T) -> Outcome {
    if found == wanted {
        return Ok(());
    }
    Err(Broken(format!("{what}: found {}, not {}", shortened(&found), shortened(&wanted))))
}

/// Has several tasks do something at the same moment, and returns what the store told each.
pub(super) async fn at_once<T, F>(count: usize, mut step: impl FnMut(usize) -> F) -> Result<Vec<T>, Broken>
where
    T: Send + 'static,
    F: Future<Output = Result<T, StoreError>> + Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let (start, step) = (start.clone(), step(number));
        tasks.spawn(async move {
            start.wait().await;
            (number, step.await)
        });
    }
    let mut answers = Vec::new();
    while let Some(task) = tasks.join_next().await {
        let (number, answer) = task.map_err(|_| Broken("a call panicked".to_owned()))?;
        answers.push((number, answer?));
    }
    answers.sort_by_key(|(number, _)| *number);
    Ok(answers.into_iter().map(|(_, answer)| answer).collect())
}

/// Returns the one call that was told `true`.
pub(super) fn only_winner(answers: &[bool]) -> Result<usize, Broken> {
    let mut winners = (0..).zip(answers).filter(|(_, won)| **won).map(|(number, _)| number);
    match (winners.next(), winners.count()) {
        (Some(winner), 0) => Ok(winner),
        (winner, others) => {
            let winners = others + usize::from(winner.is_some());
            Err(Broken(format!("of {} calls at once {winners} were told `true`", answers.len())))
        }
    }
}

fn shortened(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text,
    }
}

const LONGEST: usize = 400;
