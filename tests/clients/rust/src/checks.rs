//! Counting, the browser, and the API.

use std::fmt::Debug;
use std::time::Duration;

use oauth2::basic::{BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse};
use oauth2::reqwest::Error;
use oauth2::reqwest::blocking::{Client, Response};
use oauth2::reqwest::header::LOCATION;
use oauth2::reqwest::redirect::Policy;
use oauth2::url::Url;
use oauth2::{
    HttpClientError, HttpRequest, HttpResponse, RequestTokenError, RevocationErrorResponseType,
    SyncHttpClient,
};

/// Whatever ends a step before its end.
pub type Failure = Box<dyn std::error::Error>;

/// A line for each check, and a count at the end. One that failed does not end the run.
#[derive(Default)]
pub struct Checks {
    passed: usize,
    failed: usize,
}

impl Checks {
    pub fn same<T: PartialEq + Debug>(&mut self, name: &str, found: T, expected: T) {
        if found == expected {
            self.passed += 1;
            println!("ok    {name}");
        } else {
            self.failed += 1;
            println!("FAIL  {name}: {found:?}, expected {expected:?}");
        }
    }

    pub fn holds(&mut self, name: &str, held: bool) {
        self.same(name, held, true);
    }

    /// The answer is an error that the crate has read as such.
    pub fn refused<T, E: Debug + std::error::Error + 'static>(
        &mut self,
        name: &str,
        found: Result<T, RequestTokenError<E, BasicErrorResponse>>,
        expected: BasicErrorResponseType,
    ) {
        let found = match found {
            Ok(_) => "no error".to_owned(),
            Err(RequestTokenError::ServerResponse(said)) => format!("{:?}", said.error()),
            Err(other) => format!("{other:?}"),
        };
        self.same(name, found, format!("{expected:?}"));
    }

    /// The same for the revocation endpoint, whose errors are of another type.
    pub fn not_revoked<E: Debug + std::error::Error + 'static>(
        &mut self,
        name: &str,
        found: Result<(), RequestTokenError<E, BasicRevocationErrorResponse>>,
        expected: RevocationErrorResponseType,
    ) {
        let found = match found {
            Ok(()) => "no error".to_owned(),
            Err(RequestTokenError::ServerResponse(said)) => format!("{:?}", said.error()),
            Err(other) => format!("{other:?}"),
        };
        self.same(name, found, format!("{expected:?}"));
    }

    pub fn step(&mut self, name: &str, step: impl FnOnce(&mut Self) -> Result<(), Failure>) {
        if let Err(error) = step(self) {
            self.failed += 1;
            println!("FAIL  {name} goes on to its end: {error:?}");
        }
    }

    pub fn end(self) -> bool {
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0 && self.passed > 0
    }
}

/// What the crate, the browser and the caller of the API send their requests with.
pub fn http() -> Result<Client, Failure> {
    let client = Client::builder().redirect(Policy::none()).no_proxy().timeout(Duration::from_secs(20));
    Ok(client.build()?)
}

/// Sends what the crate sends over TLS only, without TLS: the issuer listens on loopback.
pub fn beneath_tls(http: &Client, mut request: HttpRequest) -> Result<HttpResponse, HttpClientError<Error>> {
    if let Ok(plain) = request.uri().to_string().replacen("https:", "http:", 1).parse() {
        *request.uri_mut() = plain;
    }
    http.call(request)
}

/// Follows an authorization request as the browser of somebody who consents. Returns where it is sent.
pub fn consent(http: &Client, url: Url) -> Result<Url, Failure> {
    let answer = http.get(url).header("x-test-user", "user-1").send()?;
    let Some(location) = answer.headers().get(LOCATION) else {
        return Err(format!("no redirect, but {}: {:.300}", answer.status(), answer.text()?).into());
    };
    Ok(Url::parse(location.to_str()?)?)
}

/// The status that a route of the API answers with.
pub fn api(http: &Client, url: &str, token: &str) -> Result<u16, Failure> {
    let answer: Response = http.get(url).bearer_auth(token).send()?;
    Ok(answer.status().as_u16())
}

/// A parameter of a redirect.
pub fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs()
        .find(|(found, _)| found == name)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
