use std::hint::black_box;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{ACCEPT, AUTHORIZATION, HOST, USER_AGENT};
use actix_web::test::TestRequest;
use measure::now;

use crate::target::{PATH, Target};

/// What actix-web's server hands to an application.
type Request = actix_http::Request;

/// Requests that go straight into an application of actix-web.
pub(crate) struct OnActix<S> {
    service: S,
    requests: Vec<Request>,
}

impl<S> OnActix<S> {
    pub(crate) fn new(service: S) -> Self {
        Self { service, requests: Vec::new() }
    }
}

impl<S, B> Target for OnActix<S>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody,
{
    fn load(&mut self, tokens: &[String]) {
        self.requests = tokens.iter().map(|token| request(token)).collect();
    }

    fn run(&mut self) -> usize {
        let mut accepted = 0;
        for request in self.requests.drain(..) {
            let answer = now(self.service.call(request));
            accepted += usize::from(black_box(answer).is_ok_and(|answer| answer.status().is_success()));
        }
        accepted
    }
}

fn request(token: &str) -> Request {
    TestRequest::get()
        .uri(PATH)
        .insert_header((HOST, "api.example.com"))
        .insert_header((USER_AGENT, "reporter/1.4"))
        .insert_header((ACCEPT, "application/json"))
        .insert_header((AUTHORIZATION, format!("Bearer {token}")))
        .to_request()
}
