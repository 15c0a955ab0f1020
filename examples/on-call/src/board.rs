use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_graphql::SimpleObject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// What the two APIs show: heartbeats, incidents, schedules. In memory, and gone with the process: it is not what this example is about.
#[derive(Debug)]
pub(crate) struct Board {
    heartbeats: Mutex<BTreeMap<u64, Heartbeat>>,
}

/// Something that has to be heard from now and then.
#[derive(Debug, Clone, Serialize, ToSchema, SimpleObject)]
pub(crate) struct Heartbeat {
    pub(crate) id: u64,
    /// The name under which it is heard from without a token.
    pub(crate) public_primary_key: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) service: u64,
    /// How often it has to be heard from, and from where. There are none here; the vendor's clients read the list.
    pub(crate) states: Vec<String>,
}

/// What somebody says about a heartbeat.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct HeartbeatDraft {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[serde(default)]
    #[schema(max_length = 2000)]
    description: String,
    service: u64,
}

impl HeartbeatDraft {
    /// What is kept is bounded: everybody's lists show it.
    pub(crate) fn checked(self) -> Result<Self, Problem> {
        match (self.name.chars().count(), self.description.chars().count()) {
            (1..=200, ..=2000) => Ok(self),
            _ => Err(Problem::invalid("`name` has 1 to 200 characters, `description` 2000 at most")),
        }
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, Serialize, ToSchema, SimpleObject)]
pub(crate) struct Incident {
    pub(crate) id: u64,
    pub(crate) summary: String,
    pub(crate) status: String,
    /// The service that it is about, if that is known.
    pub(crate) service: Option<u64>,
    /// As in RFC 3339.
    pub(crate) created_at: String,
}

/// Who is called when something is wrong, and when.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Schedule {
    pub(crate) id: u64,
    pub(crate) name: String,
}

impl Board {
    pub(crate) fn new() -> Self {
        Self { heartbeats: Mutex::default() }
    }

    pub(crate) fn heartbeats(&self) -> Vec<Heartbeat> {
        self.open().values().cloned().collect()
    }

    pub(crate) fn heartbeat(&self, id: u64) -> Option<Heartbeat> {
        self.open().get(&id).cloned()
    }

    /// Adds a heartbeat. `None`: there are too many.
    pub(crate) fn add(&self, draft: HeartbeatDraft) -> Option<Heartbeat> {
        let mut open = self.open();
        if open.len() >= MOST {
            return None;
        }
        let id = open.last_key_value().map_or(1, |(last, _)| last + 1);
        let public_primary_key = format!("hb_{id}");
        let HeartbeatDraft { name, description, service } = draft;
        let made = Heartbeat { id, public_primary_key, name, description, service, states: Vec::new() };
        open.insert(id, made.clone());
        Some(made)
    }

    pub(crate) fn change(&self, id: u64, draft: HeartbeatDraft) -> Option<Heartbeat> {
        let mut open = self.open();
        let heartbeat = open.get_mut(&id)?;
        (heartbeat.name, heartbeat.description, heartbeat.service) =
            (draft.name, draft.description, draft.service);
        Some(heartbeat.clone())
    }

    pub(crate) fn remove(&self, id: u64) -> bool {
        self.open().remove(&id).is_some()
    }

    pub(crate) fn incidents() -> Vec<Incident> {
        let summary = "the database is slow".to_owned();
        let (status, created_at) = ("triggered".to_owned(), "2026-11-27T12:00:00Z".to_owned());
        vec![Incident { id: 1, summary, status, service: None, created_at }]
    }

    pub(crate) fn schedules() -> Vec<Schedule> {
        let schedule = |(id, name): (u64, &str)| Schedule { id, name: name.to_owned() };
        [(1, "Platform"), (2, "Payments")].map(schedule).to_vec()
    }

    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Heartbeat>> {
        self.heartbeats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many heartbeats there can be. A list has them all on its one page.
pub(crate) const MOST: usize = 100;
