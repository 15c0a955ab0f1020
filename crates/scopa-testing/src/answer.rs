use std::time::Duration;

use http::{HeaderName, HeaderValue, StatusCode};

/// What a [`TestProvider`](crate::TestProvider) answers at one of its addresses: anything that a server can do.
///
/// ```
/// use std::time::Duration;
/// use scopa_testing::{TestAnswer, TestProvider};
///
/// let provider = TestProvider::new();
/// provider.answer("/jwks.json", TestAnswer::status(500));
/// provider.answer("/jwks.json", TestAnswer::text(200, "<html>").header("content-type", "text/html"));
/// provider.answer("/jwks.json", TestAnswer::json(r#"{"keys": []}"#).after(Duration::from_secs(3)));
/// provider.answer("/jwks.json", TestAnswer::refused());
/// ```
#[derive(Debug, Clone)]
pub struct TestAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Vec<u8>,
    pub(crate) delay: Duration,
    pub(crate) end: End,
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    /// No connection.
    Refused,
    /// Nothing comes, ever.
    Hanging,
    /// The connection breaks after the body.
    Cut,
    /// The body is repeated until the client stops.
    Endless,
    /// The client panics.
    Panic,
}

impl TestAnswer {
    /// Answers with this status and text.
    ///
    /// ```
    /// let answer = scopa_testing::TestAnswer::text(404, "not here");
    /// # let _ = answer;
    /// ```
    pub fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers: Vec::new(),
            body: body.into(),
            delay: Duration::ZERO,
            end: End::Whole,
        }
    }

    /// Answers 200 with a JSON document.
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::text(200, body).header("content-type", "application/json")
    }

    /// Answers with this status and no content.
    pub fn status(status: u16) -> Self {
        Self::text(status, "")
    }

    /// Refuses the connection.
    pub fn refused() -> Self {
        Self { end: End::Refused, ..Self::status(200) }
    }

    /// Takes the request and never answers.
    pub fn hanging() -> Self {
        Self { end: End::Hanging, ..Self::status(200) }
    }

    /// Makes the HTTP client panic.
    pub fn panicking() -> Self {
        Self { end: End::Panic, ..Self::status(200) }
    }

    /// Breaks the connection off where the body should go on.
    #[must_use]
    pub fn cut(self) -> Self {
        Self { end: End::Cut, ..self }
    }

    /// Sends the body again and again, without an end.
    #[must_use]
    pub fn endless(self) -> Self {
        Self { end: End::Endless, ..self }
    }

    /// Answers only when so much time has passed.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Adds a header. What cannot be one is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (name.parse(), value.parse()) {
            self.headers.push((name, value));
        }
        self
    }
}
