//! What may be asked for at this service, and how a person is told.

use scopa_axum::scopes;

scopes! {
    /// Two APIs, two scopes, side by side: the colon is a part of a name and includes nothing.
    pub fn hierarchy;
    /// The GraphQL API.
    Graph = "api",
    /// The REST API, version 1.
    Rest = "api:v1",
    // Read as a ladder, where the bare word includes what stands behind a colon, the two lines would be this one:
    // Graph = "api" { Rest = "api:v1" },
    // Then every token for the GraphQL API opens the REST API, too: tests/acceptance/scopes.rs shows it.
}

/// Returns what consenting to a scope means, in the words of the consent page and of the document.
pub(crate) fn in_words(scope: &str) -> &'static str {
    match scope {
        "api" => "use the GraphQL API for you",
        "api:v1" => "use the REST API for you",
        // A scope that is added above and not here: shown by its name alone.
        _ => "",
    }
}
