//! What may be asked for at this service.

use scopa_axum::scopes;

scopes! {
    /// The scopes. `symbols` and `restricted` are siblings: who reads does not upload, and who uploads does not read.
    pub fn hierarchy;
    /// Everything: for people, never for a program.
    Unrestricted = "unrestricted" {
        /// Uploads symbol files, and nothing else.
        Symbols = "symbols",
        /// Reads crashes, summaries, key crashes, versions and charts, and nothing else.
        Restricted = "restricted",
    },
}

/// Returns what a scope lets a caller do, in the words of the document.
pub(crate) fn in_words(scope: &str) -> &'static str {
    match scope {
        "unrestricted" => "everything; for people",
        "symbols" => "upload symbol files",
        "restricted" => "read crashes, summaries, key crashes, versions and charts",
        // A scope that is added above and not here: shown by its name alone.
        _ => "",
    }
}
