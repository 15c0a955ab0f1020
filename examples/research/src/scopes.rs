//! What may be asked for at this service.

use scopa_tower::{ConfigError, Hierarchy, scopes};

scopes! {
    pub(crate) fn declared;
    /// Reads over the REST API. What it includes is no continuation of its name: it is declared, and not guessed.
    Read = "rest_api:read" {
        /// Reads the fields that notes can have.
        FieldsRead = "rest_api:fields:read"
    },
    /// Changes over the REST API. Does not include reading.
    Write = "rest_api:write",
    /// The data of one team, which is that of the request path.
    Team(team: "[0-9a-f]{24}") = "team_{team}",
    /// Makes applications: for the vendor's own people, and never given to an application.
    Applications = "oauth_applications:write",
}

/// Returns the scopes with what they include: those above, and one for each kind of data that GraphQL knows.
pub(crate) fn hierarchy() -> Result<Hierarchy, ConfigError> {
    declared()?.to_builder().scopes(NOUNS.map(read)).build()
}

/// Returns the scope that a field of GraphQL asks for.
pub(crate) fn read(noun: &str) -> String {
    format!("{noun}:read")
}

/// Says whether an application may have a scope. Teams are listed for themselves.
pub(crate) fn is_for_applications(scope: &str) -> bool {
    let rest = [Read::SCOPE, FieldsRead::SCOPE, Write::SCOPE];
    rest.contains(&scope) || NOUNS.iter().any(|noun| scope.strip_suffix(":read") == Some(noun))
}

/// Returns what a scope means, in the words of the consent page and of the document.
pub(crate) fn in_words(scope: &str) -> String {
    match scope {
        "rest_api:read" => "read notes and fields".to_owned(),
        "rest_api:fields:read" => "read which fields notes have".to_owned(),
        "rest_api:write" => "add, change and remove notes".to_owned(),
        "oauth_applications:write" => "make applications".to_owned(),
        other => match (other.strip_prefix("team_"), other.strip_suffix(":read")) {
            (Some(team), _) => format!("in the team {team}"),
            (_, Some(noun)) => format!("read {} over GraphQL", noun.replace('_', " ")),
            _ => String::new(),
        },
    }
}

/// What GraphQL knows. Its `fields` are not those of `rest_api:fields:read`.
#[rustfmt::skip]
pub(crate) const NOUNS: [&str; 16] = [
    "attachments", "categories", "classifications", "comments", "contacts", "events", "external_ids", "fields",
    "groups", "note_templates", "pipelines", "projects", "research", "tasks", "users", "versions",
];

/// A team of the example. Alice is one of its people.
pub const T1: &str = "65df73340142feec34d7d6ee";
/// Another team.
pub const T2: &str = "65df73340142feec34d7d6ef";
