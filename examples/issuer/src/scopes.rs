//! What may be asked for at this service, and how a person is told.

use scopa_axum::scopes;

scopes! {
    /// The scopes of the crash service. What stands in braces is included.
    pub(crate) fn hierarchy;
    /// Everything.
    Admin = "admin" {
        /// Uploads crashes, and reads them.
        Write = "crashes:write" {
            /// Reads crashes.
            Read = "crashes:read"
        },
        /// Uploads debug symbols.
        Symbols = "symbols"
    },
}

/// Returns what consenting to a scope means, in the words of the consent page.
pub(crate) fn in_words(scope: &str) -> &'static str {
    match scope {
        "admin" => "do everything that you can",
        "crashes:write" => "upload crashes, and read them",
        "crashes:read" => "read crashes",
        "symbols" => "upload debug symbols",
        // A scope that is added above and not here: shown by its name alone.
        _ => "",
    }
}
