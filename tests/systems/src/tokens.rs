use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::Outcome;

/// A data file of a system with the verdict on it: a token, or an introspection answer, that another program made.
///
/// `tests/data/README.md` explains the members.
#[derive(Debug, Clone, Deserialize)]
pub struct Entry {
    /// Its name: the file, and which of the questions about it this is.
    pub id: String,
    /// The file, below `tests/data/tokens`.
    pub file: String,
    /// What the file holds, without blanks around it.
    #[serde(skip)]
    pub text: String,
    /// `access_token`, `opaque_token`, `introspection_response`.
    pub kind: String,
    /// The key set of its issuer, as JSON.
    #[serde(rename = "jwks")]
    pub keys: Option<String>,
    /// How to check it.
    pub verify: Verify,
    /// The verdict: `accept`, `accept_without_scopes`, or the reason to refuse.
    pub expected: String,
    /// Other right verdicts.
    #[serde(default)]
    pub also: Vec<String>,
    /// The status that a route for any valid token answers with.
    pub status: Option<u16>,
    /// The `error` of the challenge.
    pub error: Option<String>,
    /// The scopes that it holds.
    pub scopes: Option<Vec<String>>,
    /// Whom it speaks of.
    pub subject: Option<String>,
    /// Whom it was issued to.
    pub client_id: Option<String>,
    /// What is asked of an accepted token further.
    #[serde(default)]
    pub authorize: Vec<Question>,
    /// What has to be there for it: `shared secret`, `introspection`.
    pub needs: Option<String>,
}

impl Entry {
    /// Tells whether a verifier must take it.
    pub fn is_accepted(&self) -> bool {
        self.expected.starts_with("accept")
    }
}

/// How an entry is to be checked.
#[derive(Debug, Clone, Deserialize)]
pub struct Verify {
    /// The issuer; not said for an introspection answer.
    pub issuer: Option<String>,
    /// The audience; none, and none is demanded.
    pub audience: Option<String>,
    /// The names of the algorithms that are allowed.
    #[serde(default)]
    pub algorithms: Vec<String>,
    /// `rfc9068`, `compatible`, `introspection`.
    pub profile: String,
    /// The claim of the scopes.
    pub scope_claim: String,
    /// What the clock says, in seconds since 1970-01-01T00:00:00Z.
    pub at: u64,
    /// In seconds.
    pub leeway: u64,
}

/// A question about an accepted token.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    /// Method and path: `POST /api/v2/summary`.
    pub request: Option<String>,
    /// A policy of WorkfloPlus.
    pub policy: Option<String>,
    /// The permissions of whom it speaks of.
    #[serde(default)]
    pub permissions: Vec<String>,
    /// `accept`, or `insufficient_scope`.
    pub expected: String,
}

/// Returns the entries of a system (`bugsplat`, `workfloplus`, `opsduty`, `bipsync`), with what their files hold.
///
/// Those of OpsDuty are of django-oauth-toolkit, whose answers its own have the shape of.
///
/// # Errors
/// There are none, or a file cannot be read.
pub fn tokens(system: &str) -> Outcome<Vec<Entry>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/tokens");
    let read = |file: &str| {
        let path = folder.join(file);
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let all: Vec<serde_json::Value> = serde_json::from_str(&read("manifest.json")?)?;
    let is_ours = |entry: &serde_json::Value| {
        let text = |name: &str| entry.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        match system {
            "opsduty" => text("file").starts_with("django-oauth-toolkit/"),
            _ => text("system") == system,
        }
    };
    let mut entries = Vec::new();
    for entry in all.into_iter().filter(is_ours) {
        let mut entry: Entry = serde_json::from_value(entry)?;
        read(&entry.file)?.trim().clone_into(&mut entry.text);
        entry.keys = entry.keys.as_deref().map(read).transpose()?;
        entries.push(entry);
    }
    if entries.is_empty() { Err(format!("no data files of `{system}`").into()) } else { Ok(entries) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_has_all_of_its_files() -> Outcome {
        let counted = |system: &str| -> Outcome<(usize, usize)> {
            let entries = tokens(system)?;
            assert!(entries.iter().all(|entry| !entry.text.is_empty() && entry.keys.as_deref() != Some("")));
            assert!(entries.iter().all(|entry| entry.is_accepted() || entry.authorize.is_empty()));
            Ok((entries.len(), entries.iter().map(|entry| entry.authorize.len()).sum()))
        };
        assert_eq!(counted("bugsplat")?, (11, 13));
        assert_eq!(counted("workfloplus")?, (21, 31));
        assert_eq!(counted("bipsync")?, (15, 20));
        assert_eq!(counted("opsduty")?, (9, 0));
        assert!(tokens("another").is_err());
        Ok(())
    }
}
