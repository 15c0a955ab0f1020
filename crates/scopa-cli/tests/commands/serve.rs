use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::channel;
use std::thread;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::kit::{Killed, LONGEST, file, scopa, scopa_with, start};

/// A running issuer, and what it says of itself.
struct Served {
    _process: Killed,
    told: String,
    address: SocketAddr,
}

impl Served {
    fn start(more: &[&str]) -> Self {
        let listen = if more.contains(&"--listen") { &[][..] } else { &["--listen", "127.0.0.1:0"] };
        let mut process = Killed(start(&[&["serve"], listen, more].concat()));
        let stdout = process.0.stdout.take().unwrap();
        let (sender, lines) = channel();
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mut told = String::new();
        while !told.contains("Ctrl-C stops it") {
            told += &lines.recv_timeout(LONGEST).unwrap_or_else(|_| panic!("it did not start: {told}"));
            told.push('\n');
        }
        let mut served = Self { _process: process, told, address: SocketAddr::from(([0; 4], 0)) };
        let address: SocketAddr = served.said("listening on").parse().unwrap();
        served.address = SocketAddr::from(([127, 0, 0, 1], address.port()));
        served
    }

    /// Returns what stands behind a name in the lines that were printed.
    fn said(&self, name: &str) -> &str {
        let line =
            self.told.lines().find(|line| line.get(..14).is_some_and(|start| start.trim_end() == name));
        line.unwrap().get(14..).unwrap().trim()
    }

    /// Sends a request, and returns status, head and body of the answer.
    fn send(&self, method: &str, path: &str, fields: &[(&str, &str)], body: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect_timeout(&self.address, LONGEST).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
        if !fields.iter().any(|(name, _)| *name == "Host") {
            request += &format!("Host: {}\r\n", self.address);
        }
        for (name, value) in fields {
            request += &format!("{name}: {value}\r\n");
        }
        stream.write_all(format!("{request}\r\n{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_owned(), body.to_owned())
    }

    fn basic(&self) -> String {
        format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{}", self.said("client id"), self.said("client secret")))
        )
    }

    fn token(&self, form: &str) -> (u16, Value) {
        let fields =
            [("Authorization", &*self.basic()), ("Content-Type", "application/x-www-form-urlencoded")];
        let (status, _, body) = self.send("POST", "/oauth2/token", &fields, form);
        (status, serde_json::from_str(&body).unwrap())
    }

    /// Returns the address that a browser is sent to, for its client at this redirect address.
    fn authorize(&self, redirect_uri: &str) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()));
        let client = self.said("client id");
        format!(
            "/oauth2/authorize?response_type=code&client_id={client}&redirect_uri={redirect_uri}&state=s&code_challenge={challenge}&code_challenge_method=S256"
        )
    }
}

#[test]
fn the_printed_line_gets_a_token_that_inspect_accepts_by_discovery() {
    let served = Served::start(&["--audience", "crash-api", "--scopes", "read write", "--ttl", "15m"]);
    let line = served.told.lines().find(|line| line.starts_with("curl ")).unwrap();
    let (id, secret) = (served.said("client id"), served.said("client secret"));
    assert_eq!(
        line,
        format!(
            "curl -u '{id}:{secret}' -d grant_type=client_credentials http://{}/oauth2/token",
            served.address
        )
    );
    // What curl sends for that line.
    let (status, answer) = served.token("grant_type=client_credentials");
    assert_eq!(
        (status, &answer["expires_in"], &answer["scope"]),
        (200, &Value::from(900), &Value::from("read write"))
    );
    let token = answer["access_token"].as_str().unwrap();
    let judged = scopa_with(
        &[
            "inspect",
            "-",
            "--issuer",
            served.said("issuer"),
            "--audience",
            "crash-api",
            "--rfc9068",
            "--discover",
        ],
        token,
    );
    assert_eq!(judged.code, 0, "{}{}", judged.out, judged.err);
    assert!(served.said("redirect URIs").contains("http://127.0.0.1/callback"));
    let base = format!("http://{}", served.address);
    for (name, status) in [("keys", 200), ("authorize", 400), ("introspect", 405), ("revoke", 405)] {
        let path = served.said(name).strip_prefix(&base).unwrap();
        assert_eq!(served.send("GET", path, &[], "").0, status, "{name}");
    }
}

#[test]
fn whoever_signs_in_is_believed_and_gets_a_code() {
    let served = Served::start(&["--scopes", "read"]);
    let address = served.authorize("http://127.0.0.1:5000/callback");
    let (status, head, page) = served.send("GET", &address, &[], "");
    assert_eq!(status, 200);
    assert!(page.contains("Development sign-in") && page.contains("<code>read</code>"), "{page}");
    assert!(head.contains("x-frame-options: DENY") && head.contains("frame-ancestors 'none'"), "{head}");

    let form = [("Content-Type", "application/x-www-form-urlencoded"), ("Sec-Fetch-Site", "same-origin")];
    let (status, head, _) = served.send("POST", &address, &form, "step=allow&subject=carol");
    assert_eq!(status, 303);
    let code = head.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let (status, answer) = served.token(&format!(
        "grant_type=authorization_code&code={code}&redirect_uri=http://127.0.0.1:5000/callback&code_verifier={VERIFIER}"
    ));
    assert_eq!(status, 200, "{answer}");
    let inspected = scopa_with(&["inspect", "-"], answer["access_token"].as_str().unwrap());
    assert!(inspected.out.contains("\"carol\""), "{}", inspected.out);
    assert!(answer["refresh_token"].is_string());

    let (status, head, _) = served.send("POST", &address, &form, "step=deny&subject=carol");
    assert_eq!(status, 303);
    assert!(head.contains("error=access_denied"), "{head}");
}

