use super::*;

#[test]
fn an_object_of_strings_is_read() {
    for (body, expected) in [
        ("{}", pairs(&[])),
        (r#"{"a":"1"}"#, pairs(&[("a", "1")])),
        (" {\"a\" : \"1\" ,\n\"b\":\"\"} \n", pairs(&[("a", "1"), ("b", "")])),
        (r#"{"\u0073cope":"\u00e9\ud83d\ude00"}"#, pairs(&[("scope", "\u{e9}\u{1f600}")])),
        (r#"{"resource":"r"}"#, pairs(&[("resource", "r")])),
        (r#"{"resource":["r","s"]}"#, pairs(&[("resource", "r"), ("resource", "s")])),
        (r#"{"resource":[]}"#, pairs(&[])),
        // RFC 6749 §3.1: what is not known is ignored.
        (r#"{"unknown":"x"}"#, pairs(&[("unknown", "x")])),
    ] {
        assert_eq!(told(Params::from_json(body.as_bytes())).unwrap(), expected, "{body}");
    }
}

#[test]
fn anything_else_is_refused() {
    let not_ours = "not one JSON object";
    let cases: &[(&[u8], &str)] = &[
        (b"", not_ours),
        (b"null", not_ours),
        (b"\"a\"", not_ours),
        (b"[]", not_ours),
        (br#"[{"a":"1"}]"#, not_ours),
        (b"grant_type=client_credentials", not_ours),
        (br#"{"a":"1""#, not_ours),
        (br#"{"a":"1",}"#, not_ours),
        (br#"{"a":"1"} x"#, not_ours),
        (br#"{"a":"1"}{"b":"2"}"#, not_ours),
        (br#"{a:"1"}"#, not_ours),
        (br#"{"a":1}"#, not_ours),
        (br#"{"a":null}"#, not_ours),
        (br#"{"a":true}"#, not_ours),
        (br#"{"a":{"b":"c"}}"#, not_ours),
        (br#"{"resource":{"b":"c"}}"#, not_ours),
        (br#"{"resource":["a",1]}"#, not_ours),
        (br#"{"resource":[["a"]]}"#, not_ours),
        (b"{\"a\":\"\xff\"}", not_ours),
        (b"\xef\xbb\xbf{}", not_ours),
        (br#"{"a":"\ud800"}"#, not_ours),
        (br#"{"scope":["a"]}"#, "an array"),
        (br#"{"scope":[]}"#, "an array"),
        (br#"{"scope":"a","scope":"a"}"#, "more than once"),
        (br#"{"scope":"a","\u0073cope":"b"}"#, "more than once"),
        (br#"{"scope":"","scope":""}"#, "more than once"),
        (br#"{"resource":"a","resource":"b"}"#, "more than once"),
        (br#"{"resource":[],"r\u0065source":["b"]}"#, "more than once"),
    ];
    assert_refused(Params::from_json, cases);
    // Deep nesting is an error, and no deep stack.
    assert_refused(Params::from_json, &[("[".repeat(16_000).as_bytes(), not_ours)]);
    let deep = format!("{{\"resource\":{}", "[".repeat(16_000));
    assert_refused(Params::from_json, &[(deep.as_bytes(), not_ours)]);
}

#[test]
fn the_number_of_members_is_bounded() {
    let body = |most: usize| {
        let members: Vec<String> = (0..most).map(|at| format!("\"p{at}\":\"\"")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(Params::from_json(body(MOST_PARAMETERS).as_bytes()).is_ok());
    assert!(Params::from_json(body(MOST_PARAMETERS + 1).as_bytes()).is_err());
    let resources = format!("{{\"resource\":[{}\"r\"]}}", "\"r\",".repeat(MOST_PARAMETERS));
    assert!(Params::from_json(resources.as_bytes()).is_err());
}
