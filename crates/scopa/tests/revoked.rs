//! A validator asks whether a token was revoked, after everything else.
#![cfg(test)]

use std::error::Error as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use scopa::{Access, InvalidToken, Refusal, RefusalKind, Revocation, RevocationList, Revoked};
use scopa_testing::{TestIssuer, TokenBuilder};

/// Answers what it is told to, and counts how often it is asked.
#[derive(Clone, Default)]
struct Scripted {
    asked: Arc<AtomicUsize>,
    answer: Arc<Mutex<Option<Revoked>>>,
}

impl Scripted {
    fn says(&self, answer: Revoked) -> &Self {
        *self.answer.lock().unwrap() = Some(answer);
        self
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Revocation for Scripted {
    fn revoked(&self, _: &Access) -> Revoked {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answer.lock().unwrap().take().unwrap_or(Revoked::No)
    }
}

fn door() -> (TestIssuer, Scripted, impl Fn(TokenBuilder) -> Result<Access, Refusal>) {
    let issuer = TestIssuer::new();
    let list = Scripted::default();
    let auth = issuer.validator().revocation(list.clone()).build().unwrap();
    let ask =
        move |token: TokenBuilder| auth.authenticate([token.bearer().as_bytes()]).now_or_never().unwrap();
    (issuer, list, ask)
}

#[test]
fn each_answer_has_its_outcome_now_and_later() {
    let (issuer, list, ask) = door();
    let later = |answer: Result<bool, &'static str>| {
        Revoked::Later(Box::pin(std::future::ready(answer.map_err(Into::into))))
    };
    list.says(Revoked::No);
    assert!(ask(issuer.token()).is_ok());
    list.says(later(Ok(false)));
    assert!(ask(issuer.token()).is_ok());
    for answer in [Revoked::Yes, later(Ok(true))] {
        list.says(answer);
        let refusal = ask(issuer.token()).unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::InvalidToken);
        let reason = refusal.source().and_then(|source| source.downcast_ref());
        assert_eq!(reason, Some(&InvalidToken::Revoked));
    }
    list.says(later(Err("redis is away")));
    let refusal = ask(issuer.token()).unwrap_err();
    assert_eq!((refusal.kind(), refusal.status().as_u16()), (RefusalKind::Unavailable, 503));
    assert_eq!(refusal.source().unwrap().to_string(), "redis is away");
    assert_eq!(refusal.response().headers()["retry-after"], "5");
    assert_eq!(list.asked(), 5);
}

#[test]
fn an_answer_that_takes_time_is_waited_for() {
    let issuer = TestIssuer::new();
    let list = Scripted::default();
    let auth = issuer.validator().revocation(list.clone()).build().unwrap();
    let (say, answer) = std::sync::mpsc::channel::<bool>();
    let answer = Mutex::new(answer);
    list.says(Revoked::Later(Box::pin(std::future::poll_fn(move |_| {
        match answer.lock().unwrap().try_recv() {
            Ok(is_revoked) => std::task::Poll::Ready(Ok(is_revoked)),
            Err(_) => std::task::Poll::Pending,
        }
    }))));
    let mut waiting = auth.authenticate([issuer.token().bearer().as_bytes()]).now_or_later().unwrap_err();
    assert!((&mut waiting).now_or_never().is_none());
    say.send(true).unwrap();
    assert!(waiting.now_or_never().unwrap().is_err());
}

#[test]
fn a_token_that_is_refused_anyway_is_not_asked_about() {
    let (issuer, list, ask) = door();
    let bad = [
        issuer.token().expired(),
        issuer.token().signed_by_a_stranger(),
        issuer.token().header("typ", "logout+jwt"),
        issuer.token().claim("aud", "https://another.example.com"),
    ];
    for token in bad {
        assert!(ask(token).is_err());
    }
    assert_eq!(list.asked(), 0);
}

#[test]
fn the_list_in_memory_ends_a_token_a_subject_and_a_client() {
    let issuer = TestIssuer::new();
    let list = RevocationList::new(Duration::from_secs(3600)).clock(issuer.clock());
    let auth = issuer.validator().revocation(list.clone()).build().unwrap();
    let ask = |token: TokenBuilder| auth.authenticate([token.bearer().as_bytes()]).now_or_never().unwrap();
    let token = || issuer.token().subject("user-1").client_id("web");

    let access = ask(token().claim("jti", "a")).unwrap();
    list.revoke_token(&access).unwrap();
    assert!(ask(token().claim("jti", "a")).is_err());
    assert!(ask(token().claim("jti", "b")).is_ok());

    let now = access.issued_at().unwrap();
    list.revoke_subject(issuer.issuer(), "user-1", now).unwrap();
    assert!(ask(token().claim("jti", "b")).is_err());
    assert!(ask(token().subject("user-2").claim("jti", "b")).is_ok());
    issuer.clock().advance(Duration::from_secs(1));
    assert!(ask(token().claim("jti", "c")).is_ok());

    list.revoke_client(issuer.issuer(), "web", now + 1).unwrap();
    assert!(ask(token().claim("jti", "c")).is_err());
    assert!(ask(token().client_id("app").claim("jti", "c")).is_ok());
}
