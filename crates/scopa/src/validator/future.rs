use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::access::Access;
use crate::fetch::BoxFuture;
use crate::refusal::Refusal;

/// The outcome of [`Validator::authenticate`](crate::Validator::authenticate), complete at birth when the keys are at
/// hand.
///
/// Holds nothing of the request, so it can outlive it. [`now_or_later`](Self::now_or_later) takes the outcome
/// without polling.
#[must_use = "nothing is known about the caller until this has given its outcome"]
pub struct Authenticate {
    state: State,
    remembered: bool,
}

enum State {
    Done(Result<Access, Refusal>),
    Waiting(BoxFuture<'static, Result<Access, Refusal>>),
    Taken,
}

impl Authenticate {
    pub(super) fn done(outcome: Result<Access, Refusal>) -> Self {
        Self { state: State::Done(outcome), remembered: false }
    }

    /// Returns the access of a token that was accepted before, and costs nothing to ask about again.
    pub(super) fn remembered(access: Access) -> Self {
        Self { state: State::Done(Ok(access)), remembered: true }
    }

    /// Polls once, so that what is at hand is not waited for.
    pub(super) fn later(mut outcome: BoxFuture<'static, Result<Access, Refusal>>) -> Self {
        match outcome.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Self::done(outcome),
            Poll::Pending => Self { state: State::Waiting(outcome), remembered: false },
        }
    }

    /// Tells whether the validator knew the token already, and would say the same again at no cost.
    pub(crate) fn is_remembered(&self) -> bool {
        self.remembered
    }

    /// Returns the outcome if it is known already, and otherwise the future, to be awaited.
    ///
    /// # Errors
    /// `Err` holds the future itself: something must be waited for.
    pub fn now_or_later(self) -> Result<Result<Access, Refusal>, Self> {
        match self.state {
            State::Done(outcome) => Ok(outcome),
            state => Err(Self { state, ..self }),
        }
    }
}

impl Future for Authenticate {
    type Output = Result<Access, Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match std::mem::replace(&mut self.state, State::Taken) {
            State::Done(outcome) => Poll::Ready(outcome),
            State::Waiting(mut outcome) => {
                let polled = outcome.as_mut().poll(context);
                if polled.is_pending() {
                    self.state = State::Waiting(outcome);
                }
                polled
            }
            // Polled after completion: never again ready, as with a fused future.
            State::Taken => Poll::Pending,
        }
    }
}

impl fmt::Debug for Authenticate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Done(Ok(_)) => "accepted",
            State::Done(Err(_)) => "refused",
            State::Waiting(_) => "waiting",
            State::Taken => "taken",
        };
        write!(f, "Authenticate({state})")
    }
}
