//! `HttpClient` against servers on loopback, good ones and bad ones.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

#[cfg(test)]
#[path = "http_client/server.rs"]
mod server;

use std::env;
use std::io::{self, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::FutureExt as _;
use http::{Request, Response, StatusCode};
use scopa::{Fetch, FetchBody, HttpClient};
use server::{CA, Server};

#[tokio::test]
async fn an_answer_comes_whole() {
    let server = Server::saying(
        "HTTP/1.1 200 OK\r\ncache-control: max-age=60\r\netag: \"1\"\r\nvary: a\r\nvary: b\r\n\
         set-cookie: session=1\r\ncontent-length: 11\r\n\r\n{\"keys\":[]}",
    );
    let client = HttpClient::new().unwrap();
    for _ in 0..2 {
        let (head, body) = get(&client, &server.url("/keys?a=%20b&c")).await;
        let head = head.unwrap();
        assert_eq!(head.status(), StatusCode::OK);
        assert_eq!(head.headers()["cache-control"], "max-age=60");
        assert_eq!(head.headers()["etag"], "\"1\"");
        assert_eq!(head.headers().get_all("vary").iter().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(body.bytes(), br#"{"keys":[]}"#);
    }
    for seen in server.seen() {
        assert_eq!(seen.line, "GET /keys?a=%20b&c HTTP/1.1");
        assert_eq!(seen.values("host"), [format!("127.0.0.1:{}", server.port())]);
        assert_eq!(seen.values("user-agent"), [concat!("scopa/", env!("CARGO_PKG_VERSION"))]);
        assert_eq!(seen.values("accept-encoding"), ["gzip"]);
        for absent in ["cookie", "referer", "content-length", "transfer-encoding", "authorization"] {
            assert!(seen.values(absent).is_empty(), "{absent}: {seen:?}");
        }
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_post_arrives_as_it_was_given() {
    let server = Server::saying("HTTP/1.1 204 No Content\r\n\r\n");
    let request = Request::post(server.url("/introspect"))
        .header("authorization", "Basic czpz")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "application/json")
        .header("x-many", "1")
        .header("x-many", "2")
        .body(b"token=a.b%2Bc&token_type_hint=access_token".to_vec())
        .unwrap();
    let (head, body) = fetch(&HttpClient::new().unwrap(), request).await;
    assert_eq!(head.unwrap().status(), StatusCode::NO_CONTENT);
    assert!(body.bytes().is_empty());
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /introspect HTTP/1.1");
    for (name, values) in [
        ("authorization", ["Basic czpz"].as_slice()),
        ("content-type", &["application/x-www-form-urlencoded"]),
        ("accept", &["application/json"]),
        ("x-many", &["1", "2"]),
        ("content-length", &["42"]),
    ] {
        assert_eq!(seen.values(name), values, "{name}");
    }
    assert_eq!(seen.body, "token=a.b%2Bc&token_type_hint=access_token");
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other() {
    let target = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let client = HttpClient::new().unwrap();
    for status in [301, 302, 303, 307, 308] {
        let location = target.url("/elsewhere");
        let answer =
            format!("HTTP/1.1 {status} Away\r\nlocation: {location}\r\ncontent-length: 4\r\n\r\naway");
        let server = Server::saying(answer);
        let (head, body) = get(&client, &server.url("/keys")).await;
        let head = head.unwrap();
        assert_eq!(head.status(), status);
        assert_eq!(head.headers()["location"], location);
        assert_eq!(body.bytes(), b"away");
        assert_eq!(server.seen().len(), 1);
    }
    assert!(target.seen().is_empty());
}

#[tokio::test]
async fn gzip_is_decoded_and_not_named_any_more() {
    let content = "{\"keys\":[]}".repeat(10_000);
    let server = Server::saying(answer_in("gzip", &gzip(content.as_bytes())));
    let (head, body) = get(&HttpClient::new().unwrap(), &server.url("/keys")).await;
    let head = head.unwrap();
    assert!(!head.headers().contains_key("content-encoding"));
    assert!(!head.headers().contains_key("content-length"));
    assert_eq!(body.bytes(), content.as_bytes());
}

#[tokio::test]
async fn another_coding_is_left_as_it_is() {
    for coding in ["br", "deflate", "zstd", "aes128gcm"] {
        let server = Server::saying(answer_in(coding, b"\x01\x02"));
        let (head, body) = get(&HttpClient::new().unwrap(), &server.url("/keys")).await;
        assert_eq!(head.unwrap().headers()["content-encoding"], coding);
        assert_eq!(body.bytes(), b"\x01\x02");
    }
}

#[tokio::test]
async fn a_gzip_bomb_ends_at_the_limit() {
    // 200 MiB in 200 KiB: members of 1 MiB, one behind the other.
    let bomb = gzip(&vec![0; 1 << 20]).repeat(200);
    assert!(bomb.len() < 300 * 1024, "{}", bomb.len());
    let server = Server::saying(answer_in("gzip", &bomb));
    let (head, body) = get(&HttpClient::new().unwrap(), &server.url("/keys")).await;
    assert_eq!(head.unwrap_err(), "the answer is longer than 256 KiB");
    // Given piece by piece: what did not fit in is one small piece.
    assert!((250 * 1024..=256 * 1024).contains(&body.bytes().len()), "{body:?}");
}

#[tokio::test]
async fn an_endless_answer_ends_at_the_limit() {
    for framing in ["connection: close", "transfer-encoding: chunked", "content-length: 99999999999"] {
        let gave_up = Arc::new(AtomicBool::new(false));
        let server = Server::start({
            let gave_up = gave_up.clone();
            move |client| {
                write!(client, "HTTP/1.1 200 OK\r\n{framing}\r\n\r\n")?;
                let piece = [b"1000\r\n".as_slice(), &[b' '; 0x1000], b"\r\n"].concat();
                (0..50_000).try_for_each(|_| client.write_all(&piece))?;
                gave_up.store(true, Ordering::SeqCst);
                Ok(())
            }
        });
        let (head, body) = get(&HttpClient::new().unwrap(), &server.url("/keys")).await;
        assert_eq!(head.unwrap_err(), "the answer is longer than 256 KiB", "{framing}");
        assert!(body.bytes().len() <= 256 * 1024, "{framing}: {body:?}");
        assert!(!gave_up.load(Ordering::SeqCst), "{framing}: 200 MB were read");
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_an_error() {
    let packed = gzip(b"{\"keys\":[]}");
    let half_packed = &packed[..packed.len() / 2];
    let client = HttpClient::new().unwrap();
    for (name, answer) in [
        ("nothing", Vec::new()),
        ("half a head", b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()),
        ("half of what was announced", b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"key".to_vec()),
        ("half a chunk", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nb\r\n{\"key".to_vec()),
        ("no last chunk", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n".to_vec()),
        ("half of what was packed", answer_in("gzip", half_packed)),
        ("no HTTP", b"220 mail.example.com ESMTP\r\n".to_vec()),
    ] {
        let server = Server::breaking_off_after(answer);
        let (head, _) = get(&client, &server.url("/a-path")).await;
        let error = head.expect_err(name);
        assert!(!error.contains("a-path") && !error.contains("://"), "{name}: {error}");
    }
}

#[tokio::test]
async fn an_error_says_why_and_not_where() {
    // A port where nobody listens any more.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (head, _) = get(&HttpClient::new().unwrap(), &format!("http://127.0.0.1:{port}/a-path")).await;
    let error = head.unwrap_err();
    assert!(error.to_lowercase().contains("connection refused"), "{error}");
    assert!(!error.contains("a-path") && !error.contains("://"), "{error}");

    let request = Request::get("/a-path").body(Vec::new()).unwrap();
    let error = fetch(&HttpClient::new().unwrap(), request).await.0.unwrap_err();
    assert!(!error.contains("a-path"), "{error}");
}

#[tokio::test]
async fn a_private_ca_is_trusted_when_it_is_named() {
    let server = Server::saying_over_tls("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let (head, _) = get(&HttpClient::new().unwrap(), &server.url("/keys")).await;
    let error = head.unwrap_err();
    assert!(error.contains("UnknownIssuer"), "{error}");

    let client = HttpClient::with_root_certificates(CA).unwrap();
    // A name that the certificate does not hold.
    let (head, _) = get(&client, &format!("https://127.0.0.1:{}/keys", server.port())).await;
    let error = head.unwrap_err();
    assert!(error.contains("not valid for name"), "{error}");
    assert!(server.seen().is_empty());

    let (head, body) = get(&client, &server.url("/keys")).await;
    assert_eq!(head.unwrap().status(), StatusCode::OK);
    assert_eq!(body.bytes(), b"{}");
}

#[test]
fn what_is_no_certificate_is_refused() {
    let truncated = CA.lines().take(4).collect::<Vec<_>>().join("\n");
    let other = CA.replace("CERTIFICATE", "PUBLIC KEY");
    let garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let second_is_garbled = format!("{CA}{garbled}");
    for pem in ["", "nonsense", &truncated, &other, garbled, &second_is_garbled] {
        let error = HttpClient::with_root_certificates(pem).expect_err(pem);
        assert_eq!(error.setting(), "with_root_certificates");
        println!("{error}");
    }
}

#[tokio::test]
async fn a_proxy_is_asked_for_what_is_not_on_this_machine() {
    let proxy = Server::saying("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let url = format!("http://us%20er:pa%3Ass@127.0.0.1:{}", proxy.port());
    // The roots stay as they were.
    let client = HttpClient::with_root_certificates(CA).unwrap().with_proxy(&url).unwrap();

    for server in [
        Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
        Server::saying_over_tls("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
    ] {
        let (head, _) = get(&client, &server.url("/keys")).await;
        assert_eq!(head.unwrap().status(), StatusCode::OK);
        assert_eq!(server.seen().len(), 1);
    }
    assert!(proxy.seen().is_empty());

    let error = get(&client, "https://id.example.com/keys").await.0.unwrap_err();
    let credentials = STANDARD.encode("us er:pa:ss");
    let seen = &proxy.seen()[0];
    assert_eq!(seen.line, "CONNECT id.example.com:443 HTTP/1.1");
    assert_eq!(seen.values("proxy-authorization"), [format!("Basic {credentials}")]);
    for text in [error, format!("{client:?}"), format!("{client:#?}")] {
        for secret in ["pa%3Ass", "pa:ss", &credentials] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[test]
fn what_is_no_proxy_is_refused_and_not_repeated() {
    for url in [
        "",
        "proxy.example.com",
        "proxy.example.com:3128",
        "socks5://user:secret@proxy.example.com",
        "ftp://user:secret@proxy.example.com",
        "http://user:secret@",
        "http://user:secret@proxy.example.com:99999",
    ] {
        let error = HttpClient::new().unwrap().with_proxy(url).expect_err(url);
        assert_eq!(error.setting(), "with_proxy");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
    }
}

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    const NAME: &str = "a_proxy_of_the_environment_is_not_used";
    if let Ok(url) = env::var(CHILD) {
        let (head, body) = runtime().block_on(get(&HttpClient::new().unwrap(), &url));
        assert_eq!(head.unwrap().status(), StatusCode::OK);
        assert_eq!(body.bytes(), b"server");
        return;
    }
    let proxy = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nproxy");
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nserver");
    let address = proxy.url("");
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let mut variables: Vec<(&str, &str)> = names.iter().map(|name| (*name, address.as_str())).collect();
    variables.extend([("NO_PROXY", ""), ("no_proxy", "")]);
    alone(NAME, &server.url("/keys"), &variables);
    assert_eq!(server.seen().len(), 1);
    assert!(proxy.seen().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn a_machine_without_roots_is_told_what_to_do() {
    const NAME: &str = "a_machine_without_roots_is_told_what_to_do";
    if env::var(CHILD).is_ok() {
        let error = HttpClient::new().unwrap_err();
        assert_eq!(error.setting(), "HttpClient::new");
        assert!(error.to_string().contains("ca-certificates"), "{error}");
        assert!(error.to_string().contains("with_root_certificates"), "{error}");
        // A private CA is enough.
        assert!(HttpClient::with_root_certificates(CA).is_ok());
        return;
    }
    alone(NAME, "", &[("SSL_CERT_FILE", "/nonexistent/scopa"), ("SSL_CERT_DIR", "/nonexistent/scopa")]);
}

#[test]
fn outside_of_a_runtime_nothing_panics() {
    static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());
    struct Log;
    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            LOG.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log).init();

    let client = HttpClient::new().unwrap();
    let held = Arc::new(());
    let task = held.clone();
    client.spawn(Box::pin(async move { drop(task) }));
    assert_eq!(Arc::strong_count(&held), 1, "the task was kept");
    let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
    assert!(log.contains("ERROR scopa: task dropped") && log.contains("serve on tokio"), "{log}");

    assert!(client.sleep(Duration::ZERO).now_or_never().is_none());
    let (head, _) = get(&client, "http://127.0.0.1:1/").now_or_never().unwrap();
    let error = head.unwrap_err();
    assert!(error.contains("serve on tokio"), "{error}");
}

#[test]
fn tasks_and_pauses_go_by_the_runtime_that_is_there() {
    let client = HttpClient::new().unwrap();
    // Made before there is a runtime.
    let sleep = client.sleep(Duration::from_millis(1));
    let done = Arc::new(AtomicBool::new(false));
    runtime().block_on(async {
        let task = done.clone();
        client.spawn(Box::pin(async move {
            tokio::task::yield_now().await;
            task.store(true, Ordering::SeqCst);
        }));
        assert!(!done.load(Ordering::SeqCst), "it was carried out on the spot");
        sleep.await;
        while !done.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    });
}

#[test]
fn a_connection_whose_runtime_has_ended_is_not_used_again() {
    let server = Server::saying("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    let client = HttpClient::new().unwrap();
    let ask_twice = || {
        runtime().block_on(async {
            for _ in 0..2 {
                assert!(get(&client, &server.url("/keys")).await.0.is_ok());
                // Lets the connection find back into the pool.
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
            }
        });
    };
    ask_twice();
    ask_twice();
    let connections: Vec<usize> = server.seen().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 0, 1, 1]);
}

async fn get(client: &HttpClient, url: &str) -> (Result<Response<()>, String>, FetchBody) {
    fetch(client, Request::get(url).body(Vec::new()).unwrap()).await
}

/// Sends a request and gives what came: the head or an error with its causes, and the content so far.
async fn fetch(client: &HttpClient, request: Request<Vec<u8>>) -> (Result<Response<()>, String>, FetchBody) {
    let mut body = FetchBody::new();
    let outcome = client.fetch(request, &mut body).await;
    let outcome = outcome.map_err(|error| {
        let mut causes = vec![error.to_string()];
        let mut cause = error.source();
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        causes.join(": ")
    });
    (outcome, body)
}

fn answer_in(coding: &str, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: {length}\r\n\r\n");
    [head.as_bytes(), content].concat()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs one test of this file in a process of its own, with these variables and `argument` in [`CHILD`].
fn alone(test: &str, argument: &str, variables: &[(&str, &str)]) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, argument)
        .envs(variables.iter().copied())
        // In a CGI script hyper-util looks for no proxy.
        .env_remove("REQUEST_METHOD")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

const CHILD: &str = "SCOPA_TEST_CHILD";
