use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, Cmd, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, Value};
use scopa::{Access, ConfigError, Revocation, RevokeError, Revoked};

use crate::WhenAway;
use crate::entry::{Entry, Kind, REVOKE};
use crate::link::{Away, Link, Patience};

/// Revoked tokens, subjects and clients on Redis: for a service on many machines. A clone is the same list.
///
/// The methods and what they mean are those of [`scopa::RevocationList`]: a subject or a client is revoked up to a
/// time, tokens issued then or before are refused, and so are those that do not say when (no `iat`). All who use the
/// same Redis with the same [`prefix`](Self::prefix) share one list.
///
/// ```
/// use std::time::Duration;
/// use scopa_redis::{RedisRevocationList, WhenAway};
///
/// let list = RedisRevocationList::new("redis://127.0.0.1:6379/0", WhenAway::Refuse, Duration::from_secs(3600))?
///     .prefix("crashes:revoked:")
///     .response_timeout(Duration::from_millis(200));
/// # assert!(format!("{list:?}").contains("crashes:revoked:"));
///
/// // Log out everywhere: all that `user-1` was given so far.
/// async fn log_out(list: &RedisRevocationList, now: u64) -> Result<(), scopa::RevokeError> {
///     list.revoke_subject("https://id.example.com", "user-1", now).await
/// }
/// # let _ = log_out;
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct RedisRevocationList {
    when_away: WhenAway,
    longest_life: u64,
    prefix: Arc<str>,
    patience: Patience,
    link: Arc<Link>,
}

impl RedisRevocationList {
    /// Makes the list. Does not connect, so Redis may be away.
    ///
    /// `url` is `redis://user:password@host:6379/0`, `rediss` with TLS (feature `tls`), or `redis+unix:///path`; user,
    /// password, port and the number of the database may be left out. `longest_life` is how long a token lives at
    /// most, from `iat` to `exp`: what is revoked for a subject or a client is kept that long.
    ///
    /// # Errors
    /// `url` is no such address; or no thread can be started.
    ///
    /// # Security
    /// A token that lives longer is good again after that time. Where an issuer cannot be relied upon,
    /// [`max_age`](scopa::ValidatorBuilder::max_age) refuses such tokens.
    pub fn new(url: &str, when_away: WhenAway, longest_life: Duration) -> Result<Self, ConfigError> {
        Ok(Self {
            when_away,
            longest_life: longest_life.as_secs(),
            prefix: DEFAULT_PREFIX.into(),
            patience: Patience { connection: DEFAULT_PATIENCE, response: DEFAULT_PATIENCE },
            link: Arc::new(Link::new(client(url)?)?),
        })
    }

    /// Sets how every key starts. `scopa:revoked:` by default.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long a connection may take to be made. 500 ms by default.
    ///
    /// A request waits for this only while there is no connection.
    #[must_use]
    pub fn connection_timeout(mut self, time: Duration) -> Self {
        self.patience.connection = time;
        self
    }

    /// Sets how long Redis may take to answer. 500 ms by default.
    ///
    /// A request waits for this and the [`connection_timeout`](Self::connection_timeout) together at most.
    #[must_use]
    pub fn response_timeout(mut self, time: Duration) -> Self {
        self.patience.response = time;
        self
    }

    /// Revokes one token, by its `jti`, until its end.
    ///
    /// # Errors
    /// `NoTokenId` when it has none, `Unavailable` when Redis is away.
    pub async fn revoke_token(&self, access: &Access) -> Result<(), RevokeError> {
        let token_id = access.token_id().ok_or(RevokeError::NoTokenId)?;
        self.revoke_token_id(access.issuer(), token_id, access.expires_at()).await
    }

    /// Revokes the token of this issuer that has this `jti` and is good until `expires_at` (`exp`), in seconds since
    /// 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// `NoTokenId` when it is empty, `NotSeconds` for a time after the year 9999, `Unavailable` when Redis is away.
    pub async fn revoke_token_id(
        &self,
        issuer: &str,
        token_id: &str,
        expires_at: u64,
    ) -> Result<(), RevokeError> {
        if token_id.is_empty() {
            return Err(RevokeError::NoTokenId);
        }
        self.revoke(Kind::Token, issuer, token_id, Entry::token(expires_at)?).await
    }

    /// Revokes what this issuer issued for this subject (`sub`) at or before `issued_until`, in seconds since
    /// 1970-01-01T00:00:00Z: log out everywhere.
    ///
    /// A second call with an earlier time takes nothing back, whoever makes it.
    ///
    /// # Errors
    /// `NotSeconds` for a time after the year 9999, `Unavailable` when Redis is away.
    pub async fn revoke_subject(
        &self,
        issuer: &str,
        subject: &str,
        issued_until: u64,
    ) -> Result<(), RevokeError> {
        self.revoke(Kind::Subject, issuer, subject, Entry::holder(issued_until, self.longest_life)?).await
    }

