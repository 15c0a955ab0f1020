//! Where a browser is sent, and where never (RFC 6749 §3.1.2, RFC 8252 §7.3, RFC 9700 §2.1).

use crate::client::{encoded, get};
use crate::desk::{ASKED, AUTHORIZE, Want, all_alike, at_each, exchange, with, without};

#[test]
fn to_an_address_that_is_not_the_clients_nobody_is_sent() {
    let mut rows = Vec::new();
    let long = format!("https://client.example/cb?{}", "a".repeat(3000));
    for address in [
        "https://client.example/cb/",
        "https://client.example/cb/x",
        "https://client.example/cb/../evil",
        "https://client.example/cb%2f..%2fevil",
        "https://client.example/x/../cb",
        "https://client.example/./cb",
        "https://client.example//cb",
        "https://client.example/cb?x=1",
        "https://client.example/cb?",
        "https://client.example/cb#x",
        "https://client.example/cb#",
        "https://client.example/CB",
        "https://client.example/%63b",
        "https://CLIENT.example/cb",
        "HTTPS://client.example/cb",
        "https://client.example:443/cb",
        "https://client.example:8443/cb",
        "https://client.example./cb",
        "https://www.client.example/cb",
        "https://evil.example/cb",
        "https://client.example.evil.example/cb",
        "https://client.example@evil.example/cb",
        "https://user@client.example/cb",
        "https://evil.example/?https://client.example/cb",
        "https://client.example\\@evil.example/cb",
        "http://client.example/cb",
        "//client.example/cb",
        "client.example/cb",
        "/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        " https://client.example/cb",
        "https://client.example/cb ",
        "https://client.example/cb\r\nX-Injected: 1",
        "https://client.example/cb\0",
        "https://clıent.example/cb",
        "https://client.example/cb,https://evil.example/cb",
        "https://client.example/cb https://evil.example/cb",
        "http://127.0.0.1/cb",
        &long,
    ] {
        rows.push(row("web", address));
    }
    for address in [
        "http://localhost/cb",
        "http://localhost:4711/cb",
        "http://[::1]:4711/cb",
        "http://127.0.0.2:4711/cb",
        "http://127.1:4711/cb",
        "http://2130706433/cb",
        "https://127.0.0.1:4711/cb",
        "http://127.0.0.1:4711/cb/",
        "http://127.0.0.1:4711/other",
        "http://127.0.0.1:4711/cb?x=1",
        "http://127.0.0.1:4711/cb#x",
        "http://127.0.0.1:/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:65536/cb",
        "http://127.0.0.1:-1/cb",
        "http://127.0.0.1:80:80/cb",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1@evil.example/cb",
        "http://user@127.0.0.1:4711/cb",
        "http://127.0.0.1.evil.example/cb",
        "https://client.example/cb",
    ] {
        rows.push(row("spa", address));
    }
    rows.push(row("nobody", "https://client.example/cb"));
    rows.push(row("WEB", "https://client.example/cb"));
    rows.push(row("web\0", "https://client.example/cb"));
    rows.push(row("", "https://client.example/cb"));
    all_alike(rows);
}

#[test]
fn a_program_on_the_machine_may_listen_on_any_port() {
    at_each(|desk| {
        for address in ["http://127.0.0.1/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb"] {
            let answer = desk.authorize(&with(&ASKED, &[("client_id", "spa"), ("redirect_uri", address)]));
            let location = answer.one("location").unwrap_or_default();
            assert!(location.starts_with(&format!("{address}?")), "{}: {address}: {answer:?}", desk.server);
            let code = answer.parameter("code").unwrap();
            // The code is for the port that it was sent to.
            let elsewhere = with(&exchange(&code), &[("redirect_uri", "http://127.0.0.1:2/cb")]);
            assert_eq!(desk.token(&elsewhere, crate::desk::SPA).status, 400, "{}: {address}", desk.server);
        }
    });
}

#[test]
fn where_there_is_one_address_it_may_be_left_out() {
    at_each(|desk| {
        let answer = desk.authorize(&without(&ASKED, &["redirect_uri"]));
        let code = answer.parameter("code").unwrap_or_else(|| panic!("{}: {answer:?}", desk.server));
        let form = exchange(&code);
        let form = without(&form, &["redirect_uri"]);
        assert_eq!(desk.token(&form, crate::desk::WEB).status, 200, "{}", desk.server);
    });
}

fn row(client: &'static str, address: &str) -> (String, crate::client::Request, Want) {
    let asked = with(&ASKED, &[("client_id", client), ("redirect_uri", address)]);
    let request = get(format!("{AUTHORIZE}?{}", encoded(&asked))).field("X-Test-User", "user-1");
    (format!("{client}: {address:?}"), request, Want::status(400).field("location", None))
}
