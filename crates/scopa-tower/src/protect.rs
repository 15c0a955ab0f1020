use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use scopa::Admission;
use tower_service::Service;

use crate::arrival::Arrival;
use crate::body::RefusalBody;
use crate::choose::ByRequest;
use crate::future::{ResponseFuture, Waiting};

/// A service behind a guard: what [`ProtectLayer`](crate::ProtectLayer) makes.
#[derive(Debug, Clone)]
pub struct Protect<S> {
    pub(crate) inner: S,
    pub(crate) chosen: Arc<ByRequest>,
}

impl<S, B, R> Service<Request<B>> for Protect<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: RefusalBody,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    // Keys are never waited for here: an unready service is back-pressure for every caller.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let arrival = Arrival::new(request);
        let admission = self.chosen.admit(&arrival.parts);
        match admission.map_or(Ok(Ok(None)), Admission::now_or_later) {
            Ok(outcome) => {
                let concluded = arrival.conclude(outcome);
                if concluded.is_err() {
                    // The instance that was polled ready holds a permit: dropped, or its siblings starve.
                    self.inner = self.inner.clone();
                }
                ResponseFuture::decided(&mut self.inner, concluded)
            }
            Err(admission) => {
                // Only the instance that was polled ready may be called: it waits, and a clone takes its place.
                let clone = self.inner.clone();
                let service = std::mem::replace(&mut self.inner, clone);
                ResponseFuture::waiting(Waiting { admission, service, arrival })
            }
        }
    }
}
