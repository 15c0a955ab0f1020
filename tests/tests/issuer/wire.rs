//! Bodies as they come over the wire.

use crate::client::{FORM, Then, post};
use crate::desk::{M2M, TOKEN, at_each, request};

#[test]
fn a_body_may_come_in_pieces() {
    let head = head("Transfer-Encoding: chunked");
    let body = "b\r\ngrant_type=\r\n1\r\nc\r\n11\r\nlient_credentials\r\n0\r\n\r\n";
    at_each(|desk| {
        let answer = desk.send_bytes(format!("{head}{body}").as_bytes(), Then::Listen).unwrap();
        assert_eq!(answer.status, 200, "{}: {answer:?}", desk.server);
    });
}

#[test]
fn a_body_that_breaks_off_brings_nothing() {
    at_each(|desk| {
        for (framing, body) in [
            ("Content-Length: 50", "grant_type=client_credentials"),
            ("Transfer-Encoding: chunked", "1d\r\ngrant_type=client_credentials\r\n"),
            ("Transfer-Encoding: chunked", "zz\r\ngrant_type=client_credentials\r\n0\r\n\r\n"),
        ] {
            let answer = desk.send_bytes(format!("{}{body}", head(framing)).as_bytes(), Then::HangUp);
            let status = answer.map(|answer| answer.status);
            assert!(matches!(status, None | Some(400 | 408)), "{}: {framing}: {status:?}", desk.server);
        }
        // And nobody else is the worse for it.
        assert_eq!(desk.ask(&request(TOKEN, &GRANT, M2M)).status, 200, "{}", desk.server);
    });
}

#[test]
fn a_body_that_is_much_too_long_does_no_harm() {
    let known = post(TOKEN).body(FORM, vec![b'a'; 20_000_000]).bytes();
    let chunk = format!("400\r\n{}\r\n", "a".repeat(1024));
    let unknown = format!("{}{}0\r\n\r\n", head("Transfer-Encoding: chunked"), chunk.repeat(5_000));
    at_each(|desk| {
        for bytes in [&known[..], unknown.as_bytes()] {
            let status = desk.send_bytes(bytes, Then::Listen).map(|answer| answer.status);
            assert!(matches!(status, None | Some(413)), "{}: {status:?}", desk.server);
        }
        assert_eq!(desk.ask(&request(TOKEN, &GRANT, M2M)).status, 200, "{}", desk.server);
    });
}

/// The start of a request for a token, up to its body.
fn head(framing: &str) -> String {
    let credentials = "bTJtOm0ybS1zZWNyZXQtMDEyMzQ1Njc4OWFiY2RlZg==";
    format!(
        "POST {TOKEN} HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\nContent-Type: {FORM}\r\nAuthorization: Basic {credentials}\r\n{framing}\r\n\r\n"
    )
}

const GRANT: [(&str, &str); 1] = [("grant_type", "client_credentials")];
