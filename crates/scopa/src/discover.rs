//! Metadata of an issuer: OpenID Connect Discovery 1.0 and RFC 8414.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::header::ACCEPT;
use http::{Request, StatusCode, Uri};

use crate::clock::Clock;
use crate::fetch::{Answer, Fetch, FetchError, LONGEST_ANSWER, address, exchange, is_loopback};
use crate::flight::{Passenger, board};
use crate::invalid::{hint, quoted};
use crate::json::{Object, Value};
use crate::telemetry;

/// What scopa reads of an issuer's metadata: addresses, each judged when it is wanted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Metadata {
    jwks_uri: Endpoint,
    introspection_endpoint: Endpoint,
}

/// An address of the metadata, or what is wrong with it. One that nobody wants may well be wrong.
type Endpoint = Option<Result<String, String>>;

impl Metadata {
    pub(crate) fn jwks_uri(&self) -> Result<&str, FetchError> {
        wanted(&self.jwks_uri, "the metadata names no `jwks_uri`; set it with `.jwks_uri(..)`")
    }

    pub(crate) fn introspection_endpoint(&self) -> Result<&str, FetchError> {
        let missing = "the metadata names no `introspection_endpoint`; set it with `Introspection::endpoint`";
        wanted(&self.introspection_endpoint, missing)
    }
}

fn wanted<'e>(endpoint: &'e Endpoint, missing: &str) -> Result<&'e str, FetchError> {
    match endpoint {
        Some(Ok(url)) => Ok(url),
        Some(Err(why)) => Err(FetchError::new("junk", why)),
        None => Err(FetchError::new("junk", missing)),
    }
}

/// Finds the metadata of one issuer and keeps it for an hour; failures for a second.
pub(crate) struct Discovery {
    issuer: String,
    fetch: Arc<dyn Fetch>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    known: Option<Arc<Metadata>>,
    trust: Trust,
    looked_up: Duration,
    /// When it may be looked up again.
    again: Duration,
    last_error: Option<FetchError>,
    flight: Option<Passenger<Outcome>>,
}

/// Whether what is known still holds.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// As far as anybody knows.
    #[default]
    Firm,
    /// An address in it did not answer rightly.
    Shaken,
}

type Outcome = Result<Arc<Metadata>, FetchError>;

impl Discovery {
    /// Takes an issuer that [`check_issuer`] has let pass.
    pub(crate) fn new(issuer: String, fetch: Arc<dyn Fetch>, clock: Arc<dyn Clock>) -> Self {
        Self { issuer, fetch, clock, state: Mutex::default() }
    }

    /// Returns the metadata. What is known is given at once and renewed beside it; what is not, or is in doubt, is waited
    /// for, and those who ask at the same time share one fetch.
    ///
    /// To be called within a task of its own.
    pub(crate) async fn metadata(self: &Arc<Self>) -> Outcome {
        let (known, passenger, pilot) = {
            let mut state = self.state();
            let known = state.known.clone();
            let is_early = self.clock.elapsed() < state.again;
            match (&known, &state.last_error) {
                (Some(metadata), _) if is_early => return Ok(metadata.clone()),
                (None, Some(error)) if is_early => return Err(error.clone()),
                _ => {}
            }
            let known = known.filter(|_| state.trust == Trust::Firm);
            let (passenger, pilot) = board(&mut state.flight);
            (known, passenger, pilot)
        };
        if let Some(pilot) = pilot {
            let discovery = self.clone();
            self.fetch.spawn(Box::pin(async move {
                let found = discovery.find().await;
                telemetry::fetched("discovery", &discovery.issuer, found.as_ref().map(|_| "ok"));
                pilot.land(discovery.settle(found));
            }));
        }
        match known {
            // It may be there by now.
            Some(metadata) => Ok(self.state().known.clone().unwrap_or(metadata)),
            None => passenger.await.unwrap_or_else(|| {
                let error = FetchError::new("lost", "the fetch of the metadata was given up before its end");
                telemetry::fetched("discovery", &self.issuer, Err(&error));
                Err(error)
            }),
        }
    }

    /// Casts doubt on what is known: an address in it did not answer rightly. It is then looked up before it is used again.
    pub(crate) fn doubt(&self) {
        let mut state = self.state();
        state.trust = Trust::Shaken;
        state.again = state.again.min(state.looked_up.saturating_add(BETWEEN_FAILURES));
    }

