use std::fmt;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::{Answer, LONGEST, Outcome};

/// A client of a service on loopback. Each request has a connection of its own, and redirects are not followed.
#[derive(Debug, Clone)]
pub struct Http {
    origin: String,
}

impl Http {
    /// Names the service: `http://127.0.0.1:8081`.
    pub fn at(origin: impl Into<String>) -> Self {
        Self { origin: origin.into().trim_end_matches('/').to_owned() }
    }

    /// Returns the address of the service, without a slash at its end.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Starts a GET request. `path` is sent as it is: with its query, and encoded. A whole address is gone to as it says.
    pub fn get(&self, path: &str) -> Call {
        self.request("GET", path)
    }

    /// Starts a POST request.
    pub fn post(&self, path: &str) -> Call {
        self.request("POST", path)
    }

    /// Starts a request of any method.
    pub fn request(&self, method: &str, path: &str) -> Call {
        let address = match path.starts_with("http://") {
            true => path.to_owned(),
            false => format!("{}{path}", self.origin),
        };
        Call { method: method.to_owned(), address, fields: Vec::new(), body: Bytes::new() }
    }
}

/// A request that is being put together.
#[derive(Clone)]
#[must_use = "a call does nothing until it is sent"]
pub struct Call {
    method: String,
    address: String,
    fields: Vec<(String, Vec<u8>)>,
    body: Bytes,
}

impl Call {
    /// Adds a header field, whatever its value: an empty one, or one of a name that is there already.
    pub fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sends an access token (RFC 6750 §2.1).
    pub fn bearer(self, token: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), format!("Bearer {token}"))
    }

    /// Authenticates by Basic, as many clients do it: id and secret as they are, not encoded.
    pub fn basic(self, id: &str, secret: &str) -> Self {
        self.header(AUTHORIZATION.as_str(), format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))
    }

    /// Sends a body.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(CONTENT_TYPE.as_str(), content_type)
    }

    /// Sends a urlencoded form. A name may come more than once.
    pub fn form(self, pairs: &[(&str, &str)]) -> Self {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.body("application/x-www-form-urlencoded", form)
    }

    /// Sends a form as `multipart/form-data` (RFC 7578), each pair as a part of its own.
    pub fn multipart(self, pairs: &[(&str, &str)]) -> Self {
        let mut body = String::new();
        for (name, value) in pairs {
            body += &format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        body += &format!("--{BOUNDARY}--\r\n");
        self.body(&format!("multipart/form-data; boundary={BOUNDARY}"), body)
    }

    /// Sends JSON.
    pub fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    /// Sends the request.
    ///
    /// # Errors
    /// It is no request, or nothing was answered in time.
    pub async fn send(self) -> Outcome<Answer> {
        let asked = format!("{self:?}");
        let answer = self.send_unless_closed().await?;
        answer.ok_or_else(|| format!("{asked}: the connection was closed without an answer").into())
    }

    /// Sends the request. `None` says that the service closed the connection in place of an answer, as it may do with a
    /// body that is much too long.
    ///
    /// # Errors
    /// It is no request, nobody listens, or nothing happened in time.
    pub async fn send_unless_closed(self) -> Outcome<Option<Answer>> {
        let asked = format!("{self:?}");
        let answer = timeout(LONGEST, self.exchange(&asked)).await;
        answer.map_err(|_| format!("{asked}: no answer within {LONGEST:?}"))?
    }

    async fn exchange(self, asked: &str) -> Outcome<Option<Answer>> {
        let address: Uri = self.address.parse().map_err(|error| format!("{asked}: {error}"))?;
        let authority = address.authority().ok_or_else(|| format!("{asked}: no address"))?.clone();
        let stream = TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80))).await;
        let stream = stream.map_err(|error| format!("{asked}: {error}"))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let driver = tokio::spawn(connection);

        // In the origin form (RFC 9112 §3.2.1): just the path and the query.
        let target = address.path_and_query().map_or("/", |target| target.as_str());
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = Method::from_bytes(self.method.as_bytes())?;
        *request.uri_mut() = target.parse()?;
        request.headers_mut().insert(HOST, HeaderValue::from_str(authority.as_str())?);
        for (name, value) in &self.fields {
            request.headers_mut().append(HeaderName::try_from(name)?, HeaderValue::from_bytes(value)?);
        }
        let answer = match sender.send_request(request).await {
            Ok(answer) => answer,
            Err(error) if was_closed(&error) => return Ok(None),
            Err(error) => return Err(format!("{asked}: {error}").into()),
        };
        let (head, body) = answer.into_parts();
        let body = body.collect().await.map_err(|error| format!("{asked}: {error}"))?.to_bytes();
        driver.abort();
        Ok(Some(Answer::new(asked, head.status, head.headers, &body)))
    }
}

