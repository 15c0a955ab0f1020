use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::access::Access;
use crate::key::KeysFuture;
use crate::refusal::Refusal;

use super::Validator;

/// The outcome of [`Validator::authenticate`], complete at birth when the keys are at hand.
///
/// Holds nothing of the request, so it can outlive it. [`now_or_later`](Self::now_or_later) takes the outcome
/// without polling.
#[must_use = "nothing is known about the caller until this has given its outcome"]
pub struct Authenticate {
    state: State,
}

enum State {
    Done(Result<Access, Refusal>),
    Waiting { keys: KeysFuture, token: String, validator: Validator },
    Taken,
}

impl Authenticate {
    pub(super) fn done(outcome: Result<Access, Refusal>) -> Self {
        Self { state: State::Done(outcome) }
    }

    /// Asks for the keys once, so that keys at hand are not waited for.
    pub(super) fn ask(mut keys: KeysFuture, token: &str, validator: &Validator) -> Self {
        match keys.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(keys) => Self::done(validator.conclude(token, keys)),
            Poll::Pending => {
                let (token, validator) = (token.to_owned(), validator.clone());
                Self { state: State::Waiting { keys, token, validator } }
            }
        }
    }

    /// Returns the outcome if it is known already, and otherwise the future, to be awaited.
    ///
    /// # Errors
    /// `Err` holds the future itself: keys must be waited for.
    pub fn now_or_later(self) -> Result<Result<Access, Refusal>, Self> {
        match self.state {
            State::Done(outcome) => Ok(outcome),
            state => Err(Self { state }),
        }
    }
}

impl Future for Authenticate {
    type Output = Result<Access, Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match std::mem::replace(&mut self.state, State::Taken) {
            State::Done(outcome) => Poll::Ready(outcome),
            State::Waiting { mut keys, token, validator } => match keys.as_mut().poll(context) {
                Poll::Ready(keys) => Poll::Ready(validator.conclude(&token, keys)),
                Poll::Pending => {
                    self.state = State::Waiting { keys, token, validator };
                    Poll::Pending
                }
            },
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
            State::Waiting { .. } => "waiting for keys",
            State::Taken => "taken",
        };
        write!(f, "Authenticate({state})")
    }
}
