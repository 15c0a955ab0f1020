//! What the operator reads. Alone in its process: other threads would decide whether events are of interest.

#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, HttpResponse, web};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::set_default;
use tracing::{Event, Metadata, Subscriber};

use scopa_actix::{Authorized, Protect};
use scopa_testing::TestIssuer;

/// Everything that is logged on this thread, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == "scopa"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = self.0.lock().unwrap();
        write!(text, "{} ", event.metadata().level()).unwrap();
        event.record(&mut Words(&mut text));
        text.push('\n');
    }
}

struct Words<'t>(&'t mut String);

impl Visit for Words<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

#[actix_web::test]
async fn a_mistake_in_the_set_up_is_logged_with_its_remedy_and_without_the_token() {
    let issuer = TestIssuer::new();
    let token = issuer.token().scope("read").sign();
    let bearer = format!("Bearer {token}");

    let log = Log::default();
    let listening = set_default(log.clone());
    let without = App::new().route("/", web::get().to(async |_: Authorized| HttpResponse::Ok()));
    let request = TestRequest::get().insert_header(("authorization", bearer.as_str())).to_request();
    assert_eq!(call_service(&init_service(without).await, request).await.status(), 500);

    let shadowed = App::new()
        .service(
            web::resource("/{page}")
                .guard(actix_web::guard::Header("accept", "text/html"))
                .to(HttpResponse::Ok),
        )
        .route("/admin", web::post().to(HttpResponse::Ok))
        .wrap(Protect::new(issuer.validator().build().unwrap()).public(["POST /{page}"]));
    let request = TestRequest::post().uri("/admin").insert_header(("authorization", bearer)).to_request();
    assert_eq!(call_service(&init_service(shadowed).await, request).await.status(), 500);
    drop(listening);

    let text = log.0.lock().unwrap().clone();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    for (line, remedy) in lines.iter().zip([".app_data(validator.clone())", "register `/admin` before it"]) {
        assert!(line.starts_with("ERROR") && line.contains("server_error"), "{line}");
        assert!(line.contains(remedy), "{line}");
    }
    assert!(!text.contains(&token), "{text}");
}
