use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::fault::Fault;

/// The records of one sort, each team's apart: what a handler asks for with its caller's team is never another's.
///
/// In memory here; rows with a column `team` in a service.
#[derive(Debug)]
pub(crate) struct Records<T>(Mutex<BTreeMap<String, BTreeMap<String, T>>>);

impl<T: Clone> Records<T> {
    /// Returns all of a team.
    pub(crate) fn of_team(&self, team: &str) -> Vec<T> {
        self.open().get(team).into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    /// Returns one of a team.
    pub(crate) fn get(&self, team: &str, id: &str) -> Option<T> {
        self.open().get(team)?.get(id).cloned()
    }

    /// Puts one in the place that its id has.
    pub(crate) fn put(&self, team: &str, id: &str, record: T) -> Result<T, Fault> {
        self.insert(team, id, record, true)
    }

    /// The same, if the place is free.
    pub(crate) fn add(&self, team: &str, id: &str, record: T) -> Result<T, Fault> {
        self.insert(team, id, record, false)
    }

    /// Takes one away.
    pub(crate) fn remove(&self, team: &str, id: &str) -> Result<(), Fault> {
        let removed = self.open().get_mut(team).and_then(|of_team| of_team.remove(id));
        removed.map(drop).ok_or(Fault::NotFound)
    }

    fn insert(&self, team: &str, id: &str, record: T, may_replace: bool) -> Result<T, Fault> {
        if id.trim().is_empty() || id.chars().count() > LONGEST_ID || id.contains(char::is_control) {
            return Err(Fault::Invalid("a name has 1 to 100 characters, and none that controls".into()));
        }
        let mut open = self.open();
        let of_team = open.entry(team.to_owned()).or_default();
        match of_team.contains_key(id) {
            true if !may_replace => return Err(Fault::Conflict),
            false if of_team.len() >= MOST => return Err(Fault::Full),
            _ => of_team.insert(id.to_owned(), record.clone()),
        };
        Ok(record)
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<String, T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Default for Records<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

/// Of one team.
const MOST: usize = 1000;
const LONGEST_ID: usize = 100;
