use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

use super::*;

const ALL: BodyTypes = BodyTypes { json: true, multipart: true };
const FORM: BodyTypes = BodyTypes { json: false, multipart: false };

fn read(types: BodyTypes, fields: &[&[u8]], body: &str) -> Result<Params, OAuthError> {
    let mut headers = HeaderMap::new();
    for field in fields {
        headers.append(CONTENT_TYPE, HeaderValue::from_bytes(field).unwrap());
    }
    Params::from_body(&headers, body.as_bytes(), types)
}

const MULTIPART: &str = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--\r\n";

#[test]
fn the_content_type_says_how_a_body_is_read() {
    for (types, field, body) in [
        (FORM, "application/x-www-form-urlencoded", "a=1"),
        (FORM, "Application/X-WWW-Form-URLencoded", "a=1"),
        (FORM, "application/x-www-form-urlencoded;charset=UTF-8", "a=1"),
        (FORM, "application/x-www-form-urlencoded ; charset=\"utf-8\"", "a=1"),
        (FORM, "application/x-www-form-urlencoded;", "a=1"),
        (FORM, "application/x-www-form-urlencoded; other=parameter", "a=1"),
        (ALL, "application/json", r#"{"a":"1"}"#),
        (ALL, "application/json; charset=utf-8", r#"{"a":"1"}"#),
        (ALL, "multipart/form-data; boundary=X", MULTIPART),
        (ALL, "multipart/form-data; boundary=\"X\"; charset=utf-8", MULTIPART),
        (ALL, "multipart/form-data;BOUNDARY=X", MULTIPART),
    ] {
        let params = told(read(types, &[field.as_bytes()], body));
        assert_eq!(params, Ok(pairs(&[("a", "1")])), "{field}");
    }
    // RFC 9110 §8.3: no content, no type.
    assert_eq!(told(read(FORM, &[], "")), Ok(Vec::new()));
}

#[test]
fn another_type_is_415() {
    for (types, field, body) in [
        (FORM, "application/json", r#"{"a":"1"}"#),
        (FORM, "multipart/form-data; boundary=X", MULTIPART),
        (BodyTypes { json: true, multipart: false }, "multipart/form-data; boundary=X", MULTIPART),
        (BodyTypes { json: false, multipart: true }, "application/json", r#"{"a":"1"}"#),
        (ALL, "text/plain", "a=1"),
        (ALL, "application/x-www-form-urlencoded2", "a=1"),
        (ALL, "application/x-www-form-urlencoded, application/json", "a=1"),
        (ALL, "application/x-www-form-urlencoded; charset=utf-16", "a=1"),
        (ALL, "application/x-www-form-urlencoded; charset=iso-8859-1", "a=1"),
        (ALL, "application/x-www-form-urlencoded; charset=utf-8; charset=utf-8", "a=1"),
        (ALL, "application/x-www-form-urlencoded; charset", "a=1"),
        (ALL, "application/x-www-form-urlencoded; charset=\"utf-8", "a=1"),
        (ALL, "application/json5", r#"{"a":"1"}"#),
        (ALL, "", "a=1"),
        (ALL, "\u{e9}", "a=1"),
    ] {
        let told = told(read(types, &[field.as_bytes()], body)).unwrap_err();
        assert!(told.starts_with("415 "), "{field}: {told}");
    }
    assert!(told(read(ALL, &[], "a=1")).unwrap_err().starts_with("415 "));
}

#[test]
fn what_is_not_of_its_type_or_has_two_is_400() {
    let form = "application/x-www-form-urlencoded";
    for (fields, body) in [
        (&[form, form][..], "a=1"),
        (&[form, "application/json"], "a=1"),
        (&[form, form], ""),
        (&["application/json"], "a=1"),
        (&["application/json"], ""),
        (&["multipart/form-data"], MULTIPART),
        (&["multipart/form-data; boundary=\"\""], MULTIPART),
        (&["multipart/form-data; boundary=X"], ""),
        (&["multipart/form-data; boundary=Y"], MULTIPART),
    ] {
        let fields: Vec<&[u8]> = fields.iter().map(|field| field.as_bytes()).collect();
        let told = told(read(ALL, &fields, body)).unwrap_err();
        assert!(told.starts_with("400 "), "{told}");
    }
}
