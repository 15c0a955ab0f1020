use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::access::Access;
use crate::kind::RefusalKind;
use crate::refusal::Refusal;
use crate::scope::Policy;
use crate::validator::{Authenticate, Validator};

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
    remembered: bool,
}

enum State {
    Done(Result<Option<Access>, Refusal>),
    // Boxed: it is rare, and would make every admission as large.
    Waiting(Box<Waiting>),
    Taken,
}

struct Waiting {
    caller: Authenticate,
    validator: Validator,
    policy: Policy,
    values: Vec<(String, String)>,
}

impl Admission {
    pub(super) fn done(outcome: Result<Option<Access>, Refusal>, remembered: bool) -> Self {
        Self { state: State::Done(outcome), remembered }
    }

    pub(super) fn waiting(
        caller: Authenticate,
        validator: Validator,
        policy: Policy,
        values: Vec<(String, String)>,
    ) -> Self {
        let waiting = Waiting { caller, validator, policy, values };
        Self { state: State::Waiting(Box::new(waiting)), remembered: false }
    }

    /// Lets a caller without credentials in as anonymous: what [`Guard::optional`](crate::Guard::optional) says.
    pub fn optional(self) -> Self {
        match self.state {
            // Known at once: what is waited for has a token.
            State::Done(Err(refusal)) if refusal.kind() == RefusalKind::MissingToken => {
                Self { state: State::Done(Ok(None)), ..self }
            }
            state => Self { state, ..self },
        }
    }

    /// Tells whether the validator knew this caller already, and will know him again at no cost: an extractor then
    /// need not leave the access in the request for those that follow.
    pub fn is_remembered(&self) -> bool {
        self.remembered
    }

    /// Returns the outcome if it is known already, and otherwise the future, to be awaited.
    ///
    /// # Errors
    /// `Err` holds the future itself: keys must be waited for.
    pub fn now_or_later(self) -> Result<Result<Option<Access>, Refusal>, Self> {
        match self.state {
            State::Done(outcome) => Ok(outcome),
            state => Err(Self { state, ..self }),
        }
    }
}

impl Future for Admission {
    type Output = Result<Option<Access>, Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match std::mem::replace(&mut self.state, State::Taken) {
            State::Done(outcome) => Poll::Ready(outcome),
            State::Waiting(mut waiting) => match Pin::new(&mut waiting.caller).poll(context) {
                Poll::Ready(caller) => Poll::Ready(caller.and_then(|access| waiting.judge(access))),
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

impl Waiting {
    fn judge(&self, access: Access) -> Result<Option<Access>, Refusal> {
        let values: Vec<_> = self.values.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.validator.authorize(&access, &self.policy, &values).map(|()| Some(access))
    }
}

impl From<Refusal> for Admission {
    /// Lets nobody in.
    fn from(refusal: Refusal) -> Self {
        Self::done(Err(refusal), false)
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
