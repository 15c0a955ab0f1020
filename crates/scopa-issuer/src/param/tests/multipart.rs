use super::*;

/// Writes parts as the vendor's client of BugSplat does, byte for byte.
fn body(boundary: &str, parts: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    format!("{}--{boundary}--\r\n", parts.iter().map(part).collect::<String>())
}

fn read(body: &[u8]) -> Result<Params, OAuthError> {
    Params::from_multipart("X", body)
}

#[test]
fn what_real_programs_send_is_read() {
    let undici = "----formdata-undici-038065404185";
    let sent = [("grant_type", "client_credentials"), ("client_id", "a"), ("client_secret", "b")];
    let params = Params::from_multipart(undici, body(undici, &sent).as_bytes());
    assert_eq!(told(params).unwrap(), pairs(&sent));

    for (body, expected) in [
        ("--X--", pairs(&[])),
        ("--X--\r\n", pairs(&[])),
        ("--X\r\ncontent-disposition:form-data;name=a\r\n\r\n1\r\n--X--", pairs(&[("a", "1")])),
        // Python's aiohttp and Apache's client say what goes without saying.
        (
            "--X\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n\
             Content-Length: 1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--X--\r\n",
            pairs(&[("a", "1")]),
        ),
        // Values are taken as they are: lines, ends of lines, and what looks like a boundary.
        (
            "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\r\n--Y\r\n%41+\r\n--X--",
            pairs(&[("a", "1\r\n\r\n--Y\r\n%41+")]),
        ),
        ("--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--X--", pairs(&[("a", "")])),
        (
            "--X\r\nContent-Disposition: form-data; name=\"a\\\"b\"\r\n\r\n\u{e9}\r\n--X--",
            pairs(&[("a\"b", "\u{e9}")]),
        ),
    ] {
        assert_eq!(told(read(body.as_bytes())).unwrap(), expected, "{body}");
    }
}

#[test]
fn a_body_that_is_not_whole_or_not_strict_is_refused() {
    let whole = "not `multipart/form-data`";
    let header = "the header of a part";
    let part = |lines: &str| format!("--X\r\n{lines}\r\n\r\n1\r\n--X--").into_bytes();
    let named = |line: &str| part(&format!("Content-Disposition: form-data; name=\"a\"\r\n{line}"));
    for (body, expected) in [
        (b"".to_vec(), whole),
        (b"--X".to_vec(), whole),
        (b"--X-".to_vec(), whole),
        (b"--Y--".to_vec(), whole),
        (b"a=1".to_vec(), whole),
        (b"\r\n--X--".to_vec(), whole),
        (b"preamble\r\n--X--".to_vec(), whole),
        (b"--X--\r\nepilogue".to_vec(), whole),
        (b"--X --".to_vec(), whole),
        (b"--XY\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--X--".to_vec(), whole),
        (b"--X\nContent-Disposition: form-data; name=a\n\n1\n--X--".to_vec(), whole),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1".to_vec(), whole),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\n--X--".to_vec(), whole),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--Xa\r\n--X--".to_vec(), whole),
        (b"--X\r\nContent-Disposition: form-data; name=a".to_vec(), header),
        (b"--X\r\n\r\n1\r\n--X--".to_vec(), "no name"),
        (part("Content-Type: text/plain"), "no name"),
        (part("Content-Disposition: form-data; name"), "`Content-Disposition`"),
        (part("Content-Disposition: form-data"), "`Content-Disposition`"),
        (part("Content-Disposition: form-data; name=\"a"), "`Content-Disposition`"),
        (part("Content-Disposition: form-data; name=\"a\" b"), "`Content-Disposition`"),
        (part("Content-Disposition: form-data; name=\"a\"; name=\"b\""), "`Content-Disposition`"),
        (part("Content-Disposition: form-data; name*=utf-8''a"), "`Content-Disposition`"),
        (part("Content-Disposition: attachment; name=\"a\""), "`Content-Disposition`"),
        (part("Content-Disposition: form-data; name=\"a\"; filename=\"f\""), "a file"),
        (part("Content-Disposition: form-data; name=\"a\"; FileName=f"), "a file"),
        (part("Content-Disposition: form-data; name=\"a\"; filename*=utf-8''f"), "a file"),
        (named("Content-Disposition: form-data; name=\"b\""), header),
        (named("Content-Type: application/octet-stream"), "not text in UTF-8"),
        (named("Content-Type: text/plain; charset=utf-16"), "not text in UTF-8"),
        (named("Content-Type: "), "not text in UTF-8"),
        (named("Content-Transfer-Encoding: base64"), "encoded for transfer"),
        (named("Content-Transfer-Encoding: quoted-printable"), "encoded for transfer"),
        (named("X-A : b"), header),
        (named(" folded: line"), header),
        (named("no colon"), header),
        (named(": no name"), header),
        (named("X-A: \0"), header),
        (named("X-A: a\nContent-Disposition: form-data; name=b"), header),
        (b"--X\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n--X--".to_vec(), "not UTF-8"),
        (body("X", &[("scope", "a"), ("scope", "a")]).into_bytes(), "more than once"),
        (body("X", &[("scope", ""), ("scope", "")]).into_bytes(), "more than once"),
    ] {
        assert_refused(read, &[(&body, expected)]);
    }
}

#[test]
fn parts_are_eight_at_most() {
    let parts = [("resource", "r"); 9];
    assert!(read(body("X", &parts[..8]).as_bytes()).is_ok());
    assert_refused(read, &[(body("X", &parts).as_bytes(), "too many parts")]);
}

#[test]
fn a_boundary_is_one_of_rfc_2046() {
    let longest = "b".repeat(70);
    for boundary in ["X", "----formdata-undici-038065404185", "a'()+_,-./:=?b", "a b", &longest] {
        assert!(Params::from_multipart(boundary, body(boundary, &[("a", "1")]).as_bytes()).is_ok());
    }
    let too_long = "b".repeat(71);
    for boundary in ["", "a ", " ", "a\"", "a;b", "\u{e9}", "a\r\nb", &too_long] {
        let params = Params::from_multipart(boundary, body(boundary, &[("a", "1")]).as_bytes());
        assert!(told(params).unwrap_err().contains("boundary"), "{boundary}");
    }
}
