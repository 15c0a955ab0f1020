//! A token that many threads use at once ends for all of them at once.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use scopa::{RevocationList, TokenCache, Validator};
use scopa_testing::TestProvider;

use crate::{present, seconds, status};

const THREADS: usize = 8;

/// Has every thread use the token until it is hot, does something once, and has every thread use it again.
fn use_and_end(auth: &Validator, token: &str, end: impl FnOnce(), expected: u16) {
    assert_eq!(status(auth, token), 200);
    let barrier = Barrier::new(THREADS + 1);
    // Nothing is asserted in a thread: the others would wait for it for ever.
    let field = format!("Bearer {token}");
    let ask = || auth.authenticate([field.as_bytes()]).now_or_later().ok();
    let status = || ask().map(|outcome| outcome.map_or_else(|refusal| refusal.status().as_u16(), |_| 200));
    let seen: Vec<_> = thread::scope(|scope| {
        let work = || {
            let before: BTreeSet<_> = (0..200).map(|_| status()).collect();
            barrier.wait();
            barrier.wait();
            (before, (0..50).map(|_| status()).collect::<BTreeSet<_>>())
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        barrier.wait();
        end();
        barrier.wait();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (before, after) in seen {
        assert_eq!((before, after), ([Some(200)].into(), [Some(expected)].into()));
    }
}

fn caches() -> [TokenCache; 2] {
    [TokenCache::new(), TokenCache::new().digests()]
}

#[test]
fn a_revocation_is_known_to_all_threads() {
    for cache in caches() {
        let issuer = crate::issuer();
        let list = RevocationList::new(seconds(3600)).clock(issuer.clock());
        let auth = issuer.validator().revocation(list.clone()).token_cache(cache).build().unwrap();
        let token = issuer.token().sign();
        let access = present(&auth, &token).unwrap();
        use_and_end(&auth, &token, || list.revoke_token(&access).unwrap(), 401);
    }
}

#[test]
fn a_key_that_left_is_known_to_all_threads() {
    for cache in caches() {
        let provider = TestProvider::new();
        provider.publish(["es256", "rs256"]);
        let issuer = provider.issuer();
        let auth = issuer.validator().discover(provider.clone()).token_cache(cache).build().unwrap();
        let leaves = issuer.token().sign();
        let end = || {
            provider.publish(["rs256"]);
            provider.advance(seconds(541));
            // Has newer keys fetched, and is judged by the older ones if it is not remembered.
            status(&auth, &leaves);
        };
        use_and_end(&auth, &leaves, end, 401);
    }
}

#[test]
fn its_end_is_known_to_all_threads_and_so_is_an_outage() {
    for cache in caches() {
        let issuer = crate::issuer();
        let auth = issuer.validator().token_cache(cache.clone()).build().unwrap();
        let token = issuer.token().sign();
        use_and_end(&auth, &token, || issuer.clock().advance(seconds(3630)), 401);

        let provider = TestProvider::new();
        let issuer = provider.issuer();
        let auth = issuer.validator().discover(provider.clone()).token_cache(cache).build().unwrap();
        let token = issuer.token().expires_in(seconds(24 * 3600)).sign();
        let end = || {
            provider.answer_all(scopa_testing::TestAnswer::refused());
            provider.advance(seconds(2 * 3600));
            // The provider is asked once more, and nobody has to wait for that.
            status(&auth, &token);
        };
        use_and_end(&auth, &token, end, 503);
    }
}

#[test]
fn threads_with_tokens_of_their_own_are_never_given_those_of_others() {
    for cache in caches() {
        let issuer = crate::issuer();
        // So little room that they push each other out all the time.
        let auth = issuer.validator().token_cache(cache.entries(4)).build().unwrap();
        let tokens: Vec<(String, String)> = (0..THREADS)
            .map(|number| format!("user-{number}"))
            .map(|user| (issuer.token().subject(user.as_str()).sign(), user))
            .collect();
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let (auth, tokens) = (&auth, &tokens);
                scope.spawn(move || {
                    for round in 0..200 {
                        let (token, user) = &tokens[(thread + round / 20) % THREADS];
                        assert_eq!(present(auth, token).unwrap().subject(), Some(&**user));
                    }
                });
            }
        });
    }
}

thread_local! {
    static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
}

/// Presents a token when its thread has ended.
struct Last {
    auth: Validator,
    token: String,
    seen: Arc<Mutex<Option<u16>>>,
}

impl Drop for Last {
    fn drop(&mut self) {
        *self.seen.lock().unwrap() = Some(status(&self.auth, &self.token));
    }
}

#[test]
fn a_thread_that_ends_can_still_have_a_token_verified() {
    let issuer = crate::issuer();
    let auth = issuer.validator().build().unwrap();
    let seen = Arc::default();
    let last = Last { auth: auth.clone(), token: issuer.token().sign(), seen: Arc::clone(&seen) };
    let first = issuer.token().subject("another").sign();
    let thread = thread::spawn(move || {
        // What a thread has had first goes last.
        LAST.set(Some(last));
        status(&auth, &first)
    });
    assert_eq!(thread.join().unwrap(), 200);
    assert_eq!(*seen.lock().unwrap(), Some(200));
}
