use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use scopa::{BoxFuture, Fetch, FetchBody};
use serde_json::{Value, json};

use crate::answer::{End, TestAnswer};
use crate::clock::ManualClock;
use crate::issuer::TestIssuer;
use crate::stage::Stage;

/// An identity provider without a network: serves metadata, keys and introspection of a [`TestIssuer`], and fails in
/// every way that a test asks for. A clone is the same provider.
///
/// A validator reaches it as it would reach the network, by [`Fetch`]. What it fetches is carried out at once; what
/// has to wait goes on when the test lets time pass with [`advance`](Self::advance). No runtime is needed, and none is
/// in the way.
///
/// ```
/// use std::time::Duration;
/// use scopa_testing::{TestAnswer, TestProvider};
///
/// let provider = TestProvider::new();
/// let auth = provider.issuer().validator().discover(provider.clone()).build()?;
/// let bearer = provider.issuer().token().bearer();
/// let status = || match auth.authenticate([bearer.as_bytes()]).now_or_later().unwrap() {
///     Ok(_) => 200,
///     Err(refusal) => refusal.status().as_u16(),
/// };
///
/// provider.answer("/jwks.json", TestAnswer::refused());
/// assert_eq!(status(), 503);
/// provider.heal();
/// provider.advance(Duration::from_secs(1)); // it is not asked again at once
/// assert_eq!(status(), 200);
/// assert_eq!(provider.fetches("/jwks.json"), 2);
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct TestProvider {
    issuer: TestIssuer,
    stage: Stage,
    world: Arc<Mutex<World>>,
}

#[derive(Default)]
struct World {
    /// Those of a path in turn: the first is next.
    answers: HashMap<String, VecDeque<TestAnswer>>,
    delay: Duration,
    kids: Option<Vec<String>>,
    introspected: HashMap<String, Value>,
    requests: Vec<Request<Vec<u8>>>,
}

impl TestProvider {
    /// Makes a provider for a new [`TestIssuer`].
    pub fn new() -> Self {
        Self::of(TestIssuer::new())
    }

    /// Makes a provider for this issuer. Its time is the issuer's clock.
    pub fn of(issuer: TestIssuer) -> Self {
        let stage = Stage::new(issuer.clock());
        Self { issuer, stage, world: Arc::default() }
    }

    /// Returns the issuer, to sign tokens.
    pub fn issuer(&self) -> &TestIssuer {
        &self.issuer
    }

    /// Returns the clock. It moves without waking anybody: [`advance`](Self::advance) lets time pass.
    pub fn clock(&self) -> ManualClock {
        self.issuer.clock()
    }

    /// Lets time pass, and carries out what that leads to.
    pub fn advance(&self, by: Duration) {
        self.stage.advance(by);
    }

    /// Drops the fetches that are under way, as when the runtime that carries them out shuts down.
    pub fn drop_fetches(&self) {
        self.stage.drop_tasks();
    }

    /// Drops every fetch from now on before it has begun, as a runtime does that has shut down.
    ///
    /// ```
    /// # use scopa_testing::TestProvider;
    /// let provider = TestProvider::new();
    /// let auth = provider.issuer().validator().discover(provider.clone()).build()?;
    /// let bearer = provider.issuer().token().bearer();
    /// provider.shut_down();
    /// let refusal = auth.authenticate([bearer.as_bytes()]).now_or_later().unwrap().unwrap_err();
    /// assert_eq!(refusal.status(), 503);
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn shut_down(&self) {
        self.stage.shut_down();
    }

    /// Publishes only the keys with these identifiers (`kid`); see [`TestIssuer::jwks`] for their names.
    ///
    /// ```
    /// # use scopa_testing::TestProvider;
    /// let provider = TestProvider::new();
    /// provider.publish(["es256"]);
    /// ```
    pub fn publish(&self, kids: impl IntoIterator<Item = impl Into<String>>) {
        self.world().kids = Some(kids.into_iter().map(Into::into).collect());
    }

    /// Returns the key set that it publishes.
    pub fn jwks(&self) -> String {
        published(&self.world(), &self.issuer)
    }

    /// Answers so at this path, until it is told otherwise. The paths are `/jwks.json`, `/introspect` and those of the
    /// metadata, `/.well-known/openid-configuration` first, below the path of the issuer if it has one.
    pub fn answer(&self, path: &str, answer: TestAnswer) {
        self.answer_in_turn(path, [answer]);
    }

    /// Gives these answers in turn at this path, over and over.
    ///
    /// ```
    /// # use scopa_testing::{TestAnswer, TestProvider};
    /// let provider = TestProvider::new();
    /// provider.answer_in_turn("/jwks.json", [TestAnswer::status(500), TestAnswer::json(provider.jwks())]);
    /// ```
    pub fn answer_in_turn(&self, path: &str, answers: impl IntoIterator<Item = TestAnswer>) {
        self.world().answers.insert(path.to_owned(), answers.into_iter().collect());
    }

    /// Answers so at every path.
    pub fn answer_all(&self, answer: TestAnswer) {
        self.answer("*", answer);
    }

