use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Gets a text over plain HTTP, and tries again for a few seconds if the server is not up yet.
pub(crate) fn fetch(url: &str) -> Result<String, Box<dyn Error>> {
    let address =
        url.strip_prefix("http://").ok_or_else(|| format!("`{url}`: only http:// is spoken here"))?;
    let (host, path) = address.split_at(address.find('/').unwrap_or(address.len()));
    let deadline = Instant::now() + PATIENCE;
    loop {
        match get(host, path, deadline) {
            Err(error) if Instant::now() + PAUSE >= deadline => {
                return Err(format!("`{url}`: {error}").into());
            }
            Err(_) => sleep(PAUSE),
            answer => return answer,
        }
    }
}

fn get(host: &str, path: &str, deadline: Instant) -> Result<String, Box<dyn Error>> {
    let mut stream = TcpStream::connect(host)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        let left = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
        stream.set_read_timeout(Some(left.ok_or("out of time")?))?;
        let length = stream.read(&mut chunk)?;
        answer.extend(chunk.iter().take(length));
        if length == 0 {
            break;
        }
        if answer.len() > LONGEST_ANSWER {
            return Err("the answer is too long".into());
        }
    }
    let answer = String::from_utf8(answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("not an HTTP answer")?;
    match head.split(' ').nth(1) {
        Some("200") => Ok(body.to_owned()),
        status => Err(format!("status {}", status.unwrap_or("unknown")).into()),
    }
}

const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);
const LONGEST_ANSWER: usize = 512 * 1024;
