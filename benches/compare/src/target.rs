use std::convert::Infallible;
use std::fmt::Debug;
use std::future::{Ready, poll_fn, ready};
use std::hint::black_box;
use std::marker::PhantomData;
use std::task::{Context, Poll};

use http::header::{ACCEPT, AUTHORIZATION, HOST, USER_AGENT};
use http::{Extensions, Request, Response, StatusCode};
use measure::now;
use tower::Service;

/// Something that takes tokens: the whole of a service, or only the check of signatures.
pub(crate) trait Target {
    /// Makes a request for each token. Not timed.
    fn load(&mut self, tokens: &[String]);

    /// Answers the requests that were loaded, and tells how many were accepted. Timed.
    fn run(&mut self) -> usize;
}

/// Requests that go straight into a tower service, an axum `Router` included.
pub(crate) struct OnTower<S, B> {
    service: S,
    requests: Vec<Request<B>>,
}

impl<S, B> OnTower<S, B> {
    pub(crate) fn new(service: S) -> Self {
        Self { service, requests: Vec::new() }
    }
}

impl<S, B, R> Target for OnTower<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Debug,
    B: Default,
{
    fn load(&mut self, tokens: &[String]) {
        self.requests = tokens.iter().map(|token| request(token)).collect();
    }

    fn run(&mut self) -> usize {
        let mut accepted = 0;
        for request in self.requests.drain(..) {
            let ready = now(poll_fn(|context| self.service.poll_ready(context)));
            let answer = ready.and_then(|()| now(self.service.call(request)));
            accepted += usize::from(black_box(answer).is_ok_and(|answer| answer.status().is_success()));
        }
        accepted
    }
}

fn request<B: Default>(token: &str) -> Request<B> {
    let request = Request::get(PATH)
        .header(HOST, "api.example.com")
        .header(USER_AGENT, "reporter/1.4")
        .header(ACCEPT, "application/json")
        .header(AUTHORIZATION, format!("Bearer {token}"));
    request.body(B::default()).expect("the parts are well formed")
}

/// The bare service: an empty answer to every request.
///
/// `D` decides about a request that came through, for peers that leave the check of the scope to the service.
pub(crate) struct Hello<B, D> {
    decide: D,
    body: PhantomData<fn() -> B>,
}

impl<B, D: Clone> Clone for Hello<B, D> {
    fn clone(&self) -> Self {
        Self { decide: self.decide.clone(), body: PhantomData }
    }
}

/// Answers whoever comes.
pub(crate) fn hello<B>() -> Hello<B, impl Fn(&Extensions) -> bool + Clone + Send + Sync> {
    hello_if(|_| true)
}

/// Answers those only whom the closure lets in, by what a layer left in the extensions of the request.
pub(crate) fn hello_if<B, D: Fn(&Extensions) -> bool + Clone>(decide: D) -> Hello<B, D> {
    Hello { decide, body: PhantomData }
}

impl<A, B: Default, D: Fn(&Extensions) -> bool> Service<Request<A>> for Hello<B, D> {
    type Response = Response<B>;
    type Error = Infallible;
    type Future = Ready<Result<Response<B>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let mut answer = Response::new(B::default());
        if !(self.decide)(black_box(&request).extensions()) {
            *answer.status_mut() = StatusCode::FORBIDDEN;
        }
        ready(Ok(answer))
    }
}

/// Where the one route is.
pub(crate) const PATH: &str = "/crashes";
