use scopa::scopes;

scopes! {
    /// Returns the scopes of the crash service. What stands in braces is included.
    ///
    /// ```
    /// let hierarchy = quickstart::hierarchy()?;
    /// assert!(hierarchy.covers("admin", "crashes:read"));
    /// assert!(!hierarchy.covers("crashes:read", "crashes:write"));
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn hierarchy;
    /// Everything but the data of a team.
    Admin = "admin" {
        /// Uploads crashes, and reads them.
        Write = "crashes:write" {
            /// Reads crashes.
            Read = "crashes:read"
        }
    },
    /// The data of one team: `team_7` is for `/teams/7/crashes`, by the name of the path parameter.
    Team(id) = "team_{id}",
}