    fn settle(&self, found: Result<Metadata, FetchError>) -> Outcome {
        let now = self.clock.elapsed();
        let mut state = self.state();
        state.looked_up = now;
        match (found.map(Arc::new), state.known.clone()) {
            (Ok(metadata), _) => {
                state.known = Some(metadata.clone());
                state.trust = Trust::Firm;
                state.again = now.saturating_add(METADATA_LIFE);
                state.last_error = None;
                Ok(metadata)
            }
            // An outage of the metadata alone is no reason to lose what is known.
            (Err(_), Some(metadata)) => {
                state.again = now.saturating_add(BETWEEN_RENEWALS);
                Ok(metadata)
            }
            (Err(error), None) => {
                state.again = now.saturating_add(BETWEEN_FAILURES);
                state.last_error = Some(error.clone());
                Err(error)
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn find(&self) -> Result<Metadata, FetchError> {
        let (mut first, mut foreign) = (None, None);
        for url in well_known(&self.issuer) {
            let request = Request::get(&url).header(ACCEPT, "application/json").body(Vec::new());
            let request = request.map_err(|_| FetchError::new("address", format!("{url}: is not a URL")))?;
            let error = match exchange(&*self.fetch, request, LONGEST_ANSWER).await {
                Ok(answer) if answer.status == StatusCode::OK => match self.read(&answer) {
                    Read::Metadata(metadata) => return Ok(metadata),
                    // The most telling of all errors, if no other place has the right one.
                    Read::Foreign(text) => {
                        foreign.get_or_insert(FetchError::new("issuer", text).at(&url));
                        continue;
                    }
                    Read::Junk(text) => FetchError::new("junk", text).at(&url),
                },
                Ok(answer) => match answer.ok() {
                    // Not there; perhaps at the next place.
                    Err(error) => error.at(&url),
                    Ok(_) => continue,
                },
                // All places are of one host, which is out of reach.
                Err(error) if matches!(error.code, "transport" | "timeout") => return Err(error),
                Err(error) => error,
            };
            first.get_or_insert(error);
        }
        Err(foreign.or(first).unwrap_or_else(|| FetchError::new("address", "the issuer is not a URL")))
    }

    fn read(&self, answer: &Answer) -> Read {
        let metadata = match Object::parse(&answer.body, DEEPEST_METADATA) {
            Ok(metadata) => metadata,
            Err(why) => return Read::Junk(format!("the metadata is {why}")),
        };
        // RFC 8414 §3.3, OpenID Connect Discovery §4.3: identical to the issuer, or the document is not used.
        match metadata.get("issuer").and_then(Value::as_str) {
            Some(issuer) if issuer == self.issuer => {}
            Some(issuer) => {
                let (found, expected) = (quoted(issuer), &self.issuer);
                let hint = hint(&found, expected);
                return Read::Foreign(format!(
                    "the metadata is of the issuer `{found}`, expected `{expected}`, byte for byte{hint}"
                ));
            }
            None => return Read::Junk("the metadata has no `issuer`".into()),
        }
        let endpoint = |name: &'static str| match metadata.get(name)? {
            Value::Null => None,
            value => Some(self.endpoint(name, value)),
        };
        let (jwks_uri, introspection_endpoint) = (endpoint("jwks_uri"), endpoint("introspection_endpoint"));
        Read::Metadata(Metadata { jwks_uri, introspection_endpoint })
    }

    fn endpoint(&self, name: &'static str, value: &Value<'_>) -> Result<String, String> {
        let text = value.as_str().ok_or_else(|| format!("`{name}` of the metadata is not a string"))?;
        match self.check_endpoint(text) {
            Ok(()) => Ok(text.to_owned()),
            Err(why) => Err(format!("`{name}` of the metadata, `{}`, {why}", quoted(text))),
        }
    }

    /// An issuer on the network cannot send us to ourselves.
    fn check_endpoint(&self, text: &str) -> Result<(), &'static str> {
        let uri = address(text)?;
        let issuer = address(&self.issuer)?;
        if is_loopback(&uri) && !is_loopback(&issuer) {
            return Err("is on loopback and the issuer is not");
        }
        Ok(())
    }
}

enum Read {
    Metadata(Metadata),
    /// Of another issuer.
    Foreign(String),
    Junk(String),
}

/// Makes sure that the metadata of an issuer can be looked for.
pub(crate) fn check_issuer(issuer: &str) -> Result<(), &'static str> {
    let uri = address(issuer)?;
    // RFC 8414 §2: no query or fragment components.
    if uri.query().is_some() { Err("has a query, which no issuer has") } else { Ok(()) }
}

/// Returns the places where the metadata may stand, in the order they are asked.
///
/// Most providers have the first. With a path in the issuer it is appended there, and inserted in the others.
fn well_known(issuer: &str) -> Vec<String> {
    let Ok(uri) = issuer.parse::<Uri>() else { return Vec::new() };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Vec::new() };
    // OpenID Connect Discovery §4, RFC 8414 §3.1: a terminating slash is removed first.
    let path = uri.path().strip_suffix('/').unwrap_or(uri.path());
    let base = format!("{scheme}://{authority}");
    let mut places = vec![
        // OpenID Connect Discovery §4: appended.
        format!("{base}{path}/.well-known/openid-configuration"),
        // RFC 8414 §3: inserted between host and path.
        format!("{base}/.well-known/oauth-authorization-server{path}"),
        // RFC 8414 §5: the OpenID name by the rule of RFC 8414.
        format!("{base}/.well-known/openid-configuration{path}"),
    ];
    if path.is_empty() {
        places.truncate(2);
    }
    places
}

/// How long metadata is known before it is looked up again.
const METADATA_LIFE: Duration = Duration::from_secs(60 * 60);
/// The same, where that failed and what is known serves on.
const BETWEEN_RENEWALS: Duration = Duration::from_secs(60);
/// The same, where nothing is known, or nothing that works.
const BETWEEN_FAILURES: Duration = Duration::from_secs(1);
const DEEPEST_METADATA: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_appended_for_openid_and_inserted_for_rfc_8414() {
        assert_eq!(
            well_known("https://id.example.com"),
            [
                "https://id.example.com/.well-known/openid-configuration",
                "https://id.example.com/.well-known/oauth-authorization-server",
            ]
        );
        assert_eq!(well_known("https://id.example.com/"), well_known("https://id.example.com"));
        let places = [
            "https://id.example.com:8443/realms/a/.well-known/openid-configuration",
            "https://id.example.com:8443/.well-known/oauth-authorization-server/realms/a",
            "https://id.example.com:8443/.well-known/openid-configuration/realms/a",
        ];
        assert_eq!(well_known("https://id.example.com:8443/realms/a"), places);
        assert_eq!(well_known("https://id.example.com:8443/realms/a/"), places);
    }
}
