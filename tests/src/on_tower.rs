use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use scopa_tower::issuer::{CallerAddress, Issuer};
use scopa_tower::{Access, ConfigError, Policy, ProtectLayer, Refusal, Requirement, Validator};
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt, service_fn};

use crate::mount::{JSON, Judge, Mount, page};

type Answer = Response<Full<Bytes>>;
type Handler = BoxCloneSyncService<Request<Incoming>, Answer, Infallible>;

/// The service as tower services on hyper, chosen by a comparison of paths.
#[derive(Clone, Default)]
pub struct OnTower {
    handlers: Vec<(Pattern, Handler)>,
    issuer: Option<Issuer>,
}

impl OnTower {
    /// Serves until the listener fails.
    ///
    /// # Errors
    /// The listener cannot be used.
    pub async fn serve(self, listener: TcpListener) -> io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let this = Arc::new(self);
        loop {
            let (stream, peer) = listener.accept().await?;
            let this = this.clone();
            tokio::spawn(async move {
                let service = hyper::service::service_fn(move |request| answer(this.clone(), peer, request));
                // A client that hangs up or does not speak HTTP is no error of ours.
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    }

    fn add<S>(mut self, pattern: Pattern, handler: S) -> Result<Self, ConfigError>
    where
        S: Service<Request<Incoming>, Response = Answer, Error = Infallible, Future: Send>
            + Clone
            + Send
            + Sync
            + 'static,
    {
        self.handlers.push((pattern, BoxCloneSyncService::new(handler)));
        Ok(self)
    }
}

async fn answer(
    on: Arc<OnTower>,
    peer: SocketAddr,
    mut request: Request<Incoming>,
) -> Result<Answer, Infallible> {
    let path = request.uri().path();
    if let Some((_, handler)) = on.handlers.iter().find(|(pattern, _)| pattern.value(path).is_some()) {
        return handler.clone().oneshot(request).await;
    }
    match on.issuer.clone().filter(|issuer| issuer.paths().any(|other| other == path)) {
        Some(issuer) => {
            request.extensions_mut().insert(CallerAddress(peer.ip()));
            issuer.oneshot(request).await
        }
        None => {
            let mut answer = Answer::default();
            *answer.status_mut() = StatusCode::NOT_FOUND;
            Ok(answer)
        }
    }
}

impl Mount for OnTower {
    fn open(self, path: &'static str) -> Result<Self, ConfigError> {
        self.add(Pattern(path), service_fn(|_| async { Ok(json(None)) }))
    }

    fn needs<R: Requirement>(self, path: &'static str, auth: &Validator) -> Result<Self, ConfigError> {
        let pattern = Pattern(path);
        let layer = ProtectLayer::new(auth.clone())
            .require_bound(R::policy(), move |name, request| pattern.named(name, request).map(Into::into))?;
        self.add(pattern, layer.layer(service_fn(known)))
    }

    fn optional(self, path: &'static str, auth: &Validator) -> Result<Self, ConfigError> {
        let layer = ProtectLayer::new(auth.clone()).optional();
        self.add(Pattern(path), layer.layer(service_fn(known)))
    }

    fn guarded(
        self,
        path: &'static str,
        auth: &Validator,
        policy: impl Into<Policy>,
    ) -> Result<Self, ConfigError> {
        let layer = ProtectLayer::new(auth.clone()).require(policy)?;
        self.add(Pattern(path), layer.layer(service_fn(known)))
    }

    fn judged(self, path: &'static str, auth: &Validator, judge: Judge) -> Result<Self, ConfigError> {
        let pattern = Pattern(path);
        let handler = move |request: Request<Incoming>| {
            let id = pattern.value(request.uri().path()).unwrap_or_default();
            let caller = request.extensions().get::<Access>();
            let known = caller.ok_or_else(|| Refusal::misconfigured("a handler without its layer"));
            let verdict = known.and_then(|caller| judge(caller, &id));
            let answer = verdict.map_or_else(|refusal| refused(&refusal), |()| json(caller));
            async { Ok(answer) }
        };
        self.add(pattern, ProtectLayer::new(auth.clone()).layer(service_fn(handler)))
    }

    fn tree(self, open: &'static str, closed: &'static str, auth: &Validator) -> Result<Self, ConfigError> {
        let layer = ProtectLayer::new(auth.clone()).public([open]);
        self.add(Pattern(open), layer.layer(service_fn(known)))?
            .add(Pattern(closed), layer.layer(service_fn(known)))
    }

    fn issues(self, issuer: &Issuer) -> Result<Self, ConfigError> {
        Ok(Self { issuer: Some(issuer.clone()), ..self })
    }
}

/// Shows whom a layer has let in.
async fn known(request: Request<Incoming>) -> Result<Answer, Infallible> {
    Ok(json(request.extensions().get()))
}

fn json(caller: Option<&Access>) -> Answer {
    let mut answer = Response::new(Full::from(page(caller)));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    answer
}

fn refused(refusal: &Refusal) -> Answer {
    refusal.response().map(Full::from)
}

/// A path with at most one placeholder, as in `/teams/{id}/beta`.
#[derive(Debug, Clone, Copy)]
struct Pattern(&'static str);

impl Pattern {
    /// Returns the value of the placeholder if the path fits; the empty text if there is no placeholder.
    fn value(self, path: &str) -> Option<String> {
        let Some((before, rest)) = self.0.split_once('{') else {
            return (path == self.0).then(String::new);
        };
        let (_, after) = rest.split_once('}')?;
        let value = path.strip_prefix(before)?.strip_suffix(after)?;
        (!value.is_empty() && !value.contains('/')).then(|| decoded(value))
    }

    fn named(self, name: &str, request: &Parts) -> Option<String> {
        self.0.contains(&format!("{{{name}}}")).then(|| self.value(request.uri.path()))?
    }
}

/// Decodes a segment of a path (RFC 3986 §2.1). What is not UTF-8 becomes a character that no scope holds.
fn decoded(segment: &str) -> String {
    let mut rest = segment.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let [byte, tail @ ..] = rest {
        let octet = match tail {
            [high, low, ..] if *byte == b'%' => hexadecimal(*high, *low),
            _ => None,
        };
        bytes.push(octet.unwrap_or(*byte));
        rest = tail.get(if octet.is_some() { 2 } else { 0 }..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

impl fmt::Debug for OnTower {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.handlers.iter().map(|(pattern, _)| pattern)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_takes_one_segment_and_decodes_it() {
        for (pattern, path, value) in [
            ("/any", "/any", Some("")),
            ("/any", "/any/", None),
            ("/teams/{id}", "/teams/7", Some("7")),
            ("/teams/{id}", "/teams/%37%2f%C3%A9", Some("7/é")),
            ("/teams/{id}", "/teams/%zz%4", Some("%zz%4")),
            ("/teams/{id}", "/teams/%FF", Some("\u{FFFD}")),
            ("/teams/{id}", "/teams/", None),
            ("/teams/{id}", "/teams/7/8", None),
            ("/teams/{id}/beta", "/teams/7/beta", Some("7")),
            ("/teams/{id}/beta", "/teams/7", None),
        ] {
            assert_eq!(Pattern(pattern).value(path).as_deref(), value, "{pattern} {path}");
        }
    }
}
