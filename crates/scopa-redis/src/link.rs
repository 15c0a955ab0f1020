use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, RedisError, ServerErrorKind, Value};
use scopa::{Clock, ConfigError, SystemClock};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// The way to Redis: one connection, and the thread that drives it.
///
/// The thread is its own, so that the connection outlives every runtime of the service, and whoever asks needs none.
pub(crate) struct Link {
    handle: Handle,
    /// Taken when the link is dropped.
    runtime: Option<Runtime>,
    wire: Arc<Wire>,
}

/// How long may be waited for Redis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) connection: Duration,
    pub(crate) response: Duration,
}

impl Link {
    /// Makes a link that is not connected. No input or output, but a thread.
    pub(crate) fn new(client: Client) -> Result<Self, ConfigError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("scopa-redis")
            .enable_all()
            .build()
            .map_err(|error| ConfigError::new("thread", format!("no thread can be started: {error}")))?;
        let wire = Arc::new(Wire { client, state: Mutex::new(State::Idle { generation: 0 }) });
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime), wire })
    }

    /// Returns where Redis is, without user and password.
    pub(crate) fn address(&self) -> impl fmt::Display {
        self.wire.client.get_connection_info().addr()
    }

    /// Sends a command and waits for its answer, never longer than the patience for both parts together.
    pub(crate) async fn ask(self: Arc<Self>, command: Cmd, patience: Patience) -> Result<Value, Away> {
        let wire = self.wire.clone();
        let exchange = self.handle.spawn(async move {
            let whole = patience.connection.saturating_add(patience.response);
            timeout(whole, wire.exchange(&command, patience)).await.unwrap_or_else(|_| Err(Away::late(whole)))
        });
        // Lost only when the client panicked, or the process ends.
        let answer =
            exchange.await.unwrap_or_else(|lost| Err(Away(format!("the exchange broke off: {lost}"))));
        answer.map_err(|Away(why)| Away(format!("redis at {}: {why}", self.address())))
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Dropped as it is, a runtime waits for its threads, which may not be done where others are polled.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Link({})", self.address())
    }
}

/// What the tasks of the thread share.
struct Wire {
    client: Client,
    state: Mutex<State>,
}

enum State {
    /// Not connected. Connections are numbered, so that each is given up once, however many wait for it.
    Idle {
        generation: u64,
    },
    Connected {
        generation: u64,
        connection: MultiplexedConnection,
    },
    /// The last attempt failed, at this time of the clock that never goes back.
    Failed {
        generation: u64,
        at: Duration,
        why: Away,
    },
}

impl Wire {
    async fn exchange(&self, command: &Cmd, patience: Patience) -> Result<Value, Away> {
        let (generation, connection) = self.connection(patience.connection).await?;
        match self.attempt(command, generation, connection, patience.response).await {
            // A connection that had been broken for a while is noticed only now: that is no reason to fail.
            Err(Failure::Broken(_)) => {
                let (generation, connection) = self.connection(patience.connection).await?;
                let again = self.attempt(command, generation, connection, patience.response).await;
                again.map_err(Away::from)
            }
            outcome => outcome.map_err(Away::from),
        }
    }

    async fn attempt(
        &self,
        command: &Cmd,
        generation: u64,
        mut connection: MultiplexedConnection,
        patience: Duration,
    ) -> Result<Value, Failure> {
        let failure = match timeout(patience, command.query_async(&mut connection)).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(error)) if is_answer(&error) => return Err(Failure::Answered(error)),
            Ok(Err(error)) => Failure::Broken(error),
            // Of a machine that went away without a word nothing else is ever heard.
            Err(_) => Failure::Late(patience),
        };
        self.give_up(generation).await;
        Err(failure)
    }

    /// Returns the connection, and makes it if there is none. Who comes while another one makes it waits for that.
    async fn connection(&self, patience: Duration) -> Result<(u64, MultiplexedConnection), Away> {
        let mut state = self.state.lock().await;
        let generation = match &*state {
            State::Connected { generation, connection } => return Ok((*generation, connection.clone())),
            State::Failed { at, why, .. } if SystemClock.elapsed() < at.saturating_add(PAUSE) => {
                return Err(why.clone());
            }
            State::Idle { generation } | State::Failed { generation, .. } => generation.wrapping_add(1),
        };
        match connect(&self.client, patience).await {
            Ok(connection) => {
                *state = State::Connected { generation, connection: connection.clone() };
                Ok((generation, connection))
            }
            Err(why) => {
                *state = State::Failed { generation, at: SystemClock.elapsed(), why: why.clone() };
                Err(why)
            }
        }
    }

    async fn give_up(&self, broken: u64) {
        let mut state = self.state.lock().await;
        if matches!(&*state, State::Connected { generation, .. } if *generation == broken) {
            *state = State::Idle { generation: broken };
        }
    }
}

async fn connect(client: &Client, patience: Duration) -> Result<MultiplexedConnection, Away> {
    #[cfg(feature = "tls")]
    choose_cryptography();
    // The times are kept here, for the whole of it: looking the name up, connecting, TLS and the password.
    let untimed = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    match timeout(patience, client.get_multiplexed_async_connection_with_config(&untimed)).await {
        Ok(Ok(connection)) => Ok(connection),
        Ok(Err(error)) => Err(Away(format!("no connection: {error}"))),
        Err(_) => Err(Away(format!("no connection within {} ms", patience.as_millis()))),
    }
}

/// Makes sure that rustls has its cryptography for this process: without one, or with two to choose from, it panics.
///
/// As late as this, so that the service can choose at its start.
#[cfg(feature = "tls")]
fn choose_cryptography() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // An error means that somebody chose at the same time.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    }
}

/// Tells whether an error came from Redis as its answer, so that the connection is as good as before.
fn is_answer(error: &RedisError) -> bool {
    match error.kind() {
        // Since a fail-over this is not the server that takes writes; a new connection may lead to that.
        ErrorKind::Server(kind) => kind != ServerErrorKind::ReadOnly,
        ErrorKind::Extension | ErrorKind::UnexpectedReturnType => true,
        _ => false,
    }
}

enum Failure {
    Answered(RedisError),
    Broken(RedisError),
    Late(Duration),
}

/// Why Redis gave no answer that could be used. Holds no password and no name out of a token.
#[derive(Debug, Clone)]
pub(crate) struct Away(pub(crate) String);

impl Away {
    fn late(patience: Duration) -> Self {
        Self(format!("no answer within {} ms", patience.as_millis()))
    }
}

impl From<Failure> for Away {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Answered(error) => Self(format!("an error as answer: {error}")),
            Failure::Broken(error) => Self(format!("the connection failed: {error}")),
            Failure::Late(patience) => Self::late(patience),
        }
    }
}

impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Away {}

/// How long nobody tries to connect after an attempt failed: what is asked meanwhile fails at once.
const PAUSE: Duration = Duration::from_secs(1);
