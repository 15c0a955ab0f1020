use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Answer, done, json, not_found, wrong};
use crate::call::Call;
use crate::scopes::{T1, T2};

/// The notes of all teams. In memory: after a restart they are as they were at the first start.
#[derive(Debug)]
pub(crate) struct Notes {
    by_team: Mutex<HashMap<String, BTreeMap<u64, Note>>>,
}

/// A note of a team.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Note {
    /// Counts up in each team.
    id: u64,
    /// What it says.
    text: String,
    /// Whether only its author sees it, and applications that call for the team itself.
    private: bool,
    /// The person or the application that wrote it.
    author: String,
}

/// What a note is to say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    text: String,
    #[serde(default)]
    private: bool,
}

pub(crate) async fn list(call: Call) -> Result<Answer, Answer> {
    let notes = call.service.notes.open();
    let of_team = notes.get(call.path.value("team")).into_iter().flat_map(BTreeMap::values);
    let seen: Vec<&Note> = of_team.filter(|note| note.is_shown_to(&call)).collect();
    Ok(json(StatusCode::OK, &seen))
}

pub(crate) async fn show(call: Call) -> Result<Answer, Answer> {
    let mut notes = call.service.notes.open();
    Ok(json(StatusCode::OK, found(&mut notes, &call).ok_or_else(not_found)?))
}

pub(crate) async fn add(mut call: Call) -> Result<Answer, Answer> {
    let NewNote { text, private } = call.json().await?;
    let mut notes = call.service.notes.open();
    let of_team = notes.entry(call.path.value("team").to_owned()).or_default();
    if of_team.len() >= MOST {
        let why = "a team of the example has no room for more notes";
        return Err(wrong(StatusCode::INSUFFICIENT_STORAGE, "too_many", why));
    }
    let id = of_team.last_key_value().map_or(1, |(id, _)| id.saturating_add(1));
    let author = call.caller.subject().unwrap_or_default().to_owned();
    let note = of_team.entry(id).or_insert(Note { id, text, private, author });
    Ok(json(StatusCode::CREATED, note))
}

pub(crate) async fn change(mut call: Call) -> Result<Answer, Answer> {
    let NewNote { text, private } = call.json().await?;
    let mut notes = call.service.notes.open();
    let note = found(&mut notes, &call).ok_or_else(not_found)?;
    (note.text, note.private) = (text, private);
    Ok(json(StatusCode::OK, note))
}

pub(crate) async fn remove(call: Call) -> Result<Answer, Answer> {
    let mut notes = call.service.notes.open();
    let id = found(&mut notes, &call).ok_or_else(not_found)?.id;
    notes.entry(call.path.value("team").to_owned()).or_default().remove(&id);
    Ok(done())
}

/// Finds the note of the path, if the caller may see it.
fn found<'n>(notes: &'n mut HashMap<String, BTreeMap<u64, Note>>, call: &Call) -> Option<&'n mut Note> {
    let text = call.path.value("note");
    // One address for one note: `01` is none.
    let id = text.parse::<u64>().ok().filter(|id| id.to_string() == text)?;
    notes.get_mut(call.path.value("team"))?.get_mut(&id).filter(|note| note.is_shown_to(call))
}

impl Note {
    /// An application that calls for the team itself sees all within the team, private notes included.
    fn is_shown_to(&self, call: &Call) -> bool {
        !self.private || call.person().is_none_or(|person| person == self.author)
    }
}

impl Notes {
    /// Starts with one note of each team, and a private one.
    pub(crate) fn new() -> Self {
        let note = |id, text: &str, private, author: &str| {
            (id, Note { id, text: text.to_owned(), private, author: author.to_owned() })
        };
        let of_one = [note(1, "Margins are up.", false, "alice"), note(2, "Ask about debt.", true, "bob")];
        let of_other = [note(1, "Nothing new.", false, "carol")];
        let by_team = [(T1.to_owned(), of_one.into()), (T2.to_owned(), of_other.into())].into();
        Self { by_team: Mutex::new(by_team) }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, BTreeMap<u64, Note>>> {
        self.by_team.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many notes a team can have.
const MOST: usize = 100;
