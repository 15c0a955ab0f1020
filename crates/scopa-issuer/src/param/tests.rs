use super::*;

mod bodies;
mod forms;
mod json;
mod laws;
mod multipart;

/// Returns the parameters in the order they came, or what the client is told.
fn told(params: Result<Params, OAuthError>) -> Result<Vec<(String, String)>, String> {
    params.map(|params| params.pairs).map_err(|error| format!("{} {}", error.status(), error.description))
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Asserts that each input is refused with 400 and these words.
#[track_caller]
fn assert_refused(read: impl Fn(&[u8]) -> Result<Params, OAuthError>, cases: &[(&[u8], &str)]) {
    for (input, expected) in cases {
        let shown = input.escape_ascii();
        let told = told(read(input)).expect_err(&format!("{shown}"));
        assert!(told.starts_with("400 ") && told.contains(expected), "{shown}: {told}");
    }
}

#[test]
fn a_parameter_without_a_value_counts_as_left_out() {
    let params = Params::from_form(b"scope=&client_id=a&resource=&resource=r&flag").unwrap();
    assert_eq!(params.get("scope"), None);
    assert_eq!(params.get("flag"), None);
    assert_eq!(params.get("client_id"), Some("a"));
    assert_eq!(params.get("resource"), Some("r"));
    assert_eq!(params.all("resource").collect::<Vec<_>>(), ["r"]);
}

#[test]
fn debug_shows_names_alone() {
    let params = Params::from_form(b"client_id=a&client_secret=s3cret").unwrap();
    assert_eq!(format!("{params:?}"), r#"{"client_id", "client_secret"}"#);
}
