use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use pin_project_lite::pin_project;
use scopa::Admission;
use tower_service::Service;

use crate::arrival::Arrival;
use crate::body::RefusalBody;

pin_project! {
    /// The answer of the inner service or a refusal: decided at birth, unless keys must be waited for.
    ///
    /// To drop it while it waits gives the inner service's permit back.
    pub struct ResponseFuture<S: Service<Request<B>>, B> {
        #[pin]
        state: State<S, B>,
    }
}

pin_project! {
    #[project = Projected]
    enum State<S: Service<Request<B>>, B> {
        Inner { #[pin] future: S::Future },
        Refused { response: Option<S::Response> },
        // Boxed: it is rare, and would make every other future as large as the service and the request.
        Waiting { waiting: Option<Box<Waiting<S, B>>> },
    }
}

/// All that is needed to go on once the keys are there. The service is the one that was polled ready.
pub(crate) struct Waiting<S, B> {
    pub(crate) admission: Admission,
    pub(crate) service: S,
    pub(crate) arrival: Arrival<B>,
}

impl<S: Service<Request<B>>, B> ResponseFuture<S, B> {
    /// Calls the service with a request that was let in, or has the refusal ready.
    pub(crate) fn decided(service: &mut S, concluded: Result<Request<B>, S::Response>) -> Self {
        match concluded {
            Ok(request) => Self { state: State::Inner { future: service.call(request) } },
            Err(response) => Self { state: State::Refused { response: Some(response) } },
        }
    }

    pub(crate) fn waiting(waiting: Waiting<S, B>) -> Self {
        Self { state: State::Waiting { waiting: Some(Box::new(waiting)) } }
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: RefusalBody,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let decided = match self.as_mut().project().state.project() {
                Projected::Inner { future } => return future.poll(context),
                // Polled after completion: never again ready, as with a fused future.
                Projected::Refused { response } => {
                    return response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)));
                }
                Projected::Waiting { waiting } => {
                    let Some(mut pending) = waiting.take() else { return Poll::Pending };
                    let Poll::Ready(outcome) = Pin::new(&mut pending.admission).poll(context) else {
                        *waiting = Some(pending);
                        return Poll::Pending;
                    };
                    // Consumed here, so that a refusal gives the permit back at once.
                    let Waiting { mut service, arrival, .. } = *pending;
                    Self::decided(&mut service, arrival.conclude(outcome))
                }
            };
            self.set(decided);
        }
    }
}

impl<S: Service<Request<B>>, B> fmt::Debug for ResponseFuture<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.state {
            State::Waiting { .. } => "ResponseFuture(waiting)",
            _ => "ResponseFuture(decided)",
        })
    }
}