    /// Revokes what this issuer issued to this client at or before `issued_until`, in seconds since
    /// 1970-01-01T00:00:00Z: its secret leaked.
    ///
    /// # Errors
    /// `NotSeconds` for a time after the year 9999, `Unavailable` when Redis is away.
    pub async fn revoke_client(
        &self,
        issuer: &str,
        client_id: &str,
        issued_until: u64,
    ) -> Result<(), RevokeError> {
        self.revoke(Kind::Client, issuer, client_id, Entry::holder(issued_until, self.longest_life)?).await
    }

    async fn revoke(&self, kind: Kind, issuer: &str, name: &str, entry: Entry) -> Result<(), RevokeError> {
        let mut command = redis::cmd("EVAL");
        command.arg(REVOKE).arg(1).arg(kind.key(&self.prefix, issuer, name));
        command.arg(entry.issued_until).arg(entry.ends_at);
        let answer = self.link.clone().ask(command, self.patience).await;
        answer.map(drop).map_err(|away| RevokeError::Unavailable(away.into()))
    }
}

impl Revocation for RedisRevocationList {
    fn revoked(&self, access: &Access) -> Revoked {
        let names = [
            (Kind::Token, access.token_id()),
            (Kind::Subject, access.subject()),
            (Kind::Client, access.client_id()),
        ];
        let mut command = redis::cmd("MGET");
        for (kind, name) in names {
            if let Some(name) = name {
                command.arg(kind.key(&self.prefix, access.issuer(), name));
            }
        }
        if names.iter().all(|(_, name)| name.is_none()) {
            return Revoked::No;
        }
        Revoked::Later(Box::pin(check(self.clone(), command, access.issued_at())))
    }
}

async fn check(
    list: RedisRevocationList,
    command: Cmd,
    issued_at: Option<u64>,
) -> Result<bool, Box<dyn Error + Send + Sync>> {
    let answer = list.link.ask(command, list.patience).await;
    match (answer.and_then(|answer| refuses(answer, issued_at)), list.when_away) {
        (Ok(is_revoked), _) => Ok(is_revoked),
        (Err(away), WhenAway::Refuse) => Err(away.into()),
        (Err(away), WhenAway::Accept) => {
            let detail = away.to_string();
            tracing::warn!(target: "scopa", { "error.type" = "revocation_unknown", detail }, "accepted unchecked");
            Ok(false)
        }
    }
}

/// Reads the answer to `MGET`: tells whether any entry refuses a token of this issue.
fn refuses(answer: Value, issued_at: Option<u64>) -> Result<bool, Away> {
    // Whoever wrote something else there, it is not known what he meant.
    let strange = || Away("an answer that is none: something else writes to the same keys".to_owned());
    let Value::Array(values) = answer else { return Err(strange()) };
    let mut is_revoked = false;
    for value in values {
        match value {
            Value::Nil => {}
            Value::BulkString(value) => {
                is_revoked |= Entry::parse(&value).ok_or_else(strange)?.refuses(issued_at);
            }
            _ => return Err(strange()),
        }
    }
    Ok(is_revoked)
}

/// Reads an address. What is wrong with it is told without quoting it: there may be a password in it.
fn client(url: &str) -> Result<Client, ConfigError> {
    let problem = |problem: &str| ConfigError::new("url", problem);
    let is_tls = ["rediss:", "valkeys:"].iter().any(|scheme| url.starts_with(scheme));
    if is_tls && cfg!(not(feature = "tls")) {
        return Err(problem("TLS needs the feature `tls` of scopa-redis"));
    }
    let info = url.into_connection_info().map_err(|_| {
        problem(
            "is no address of Redis; write it as `redis://user:password@host:6379/0` or `redis+unix:///path`",
        )
    })?;
    if matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
        return Err(problem("`#insecure` checks no certificate; leave it out, and let the machine trust it"));
    }
    let client = Client::open(prompt(info));
    client.map_err(|_| problem("is no address that the client takes"))
}

/// Sends each command at once, and does not collect small ones.
fn prompt(info: ConnectionInfo) -> ConnectionInfo {
    info.set_tcp_settings(TcpSettings::default().set_nodelay(true))
}

impl fmt::Debug for RedisRevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRevocationList")
            .field("link", &self.link)
            .field("when_away", &self.when_away)
            .field("prefix", &self.prefix)
            .field("patience", &self.patience)
            .finish_non_exhaustive()
    }
}

const DEFAULT_PREFIX: &str = "scopa:revoked:";
const DEFAULT_PATIENCE: Duration = Duration::from_millis(500);