#[test]
fn other_sites_get_no_code_and_their_names_no_answer() {
    let served = Served::start(&["--scopes", "read"]);
    let address = served.authorize("http://127.0.0.1/callback");
    let own = format!("http://{}", served.address);
    for (field, status) in [
        (("Sec-Fetch-Site", "cross-site"), 403),
        (("Sec-Fetch-Site", "same-site"), 403),
        (("Sec-Fetch-Site", "none"), 403),
        (("Origin", "https://evil.example"), 403),
        (("Origin", "null"), 403),
        (("Accept", "*/*"), 403),
        (("Origin", &*own), 303),
    ] {
        let answer = served.send("POST", &address, &[field], "step=allow&subject=carol");
        assert_eq!(answer.0, status, "{field:?}");
        assert_eq!(answer.1.contains("code="), status == 303, "{field:?}");
    }
    for (host, status) in [
        ("evil.example", 421),
        ("evil.example:9000", 421),
        ("127.0.0.1.evil.example", 421),
        ("", 421),
        ("localhost:9000", 200),
        ("127.0.0.1", 200),
        ("[::1]:9000", 200),
    ] {
        assert_eq!(served.send("GET", "/oauth2/jwks", &[("Host", host)], "").0, status, "{host}");
    }
}

#[test]
fn scopes_client_and_json_are_as_they_are_given() {
    let hierarchy = file("serve.toml", "[scopes]\nadmin = [\"read\"]\nread = []\n");
    let client = "me:It's-20-characters-!";
    let served = Served::start(&["--hierarchy", &hierarchy, "--client", client, "--json"]);
    assert_eq!((served.said("client id"), served.said("scopes")), ("me", "admin read"));
    assert!(served.told.contains(r"curl -u 'me:It'\''s-20-characters-!' "), "{}", served.told);
    assert_eq!(served.token("grant_type=client_credentials&scope=read").0, 200);
    assert_eq!(served.token("grant_type=client_credentials&scope=write").0, 400);
    let body =
        r#"{"grant_type": "client_credentials", "client_id": "me", "client_secret": "It's-20-characters-!"}"#;
    let json = [("Content-Type", "application/json")];
    assert_eq!(served.send("POST", "/oauth2/token", &json, body).0, 200);
    let forms_only = Served::start(&[]);
    assert_ne!(forms_only.send("POST", "/oauth2/token", &json, body).0, 200);
}

#[test]
fn it_does_not_let_others_in_unless_it_is_told_so_and_says_what_is_wrong() {
    for (arguments, fix) in [
        (&["--listen", "0.0.0.0:0"][..], "`--dangerously-let-others-in`"),
        (&["--listen", "[::]:0"], "`--dangerously-let-others-in`"),
        (&["--listen", "9000"], "`9000`"),
        (&["--client", "me"], "ID:SECRET"),
        (&["--client", "me:short"], "20"),
        (&["--issuer", "http://id.example.com"], "`http://id.example.com`"),
        (&["--redirect-uri", "nowhere", "--listen", "127.0.0.1:0"], "nowhere"),
        (&["--hierarchy", "/no/such.toml"], "/no/such.toml: "),
    ] {
        let ran = scopa(&[&["serve"], arguments].concat());
        assert_eq!((ran.code, &*ran.out), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(fix), "{arguments:?}: {}", ran.err);
        assert!(!ran.err.contains("short"), "{}", ran.err);
    }
    let taken = Served::start(&[]);
    let ran = scopa(&["serve", "--listen", &taken.address.to_string()]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains(&format!("cannot listen on {}", taken.address)), "{}", ran.err);
}

#[test]
fn it_may_have_the_name_that_a_proxy_gives_it() {
    let served = Served::start(&["--issuer", "https://id.example.com"]);
    assert_eq!(served.said("token"), "https://id.example.com/oauth2/token");
    for (host, status) in [("id.example.com", 200), ("other.example.com", 421)] {
        assert_eq!(served.send("GET", "/oauth2/jwks", &[("Host", host)], "").0, status, "{host}");
    }
}

#[test]
fn others_are_let_in_where_that_is_asked_for() {
    let issuer = ["--issuer", "http://127.0.0.1:9000"];
    let served =
        Served::start(&[&["--listen", "0.0.0.0:0", "--dangerously-let-others-in"], &issuer[..]].concat());
    assert!(served.said("listening on").starts_with("0.0.0.0:"));
    assert_eq!(served.send("GET", "/oauth2/jwks", &[("Host", "build.local:9000")], "").0, 200);
}

const VERIFIER: &str = "a-verifier-of-at-least-43-characters-for-the-tests";