/// Method and address; what is secret stays out.
impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.address.split('?').next().unwrap_or_default();
        write!(f, "{} {address}", self.method)
    }
}

/// Tells whether the service hung up.
fn was_closed(error: &hyper::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    let io = std::error::Error::source(error).and_then(|source| source.downcast_ref::<io::Error>());
    error.is_incomplete_message()
        || error.is_closed()
        || error.is_canceled()
        || io.is_some_and(|io| matches!(io.kind(), BrokenPipe | ConnectionAborted | ConnectionReset))
}

const BOUNDARY: &str = "scopa-systems-7d1f0c52";

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one request with these bytes. Returns the client, and what it sent.
    async fn server(bytes: &'static str) -> Outcome<(Http, tokio::task::JoinHandle<String>)> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let http = Http::at(format!("http://{}/", listener.local_addr()?));
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (mut heard, mut piece) = (Vec::new(), [0; 4096]);
            while !heard.ends_with(b"--\r\n") && !heard.ends_with(b"\r\n\r\n") {
                let length = stream.read(&mut piece).await.unwrap();
                heard.extend(&piece[..length]);
            }
            stream.write_all(bytes.as_bytes()).await.unwrap();
            String::from_utf8(heard).unwrap()
        });
        Ok((http, heard))
    }

    #[tokio::test]
    async fn empty_and_repeated_fields_and_odd_paths_are_sent_as_they_are() -> Outcome {
        let (http, heard) = server("HTTP/1.1 302 Found\r\nlocation: /next?a=1%202&b&b\r\n\r\n").await?;
        let call = http.get("/%36%35/*?q=a%20b").header("Authorization", "").header("authorization", "x");
        let answer = call.send().await?.expect(302)?;
        let heard = heard.await?;
        assert!(heard.starts_with("GET /%36%35/*?q=a%20b HTTP/1.1\r\nhost: 127.0.0.1:"), "{heard}");
        assert!(heard.contains("authorization: \r\nauthorization: x\r\n"), "{heard}");
        assert_eq!((answer.sent_with("a").as_deref(), answer.sent_with("b")), (Some("1 2"), None));
        Ok(())
    }

    #[tokio::test]
    async fn a_form_goes_as_multipart() -> Outcome {
        let (http, heard) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await?;
        let call = http.post("/").multipart(&[("grant_type", "client_credentials"), ("scope", "")]);
        assert_eq!(call.send().await?.expect(200)?.members()?, [""; 0]);
        let part = |name, value| {
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let form =
            part("grant_type", "client_credentials") + &part("scope", "") + &format!("--{BOUNDARY}--\r\n");
        assert!(heard.await?.ends_with(&format!("\r\n\r\n{form}")));
        Ok(())
    }

    #[tokio::test]
    async fn a_closed_connection_is_told_from_an_answer_and_from_nobody() -> Outcome {
        let (http, _) = server("").await?;
        assert!(http.get("/").send_unless_closed().await?.is_none());
        let (http, _) = server("").await?;
        assert!(http.get("/").send().await.unwrap_err().to_string().contains("closed without an answer"));
        let (http, _) = server("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhal").await?;
        assert!(http.get("/").send_unless_closed().await.is_err());
        let nobody = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        assert!(Http::at(format!("http://{nobody}")).get("/").send_unless_closed().await.is_err());
        Ok(())
    }
}
