/// What becomes of a token while Redis does not answer: the choice between two kinds of harm.
///
/// ```
/// use std::time::Duration;
/// use scopa_redis::{RedisRevocationList, WhenAway};
///
/// let list = RedisRevocationList::new("redis://127.0.0.1", WhenAway::Refuse, Duration::from_secs(3600))?;
/// assert!(format!("{list:?}").contains("Refuse"));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenAway {
    /// Nobody knows, so nobody gets in: 503 and `Retry-After`. The service is away when Redis is.
    Refuse,
    /// The token counts as not revoked, and the log says so with a warning. What was revoked is good until Redis is
    /// back.
    Accept,
}
