//! A remembered token ends with its revocation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use scopa::{Access, Revocation, RevocationList, Revoked, TokenCache, Validator};
use scopa_testing::TestIssuer;

use crate::{issuer, present, reason, seconds, status};

fn caches() -> [TokenCache; 2] {
    [TokenCache::new(), TokenCache::new().digests()]
}

#[test]
fn each_way_to_revoke_ends_it_at_once() {
    type Revoke = fn(&RevocationList, &Access);
    let ways: [Revoke; 4] = [
        |list, access| list.revoke_token(access).unwrap(),
        |list, access| {
            list.revoke_token_id(access.issuer(), access.token_id().unwrap(), access.expires_at()).unwrap();
        },
        |list, access| {
            list.revoke_subject(access.issuer(), access.subject().unwrap(), access.issued_at().unwrap())
                .unwrap();
        },
        |list, access| {
            list.revoke_client(access.issuer(), access.client_id().unwrap(), access.issued_at().unwrap())
                .unwrap();
        },
    ];
    for cache in caches() {
        for revoke in ways {
            let issuer = issuer();
            let list = RevocationList::new(seconds(3600)).clock(issuer.clock());
            let auth =
                issuer.validator().revocation(list.clone()).token_cache(cache.clone()).build().unwrap();
            let token = issuer.token().sign();
            let other = issuer.token().subject("user-2").client_id("client-2").sign();
            for _ in 0..3 {
                assert_eq!([&token, &other].map(|token| status(&auth, token)), [200, 200]);
            }
            revoke(&list, &present(&auth, &token).unwrap());
            for _ in 0..3 {
                assert_eq!(reason(&auth, &token).code(), "revoked");
                assert_eq!(status(&auth, &other), 200);
            }
        }
    }
}

/// A list elsewhere: its answers take a step. Counts how often it is asked.
#[derive(Clone, Default)]
struct Elsewhere {
    is_revoked: Arc<AtomicBool>,
    is_away: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Revocation for Elsewhere {
    fn revoked(&self, _: &Access) -> Revoked {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let list = self.clone();
        let mut is_first = true;
        Revoked::Later(Box::pin(std::future::poll_fn(move |context| {
            if std::mem::take(&mut is_first) {
                context.waker().wake_by_ref();
                return std::task::Poll::Pending;
            }
            std::task::Poll::Ready(match list.is_away.load(Ordering::SeqCst) {
                true => Err("the list is away".into()),
                false => Ok(list.is_revoked.load(Ordering::SeqCst)),
            })
        })))
    }
}

fn asked(auth: &Validator, token: &str) -> u16 {
    let field = format!("Bearer {token}");
    let waiting = auth.authenticate([field.as_bytes()]).now_or_later().expect_err("the list takes a step");
    crate::finished(waiting).unwrap().map_or_else(|refusal| refusal.status().as_u16(), |_| 200)
}

#[test]
fn a_list_elsewhere_is_asked_every_time_and_its_word_counts() {
    for cache in caches() {
        let (issuer, list) = (issuer(), Elsewhere::default());
        let auth = issuer.validator().revocation(list.clone()).token_cache(cache).build().unwrap();
        let token = issuer.token().sign();
        let steps = [(false, false, 200), (true, false, 401), (false, false, 200), (false, true, 503)];
        for (is_revoked, is_away, expected) in steps.into_iter().chain(steps) {
            list.is_revoked.store(is_revoked, Ordering::SeqCst);
            list.is_away.store(is_away, Ordering::SeqCst);
            for _ in 0..3 {
                assert_eq!(asked(&auth, &token), expected);
            }
        }
        assert_eq!(list.asked.load(Ordering::SeqCst), 3 * 8, "once for each request");
    }
}

#[test]
fn what_ends_while_the_list_is_asked_is_judged_as_it_came() {
    // The answer to this request is that of its beginning; the next one is refused, from memory or not.
    let (issuer, list) = (issuer(), Elsewhere::default());
    let auth = issuer.validator().revocation(list).build().unwrap();
    let token = issuer.token().expires_in(seconds(60)).sign();
    let field = format!("Bearer {token}");
    let waiting = auth.authenticate([field.as_bytes()]).now_or_later().unwrap_err();
    issuer.clock().advance(seconds(90));
    assert!(crate::finished(waiting).unwrap().is_ok());
    assert_eq!(reason(&auth, &token).code(), "expired");
}

#[test]
fn a_request_that_is_given_up_while_the_list_is_asked_leaves_nothing_wrong() {
    let (issuer, list) = (issuer(), Elsewhere::default());
    let auth = issuer.validator().revocation(list.clone()).build().unwrap();
    let token = issuer.token().sign();
    drop(auth.authenticate([format!("Bearer {token}").as_bytes()]));
    assert_eq!(asked(&auth, &token), 200);
    drop(auth.authenticate([format!("Bearer {token}").as_bytes()]));
    list.is_revoked.store(true, Ordering::SeqCst);
    assert_eq!(asked(&auth, &token), 401);
}

#[test]
fn a_token_that_was_revoked_before_it_came_is_refused_every_time() {
    let issuer = TestIssuer::new();
    let list = RevocationList::new(seconds(3600)).clock(issuer.clock());
    let auth = issuer.validator().revocation(list.clone()).build().unwrap();
    let token = issuer.token().claim("jti", "gone").sign();
    list.revoke_token_id(issuer.issuer(), "gone", 1_795_333_600 + 3600).unwrap();
    for _ in 0..5 {
        assert_eq!(reason(&auth, &token).code(), "revoked");
    }
}
