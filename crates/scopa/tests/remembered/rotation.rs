//! A remembered token ends with its key, and keeps no key alive.

use scopa::{Algorithm, TokenCache, Validator};
use scopa_testing::{TestAnswer, TestProvider};

use crate::{present, reason, seconds, status};

const KEYS: &str = "/jwks.json";

/// A provider that publishes two keys, and validators that take them from it: of whole tokens, and of digests.
struct World {
    provider: TestProvider,
    services: [Validator; 2],
}

impl World {
    fn new() -> Self {
        let provider = TestProvider::new();
        provider.publish(["es256", "rs256"]);
        let service = |cache| {
            let builder = provider.issuer().validator().discover(provider.clone());
            builder.token_cache(cache).build().unwrap()
        };
        Self { services: [TokenCache::new(), TokenCache::new().digests()].map(service), provider }
    }

    fn signed_with(&self, algorithm: Algorithm) -> String {
        self.provider.issuer().token().algorithm(algorithm).expires_in(seconds(24 * 3600)).sign()
    }
}

#[test]
fn it_is_refused_as_soon_as_a_set_without_its_key_has_come() {
    let world = World::new();
    let (stays, leaves) = (world.signed_with(Algorithm::ES256), world.signed_with(Algorithm::RS256));
    for auth in &world.services {
        for _ in 0..3 {
            assert_eq!([&stays, &leaves].map(|token| status(auth, token)), [200, 200]);
        }
    }
    world.provider.publish(["es256", "es384"]);
    // A token under the new key has the set fetched.
    world.provider.advance(seconds(30));
    let new = world.signed_with(Algorithm::ES384);
    for auth in &world.services {
        assert_eq!([&stays, &leaves].map(|token| status(auth, token)), [200, 200], "nobody has asked yet");
        assert_eq!(status(auth, &new), 200);
        for _ in 0..3 {
            assert_eq!([&stays, &leaves, &new].map(|token| status(auth, token)), [200, 401, 200]);
            assert_eq!(reason(auth, &leaves).code(), "unknown_key");
        }
    }
    // The key comes back, and so do its tokens.
    world.provider.publish(["es256", "rs256"]);
    world.provider.advance(seconds(600));
    for auth in &world.services {
        assert_eq!(status(auth, &stays), 200);
        for _ in 0..3 {
            assert_eq!([&stays, &leaves, &new].map(|token| status(auth, token)), [200, 200, 401]);
        }
    }
}

#[test]
fn remembered_tokens_alone_have_newer_keys_fetched_in_time() {
    let world = World::new();
    let token = world.signed_with(Algorithm::ES256);
    for auth in &world.services {
        assert_eq!(status(auth, &token), 200);
    }
    assert_eq!(world.provider.fetches(KEYS), 2);
    for round in 2..10 {
        world.provider.advance(seconds(541));
        for auth in &world.services {
            for _ in 0..3 {
                assert_eq!(status(auth, &token), 200);
            }
        }
        assert_eq!(world.provider.fetches(KEYS), 2 * round, "once for each validator");
    }
}

#[test]
fn it_is_503_when_the_keys_are_too_old_as_for_a_token_that_is_new() {
    let world = World::new();
    let known = world.signed_with(Algorithm::ES256);
    for auth in &world.services {
        assert_eq!(status(auth, &known), 200);
    }
    world.provider.answer_all(TestAnswer::refused());
    // Ten minutes of freshness and an hour of grace.
    for (time, expected) in [(600, 200), (3599, 200), (1, 503), (3600, 503)] {
        world.provider.advance(seconds(time));
        for auth in &world.services {
            let new = world.signed_with(Algorithm::ES256);
            for _ in 0..3 {
                assert_eq!([&known, &new].map(|token| status(auth, token)), [expected; 2], "{time}");
            }
        }
    }
    let [refusals, _] = &world.services;
    let headers = present(refusals, &known).unwrap_err().response();
    assert_eq!(headers.headers()["retry-after"], "5");
    world.provider.heal();
    world.provider.advance(seconds(60));
    for auth in &world.services {
        assert_eq!(status(auth, &known), 200);
        assert_eq!(status(auth, &known), 200);
    }
}

#[test]
fn a_key_that_leaves_while_the_keys_are_too_old_does_not_come_back_with_its_tokens() {
    let world = World::new();
    let leaves = world.signed_with(Algorithm::RS256);
    for auth in &world.services {
        assert_eq!(status(auth, &leaves), 200);
    }
    world.provider.answer_all(TestAnswer::status(500));
    world.provider.advance(seconds(2 * 3600));
    for auth in &world.services {
        assert_eq!(status(auth, &leaves), 503);
    }
    world.provider.heal();
    world.provider.publish(["es256"]);
    world.provider.advance(seconds(60));
    for auth in &world.services {
        for _ in 0..3 {
            assert_eq!(status(auth, &leaves), 401);
        }
    }
}

#[test]
fn an_answer_that_nothing_has_changed_keeps_keys_and_tokens() {
    let world = World::new();
    let keys = TestAnswer::json(world.provider.jwks()).header("etag", "\"1\"");
    let same = TestAnswer::status(304).header("etag", "\"1\"");
    let token = world.signed_with(Algorithm::RS256);
    let [auth, _] = &world.services;
    world.provider.answer(KEYS, keys);
    assert_eq!(status(auth, &token), 200);
    world.provider.answer(KEYS, same);
    for round in 2..5 {
        world.provider.advance(seconds(541));
        assert_eq!(status(auth, &token), 200);
        assert_eq!(status(auth, &token), 200);
        assert_eq!(world.provider.fetches(KEYS), round);
    }
    world.provider.heal();
    world.provider.publish(["es256"]);
    world.provider.advance(seconds(541));
    present(auth, &world.signed_with(Algorithm::ES256)).unwrap();
    assert_eq!(status(auth, &token), 401);
}

#[test]
fn junk_for_keys_takes_nothing_away() {
    let world = World::new();
    let token = world.signed_with(Algorithm::RS256);
    let [auth, _] = &world.services;
    assert_eq!(status(auth, &token), 200);
    for junk in [r#"{"keys":[]}"#, "{", r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}"#] {
        world.provider.answer(KEYS, TestAnswer::json(junk));
        world.provider.advance(seconds(541));
        for _ in 0..3 {
            assert_eq!(status(auth, &token), 200);
        }
    }
}

#[test]
fn a_token_that_came_before_the_keys_is_answered_alike_afterwards() {
    let world = World::new();
    world.provider.answer_after(seconds(1));
    let token = world.signed_with(Algorithm::ES256);
    let field = format!("Bearer {token}");
    let [auth, _] = &world.services;
    let waiting = auth.authenticate([field.as_bytes()]).now_or_later().unwrap_err();
    world.provider.advance(seconds(1));
    world.provider.advance(seconds(1));
    let first = crate::finished(waiting).unwrap().unwrap();
    let again = present(auth, &token).unwrap();
    assert_eq!(crate::seen(&first), crate::seen(&again));
}
