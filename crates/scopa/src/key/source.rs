use std::error::Error;
use std::future::Future;
use std::pin::Pin;

use super::KeySet;

/// Why keys could not be had.
pub(crate) type KeysError = Box<dyn Error + Send + Sync>;

/// Keys, now or later: what a [`KeySource`] gives.
pub type KeysFuture = Pin<Box<dyn Future<Output = Result<KeySet, Box<dyn Error + Send + Sync>>> + Send>>;

/// Gives keys that may change while the service runs, or that must be waited for.
///
/// Asked for every token whose header could be accepted, so an implementation keeps what it has and gives it at
/// once; a [`KeySet`] is cheap to clone. It bounds its own waiting: a request waits as long as this future does.
/// An error is answered with 503 and `Retry-After`, never with 401: nobody knows whether the token is good.
///
/// ```
/// use std::sync::RwLock;
/// use scopa::{KeySet, KeySource, KeysFuture};
///
/// /// Keys that an operator can replace.
/// struct Replaceable(RwLock<Option<KeySet>>);
///
/// impl KeySource for Replaceable {
///     fn keys(&self) -> KeysFuture {
///         let keys = self.0.read().ok().and_then(|keys| keys.clone());
///         Box::pin(async move { keys.ok_or_else(|| "no keys yet".into()) })
///     }
/// }
/// # fn assert_source(_: impl KeySource) {}
/// # assert_source(Replaceable(RwLock::new(None)));
/// # assert!(KeySet::from_secret(scopa::Algorithm::HS256, [7; 32]).is_ok());
/// ```
pub trait KeySource: Send + Sync + 'static {
    /// Returns the keys, or waits for them.
    fn keys(&self) -> KeysFuture;
}
