use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::access::Access;
use crate::refusal::Refusal;
use crate::validator::Authenticate;

use super::Guard;

/// The outcome of [`Guard::admit`](crate::Guard::admit), complete at birth when the keys are at hand.
///
/// The access of a caller whom the guard let in, `None` for an anonymous one, or the refusal to send. Holds nothing
/// of the request. [`now_or_later`](Self::now_or_later) takes the outcome without polling.
///
/// ```
/// # let issuer = scopa_testing::TestIssuer::new();
/// # let guard = scopa::Guard::new(issuer.validator().build()?);
/// # let field = issuer.token().subject("user-1").bearer();
/// let outcome = guard.admit(None, [field.as_bytes()], |_| None).now_or_later().unwrap();
/// assert_eq!(outcome.unwrap().unwrap().subject(), Some("user-1"));
/// # Ok::<(), scopa::ConfigError>(())
/// ```
#[must_use = "nobody is let in until this has given its outcome"]
pub struct Admission {
    state: State,
}

enum State {
    Done(Result<Option<Access>, Refusal>),
    // Boxed: it is rare, and would make every admission as large.
    Waiting(Box<Waiting>),
    Taken,
}

struct Waiting {
    caller: Authenticate,
    guard: Guard,
    values: Vec<(String, String)>,
}

impl Admission {
    pub(super) fn done(outcome: Result<Option<Access>, Refusal>) -> Self {
        Self { state: State::Done(outcome) }
    }

    pub(super) fn waiting(caller: Authenticate, guard: Guard, values: Vec<(String, String)>) -> Self {
        Self { state: State::Waiting(Box::new(Waiting { caller, guard, values })) }
    }

    /// Returns the outcome if it is known already, and otherwise the future, to be awaited.
    ///
    /// # Errors
    /// `Err` holds the future itself: keys must be waited for.
    pub fn now_or_later(self) -> Result<Result<Option<Access>, Refusal>, Self> {
        match self.state {
            State::Done(outcome) => Ok(outcome),
            state => Err(Self { state }),
        }
    }
}

impl Future for Admission {
    type Output = Result<Option<Access>, Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match std::mem::replace(&mut self.state, State::Taken) {
            State::Done(outcome) => Poll::Ready(outcome),
            State::Waiting(mut waiting) => match Pin::new(&mut waiting.caller).poll(context) {
                Poll::Ready(caller) => Poll::Ready(waiting.guard.decide_with(caller, &waiting.values)),
                Poll::Pending => {
                    self.state = State::Waiting(waiting);
                    Poll::Pending
                }
            },
            // Polled after completion: never again ready, as with a fused future.
            State::Taken => Poll::Pending,
        }
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Done(Ok(_)) => "Admission(let in)",
            State::Done(Err(_)) => "Admission(refused)",
            State::Waiting(_) => "Admission(waiting)",
            State::Taken => "Admission(taken)",
        })
    }
}
