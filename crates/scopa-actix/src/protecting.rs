use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use pin_project_lite::pin_project;

type Answer<B> = Result<ServiceResponse<EitherBody<B>>, Error>;

pin_project! {
    /// The answer of the service behind a guard, or a refusal: one of the two. Boxed only when something is refused, must
    /// be waited for, or is looked at afterwards.
    #[must_use = "the request is not answered until this has given its outcome"]
    pub struct Protecting<S: Service<ServiceRequest>, B> {
        #[pin]
        let_in: Option<S::Future>,
        boxed: Option<Pin<Box<dyn Future<Output = Answer<B>>>>>,
    }
}

impl<S: Service<ServiceRequest>, B> Protecting<S, B> {
    pub(crate) fn let_in(answer: S::Future) -> Self {
        Self { let_in: Some(answer), boxed: None }
    }

    pub(crate) fn boxed(answer: impl Future<Output = Answer<B>> + 'static) -> Self {
        Self { let_in: None, boxed: Some(Box::pin(answer)) }
    }
}

impl<S, B> Future for Protecting<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Output = Answer<B>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer<B>> {
        let this = self.project();
        match (this.let_in.as_pin_mut(), this.boxed) {
            (Some(answer), _) => answer.poll(context).map_ok(ServiceResponse::map_into_left_body),
            (None, Some(answer)) => answer.as_mut().poll(context),
            (None, None) => Poll::Pending,
        }
    }
}

impl<S: Service<ServiceRequest>, B> fmt::Debug for Protecting<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Protecting(…)")
    }
}
