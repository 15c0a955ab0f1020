use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use scopa::{KeySet, KeySource, KeysFuture};

use crate::issuer::key_set;

/// Says when the keys of [`TestIssuer::keys_later`](crate::TestIssuer::keys_later) come. A clone speaks for the
/// same keys.
///
/// Requests that wait are woken; those that come afterwards have the answer at once. The last word counts, so a
/// test can let keys fail first and arrive later.
///
/// ```
/// # use scopa_testing::TestIssuer;
/// use futures_util::FutureExt as _;
/// use scopa::KeySource as _;
///
/// let (late, source) = TestIssuer::keys_later();
/// assert!(source.keys().now_or_never().is_none());
/// late.fail();
/// assert!(source.keys().now_or_never().unwrap().is_err());
/// late.arrive();
/// assert!(source.keys().now_or_never().unwrap().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct LateKeys {
    news: Arc<Mutex<News>>,
}

#[derive(Debug, Default)]
struct News {
    outcome: Option<Outcome>,
    waiting: Vec<Waker>,
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Arrived,
    Failed,
}

impl LateKeys {
    /// Lets the keys of the test issuer arrive.
    pub fn arrive(&self) {
        self.settle(Outcome::Arrived);
    }

    /// Lets the keys fail: callers are answered 503.
    pub fn fail(&self) {
        self.settle(Outcome::Failed);
    }

    fn settle(&self, outcome: Outcome) {
        let waiting = {
            let mut news = self.news();
            news.outcome = Some(outcome);
            std::mem::take(&mut news.waiting)
        };
        // Woken without the lock: a waker may poll at once.
        waiting.into_iter().for_each(Waker::wake);
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the keys and the word about them.
pub(crate) fn later() -> (LateKeys, impl KeySource) {
    let late = LateKeys { news: Arc::default() };
    (late.clone(), Later(late))
}

struct Later(LateKeys);

impl KeySource for Later {
    fn keys(&self) -> KeysFuture {
        Box::pin(Waiting(self.0.clone()))
    }
}

struct Waiting(LateKeys);

impl Future for Waiting {
    type Output = <KeysFuture as Future>::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut news = self.0.news();
        match news.outcome {
            Some(Outcome::Arrived) => Poll::Ready(Ok::<KeySet, _>(key_set())),
            Some(Outcome::Failed) => Poll::Ready(Err(OUT_OF_REACH.into())),
            None => {
                if !news.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                    news.waiting.push(context.waker().clone());
                }
                Poll::Pending
            }
        }
    }
}

/// Keys that cannot be had.
pub(crate) struct OutOfReach;

impl KeySource for OutOfReach {
    fn keys(&self) -> KeysFuture {
        Box::pin(std::future::ready(Err(OUT_OF_REACH.into())))
    }
}

const OUT_OF_REACH: &str = "the test issuer's keys are out of reach";
