use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use futures_util::TryFutureExt;
use futures_util::future::{Either, LocalBoxFuture, MapOk};
use pin_project_lite::pin_project;

type Answer<B> = Result<ServiceResponse<EitherBody<B>>, Error>;
type Carry<B> = fn(ServiceResponse<B>) -> ServiceResponse<EitherBody<B>>;

pin_project! {
    /// The answer of the service behind a guard, or a refusal: one of the two. Boxed only when something is refused, must
    /// be waited for, or is looked at afterwards.
    #[must_use = "the request is not answered until this has given its outcome"]
    pub struct Protecting<S: Service<ServiceRequest>, B> {
        #[pin]
        answer: Either<MapOk<S::Future, Carry<B>>, LocalBoxFuture<'static, Answer<B>>>,
    }
}

impl<S, B> Protecting<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    pub(crate) fn let_in(answer: S::Future) -> Self {
        Self { answer: Either::Left(answer.map_ok(ServiceResponse::map_into_left_body)) }
    }

    pub(crate) fn boxed(answer: impl Future<Output = Answer<B>> + 'static) -> Self {
        Self { answer: Either::Right(Box::pin(answer)) }
    }
}

impl<S, B> Future for Protecting<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
{
    type Output = Answer<B>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer<B>> {
        self.project().answer.poll(context)
    }
}

impl<S: Service<ServiceRequest>, B> fmt::Debug for Protecting<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Protecting(…)")
    }
}
