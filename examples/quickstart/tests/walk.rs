//! Starts the three services, does what they print, and compares with the status they promise.

use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use scopa::{Clock, SystemClock};
use scopa_testing::{ManualClock, TestIssuer};

type Outcome<T> = Result<T, Box<dyn Error>>;

#[test]
fn each_service_answers_as_its_walk_promises() -> Outcome<()> {
    for (name, program) in SERVICES {
        let service = Service::start(program)?;
        let promised: Vec<u16> = service.steps.iter().map(|step| step.promised).collect();
        assert_eq!(promised, [200, 401, 200, 403, 200, 200, 403, 403, 401], "{name}");
        for step in &service.steps {
            assert_eq!(step.request.send()?.status, step.promised, "{name}: {}", step.says);
        }
    }
    Ok(())
}

#[test]
fn all_three_answer_alike() -> Outcome<()> {
    let mut answers = Vec::new();
    for (_, program) in SERVICES {
        let service = Service::start(program)?;
        let all: Outcome<Vec<Answer>> = service.steps.iter().map(|step| step.request.send()).collect();
        answers.push(all?);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);

    // What a refusal looks like, so that three times nothing is not taken for alike.
    let challenges: Vec<&str> = answers[0].iter().filter_map(|answer| answer.challenge.as_deref()).collect();
    assert_eq!(challenges.len(), 5);
    assert_eq!(challenges[0], "Bearer");
    assert!(challenges[2].ends_with(r#"scope="crashes:read team_8""#), "{}", challenges[2]);
    assert_eq!(answers[0][4].body, "thanks, client-1\n");
    Ok(())
}

#[test]
fn the_log_says_why_and_holds_no_token() -> Outcome<()> {
    for (name, program) in SERVICES {
        let service = Service::start(program)?;
        for step in &service.steps {
            step.request.send()?;
        }
        let tokens: Vec<String> = service.steps.iter().filter_map(|step| step.request.token()).collect();
        assert_eq!(tokens.len(), 7, "{name}");
        let log = service.stop()?;
        assert!(log.contains("expired"), "{name}: {log}");
        assert!(log.contains("insufficient_scope"), "{name}: {log}");
        // Neither a whole token nor a part of one.
        for part in tokens.iter().flat_map(|token| token.split('.')) {
            assert!(!log.contains(part), "{name}: {log}");
        }
    }
    Ok(())
}

#[test]
fn an_issuer_of_yours_is_found_by_its_address_alone() -> Outcome<()> {
    let issuer = serve_issuer()?;
    let bearer = issuer.token().scope("crashes:read").bearer();
    for (name, program) in SERVICES {
        let arguments = ["--port", "0", "--issuer", issuer.issuer(), "--audience", issuer.audience()];
        let (_service, lines) = Service::spawn(program, &arguments)?;
        let line = lines.recv_timeout(LONGEST_START)?;
        let address = line.strip_prefix("listening on http://").ok_or("no address")?.to_owned();
        let ask = |path: &str, fields: Vec<String>| {
            Request { method: "GET".into(), address: address.clone(), path: path.into(), fields }.send()
        };
        let with_token = vec![format!("Authorization: {bearer}")];
        assert_eq!(ask("/crashes", with_token)?.status, 200, "{name}");
        assert_eq!(ask("/ready", Vec::new())?.status, 200, "{name}");
        let of_another = vec![format!("Authorization: {}", TestIssuer::new().token().bearer())];
        assert_eq!(ask("/crashes", of_another)?.status, 401, "{name}");
    }
    Ok(())
}

#[test]
fn a_service_is_not_ready_while_its_issuer_is_away() -> Outcome<()> {
    // Bound and let go: nobody listens there.
    let nobody = format!("http://{}", TcpListener::bind("127.0.0.1:0")?.local_addr()?);
    let now = ManualClock::at(SystemClock.now());
    let bearer = TestIssuer::new().with_issuer(&nobody).with_clock(now).token().bearer();
    for (name, program) in SERVICES {
        let (_service, lines) = Service::spawn(program, &["--port", "0", "--issuer", &nobody])?;
        let line = lines.recv_timeout(LONGEST_START)?;
        let address = line.strip_prefix("listening on http://").ok_or("no address")?.to_owned();
        let ask = |path: &str, fields: Vec<String>| {
            Request { method: "GET".into(), address: address.clone(), path: path.into(), fields }.send()
        };
        assert_eq!(ask("/health", Vec::new())?.status, 200, "{name}");
        assert_eq!(ask("/ready", Vec::new())?.status, 503, "{name}");
        assert_eq!(ask("/crashes", vec![format!("Authorization: {bearer}")])?.status, 503, "{name}");
    }
    Ok(())
}

/// Serves metadata and keys of an issuer on loopback, to the end of the test.
fn serve_issuer() -> Outcome<TestIssuer> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}", listener.local_addr()?);
    let issuer = TestIssuer::new().with_issuer(&base).with_clock(ManualClock::at(SystemClock.now()));
    let keys = issuer.jwks();
    thread::spawn(move || {
        let metadata = format!(r#"{{"issuer": "{base}", "jwks_uri": "{base}/jwks.json"}}"#);
        for stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let asked = lines.next().unwrap_or_default();
            let _ = lines.find(String::is_empty);
            let (status, body) = match asked.split(' ').nth(1) {
                Some("/.well-known/openid-configuration") => ("200 OK", &metadata),
                Some("/jwks.json") => ("200 OK", &keys),
                _ => ("404 Not Found", &asked),
            };
            let length = body.len();
            // A client that hangs up is no concern of this server.
            let _ = write!(
                &stream,
                "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
        }
    });
    Ok(issuer)
}

#[test]
fn an_argument_that_is_not_understood_ends_the_service_at_once() -> Outcome<()> {
    for (name, program) in SERVICES {
        let (mut service, lines) = Service::spawn(program, &["--prot"])?;
        // Ended, and nothing printed. A service that runs would let this wait until the time is up.
        assert_eq!(lines.recv_timeout(LONGEST_START), Err(RecvTimeoutError::Disconnected), "{name}");
        assert!(!service.process.wait()?.success(), "{name}");
        let log = service.stop()?;
        assert!(log.contains("use `--port 8080`"), "{name}: {log}");
    }
    Ok(())
}

/// A running service. Dropped, it is killed.
struct Service {
    process: Child,
    steps: Vec<Step>,
    log: Option<JoinHandle<std::io::Result<String>>>,
}

impl Service {
    fn start(program: &str) -> Outcome<Self> {
        let (mut service, lines) = Self::spawn(program, &["--port", "0"])?;
        service.steps = read_walk(&lines)?;
        Ok(service)
    }

    /// Starts the program, and gives the lines that it prints.
    fn spawn(program: &str, arguments: &[&str]) -> Outcome<(Self, Receiver<String>)> {
        let process = Command::new(program)
            .args(arguments)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut service = Self { process, steps: Vec::new(), log: None };
        let mut stderr = service.process.stderr.take().ok_or("no stderr")?;
        service.log = Some(thread::spawn(move || {
            let mut log = String::new();
            stderr.read_to_string(&mut log).map(|_| log)
        }));
        let stdout = service.process.stdout.take().ok_or("no stdout")?;
        let (sender, lines) = channel();
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok((service, lines))
    }

    /// Kills the service, and returns what it has logged.
    fn stop(mut self) -> Outcome<String> {
        self.process.kill()?;
        let log = self.log.take().ok_or("no log")?;
        Ok(log.join().map_err(|_| "the log's reader ended early")??)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A request of the walk, with what stands above it.
struct Step {
    promised: u16,
    says: String,
    request: Request,
}

fn read_walk(lines: &Receiver<String>) -> Outcome<Vec<Step>> {
    let deadline = Instant::now() + LONGEST_START;
    let mut above = None;
    let mut steps = Vec::new();
    loop {
        let line = lines.recv_timeout(deadline.saturating_duration_since(Instant::now()))?;
        if line.starts_with("Ctrl-C") {
            return Ok(steps);
        }
        if line.starts_with("curl ") {
            let (promised, says) = above.take().ok_or("a request without a status above it")?;
            steps.push(Step { promised, says, request: Request::of(&line)? });
        } else if let Some((status, says)) = line.split_once("  ") {
            above = Some((status.parse()?, says.to_owned()));
        }
    }
}

/// What a `curl` line asks for.
#[derive(Default)]
struct Request {
    method: String,
    address: String,
    path: String,
    fields: Vec<String>,
}

impl Request {
    fn of(line: &str) -> Outcome<Self> {
        let mut request = Self { method: "GET".into(), ..Self::default() };
        let mut words = words(line).into_iter().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "-i" => {}
                "-X" => request.method = words.next().ok_or("-X without a method")?,
                "-H" => request.fields.push(words.next().ok_or("-H without a field")?),
                url => {
                    let rest = url.strip_prefix("http://").ok_or_else(|| format!("no URL: {url}"))?;
                    let (address, path) = rest.split_once('/').ok_or_else(|| format!("no path: {url}"))?;
                    request.address = address.to_owned();
                    request.path = format!("/{path}");
                }
            }
        }
        Ok(request)
    }

    fn token(&self) -> Option<String> {
        self.fields.iter().find_map(|field| field.strip_prefix("Authorization: Bearer ")).map(str::to_owned)
    }

    fn send(&self) -> Outcome<Answer> {
        let address: SocketAddr = self.address.parse()?;
        let mut stream = TcpStream::connect_timeout(&address, LONGEST_ANSWER)?;
        stream.set_read_timeout(Some(LONGEST_ANSWER))?;
        let fields: String = self.fields.iter().map(|field| format!("{field}\r\n")).collect();
        let Self { method, path, .. } = self;
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{fields}\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        Answer::of(&text)
    }
}

/// Splits a line as a shell does, as far as it has only single quotation marks.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

#[derive(Debug, PartialEq)]
struct Answer {
    status: u16,
    challenge: Option<String>,
    body: String,
}

impl Answer {
    fn of(text: &str) -> Outcome<Self> {
        let (head, body) = text.split_once("\r\n\r\n").ok_or_else(|| format!("no answer: {text:?}"))?;
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status")?.parse()?;
        let challenge = lines
            .filter_map(|line| line.split_once(": "))
            .find(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"))
            .map(|(_, value)| value.to_owned());
        Ok(Self { status, challenge, body: body.to_owned() })
    }
}

const SERVICES: [(&str, &str); 3] = [
    ("axum", env!("CARGO_BIN_EXE_quickstart-axum")),
    ("actix", env!("CARGO_BIN_EXE_quickstart-actix")),
    ("hyper", env!("CARGO_BIN_EXE_quickstart-hyper")),
];

const LONGEST_START: Duration = Duration::from_secs(60);
const LONGEST_ANSWER: Duration = Duration::from_secs(20);