    /// Answers as before, only so much later, everywhere.
    ///
    /// ```
    /// use std::time::Duration;
    /// # use scopa_testing::TestProvider;
    /// let provider = TestProvider::new();
    /// let auth = provider.issuer().validator().discover(provider.clone()).build()?;
    /// let bearer = provider.issuer().token().bearer();
    /// provider.answer_after(Duration::from_secs(2));
    /// assert!(auth.authenticate([bearer.as_bytes()]).now_or_later().is_err(), "waits");
    /// provider.advance(Duration::from_secs(2)); // for the metadata
    /// provider.advance(Duration::from_secs(2)); // for the keys
    /// assert!(auth.authenticate([bearer.as_bytes()]).now_or_later().unwrap().is_ok());
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn answer_after(&self, delay: Duration) {
        self.world().delay = delay;
    }

    /// Answers rightly and at once again, everywhere, and carries fetches out.
    pub fn heal(&self) {
        self.stage.start_up();
        let mut world = self.world();
        world.answers.clear();
        world.delay = Duration::ZERO;
    }

    /// Says this of an opaque token at the introspection endpoint (RFC 7662 §2.2). Of all others it says that they are
    /// not active.
    ///
    /// ```
    /// # use scopa_testing::TestProvider;
    /// let provider = TestProvider::new();
    /// provider.introspects("opaque-1", r#"{"active": true, "aud": "https://api.example.com", "scope": "read"}"#);
    /// ```
    pub fn introspects(&self, token: &str, answer: &str) {
        let answer = serde_json::from_str(answer).unwrap_or(Value::String(answer.to_owned()));
        self.world().introspected.insert(token.to_owned(), answer);
    }

    /// Returns how often this path was asked for.
    pub fn fetches(&self, path: &str) -> usize {
        self.world().requests.iter().filter(|request| request.uri().path() == path).count()
    }

    /// Returns the requests that came, in their order.
    pub fn requests(&self) -> Vec<Request<Vec<u8>>> {
        self.world().requests.clone()
    }

    fn reply(&self, request: Request<Vec<u8>>) -> TestAnswer {
        let mut world = self.world();
        let path = request.uri().path().to_owned();
        let token = form_value(request.body(), "token");
        world.requests.push(request);
        let told = if world.answers.contains_key(&path) { &path } else { "*" };
        let answer = match world.answers.get_mut(told).and_then(in_turn) {
            Some(answer) => answer,
            None => self.right_answer(&world, &path, token),
        };
        let delay = answer.delay.saturating_add(world.delay);
        answer.after(delay)
    }

    fn right_answer(&self, world: &World, path: &str, token: Option<String>) -> TestAnswer {
        let issuer = self.issuer.issuer();
        let base = issuer.strip_suffix('/').unwrap_or(issuer);
        match path.rsplit_once('/') {
            Some((_, "openid-configuration")) => TestAnswer::json(
                json!({
                    "issuer": issuer,
                    "jwks_uri": format!("{base}/jwks.json"),
                    "introspection_endpoint": format!("{base}/introspect"),
                })
                .to_string(),
            ),
            Some((_, "jwks.json")) => TestAnswer::json(published(world, &self.issuer)),
            Some((_, "introspect")) => {
                let known = token.and_then(|token| world.introspected.get(&token));
                let answer = known.cloned().unwrap_or_else(|| json!({ "active": false }));
                TestAnswer::json(answer.to_string())
            }
            _ => TestAnswer::status(404),
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes the next answer, which then is the last.
fn in_turn(answers: &mut VecDeque<TestAnswer>) -> Option<TestAnswer> {
    let next = answers.front().cloned();
    let count = answers.len().min(1);
    answers.rotate_left(count);
    next
}

/// Returns the value of a field of a form.
fn form_value(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(field, _)| field == name).map(|(_, value)| value.into_owned())
}

fn published(world: &World, issuer: &TestIssuer) -> String {
    let Some(kids) = &world.kids else { return issuer.jwks() };
    let mut set: Value = serde_json::from_str(&issuer.jwks()).unwrap_or_default();
    if let Some(Value::Array(keys)) = set.get_mut("keys") {
        keys.retain(|key| kids.iter().any(|kid| key.get("kid").and_then(Value::as_str) == Some(kid)));
    }
    set.to_string()
}

impl Fetch for TestProvider {
    fn fetch<'a>(
        &'a self,
        request: Request<Vec<u8>>,
        body: &'a mut FetchBody,
    ) -> BoxFuture<'a, Result<Response<()>, Box<dyn Error + Send + Sync>>> {
        Box::pin(async move {
            let answer = self.reply(request);
            self.stage.sleep(answer.delay).await;
            match answer.end {
                End::Refused => return Err("connection refused".into()),
                End::Hanging => std::future::pending().await,
                End::Panic => panic(),
                End::Endless => loop {
                    body.push(if answer.body.is_empty() { b" " } else { &answer.body })?;
                },
                End::Whole | End::Cut => body.push(&answer.body)?,
            }
            if answer.end == End::Cut {
                return Err("the connection was closed before the content was complete".into());
            }
            let mut response = Response::new(());
            *response.status_mut() = answer.status;
            for (name, value) in answer.headers {
                response.headers_mut().append(name, value);
            }
            Ok(response)
        })
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        self.stage.spawn(task);
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(self.stage.sleep(time))
    }
}

#[expect(clippy::panic, reason = "the test asked for it")]
fn panic() {
    panic!("the HTTP client panics, as the test wanted");
}

impl Default for TestProvider {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for TestProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestProvider").field("issuer", &self.issuer.issuer()).finish_non_exhaustive()
    }
}
