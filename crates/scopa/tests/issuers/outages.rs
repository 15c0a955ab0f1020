//! Issuers whose keys are published: each is fetched, fails and recovers by itself.

use std::time::Duration;

use futures_util::FutureExt as _;
use scopa::{Fetch as _, Validator, ValidatorBuilder};
use scopa_testing::{TestAnswer, TestProvider, TokenBuilder};

use crate::{PARTNERS, STAFF, Two, accepts, present, reason};

/// Two issuers that publish keys of their own.
struct Remote {
    staff: TestProvider,
    partners: TestProvider,
    validator: Validator,
}

impl Remote {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(more: impl FnOnce(ValidatorBuilder) -> ValidatorBuilder) -> Self {
        let Two { staff, partners } = Two::new();
        let (staff, partners) = (TestProvider::of(staff), TestProvider::of(partners));
        staff.publish(["es256"]);
        partners.publish(["es256", "rs256"]);
        let of = |provider: &TestProvider| provider.issuer().validator().discover(provider.clone());
        let validator = more(of(&staff)).or_issuer(of(&partners)).build().unwrap();
        Self { staff, partners, validator }
    }

    /// Sends a token of staff and one of partners.
    fn statuses(&self) -> [u16; 2] {
        [&self.staff, &self.partners].map(|provider| self.status(&provider.issuer().token()))
    }

    fn status(&self, token: &TokenBuilder) -> u16 {
        present(&self.validator, token).map_or_else(|refusal| refusal.status().as_u16(), |_| 200)
    }

    /// How often the keys of staff and of partners were asked for.
    fn fetches(&self) -> [usize; 2] {
        [&self.staff, &self.partners].map(|provider| provider.fetches("/jwks.json"))
    }

    fn advance(&self, seconds: u64) {
        self.staff.advance(Duration::from_secs(seconds));
        // The clock is the same, those who sleep by it are not.
        self.partners.advance(Duration::ZERO);
    }
}

#[test]
fn nobody_is_asked_before_a_token_names_him() {
    let remote = Remote::new();
    assert_eq!(remote.fetches(), [0, 0]);
    let partner = remote.partners.issuer().token();
    assert_eq!((remote.status(&partner), remote.fetches()), (200, [0, 1]));
    assert!(remote.staff.requests().is_empty());
    assert_eq!((remote.statuses(), remote.fetches()), ([200, 200], [1, 1]));
    // Keys of one are not keys of the other.
    let rs256 = |provider: &TestProvider| provider.issuer().token().algorithm(scopa::Algorithm::RS256);
    assert_eq!(remote.status(&rs256(&remote.partners)), 200);
    assert_eq!(reason(&remote.validator, &rs256(&remote.staff)).code(), "unknown_key");
}

#[test]
fn an_issuer_that_was_never_reached_is_no_concern_of_the_other() {
    let remote = Remote::new();
    remote.staff.answer_all(TestAnswer::refused());
    for _ in 0..3 {
        assert_eq!(remote.statuses(), [503, 200]);
        remote.advance(60);
    }
    assert_eq!(remote.partners.fetches("/jwks.json"), 1);
    remote.staff.heal();
    assert_eq!(remote.statuses(), [200, 200]);
}

#[test]
fn an_issuer_that_is_lost_is_no_concern_of_the_other() {
    let remote = Remote::new();
    assert_eq!(remote.statuses(), [200, 200]);
    remote.partners.answer_all(TestAnswer::status(500));
    remote.advance(4000);
    // Within the hour that old keys serve.
    assert_eq!(remote.statuses(), [200, 200]);
    remote.advance(200);
    assert_eq!(remote.statuses(), [200, 503]);
    remote.partners.heal();
    remote.advance(30);
    assert_eq!(remote.statuses(), [200, 200]);
}

#[test]
fn an_issuer_that_does_not_answer_keeps_only_its_own_callers_waiting() {
    let remote = Remote::new();
    remote.staff.answer("/jwks.json", TestAnswer::hanging());
    let bearer = remote.staff.issuer().token().bearer();
    let waiting = remote.validator.authenticate([bearer.as_bytes()]).now_or_later().unwrap_err();
    let partner = remote.partners.issuer().token();
    assert_eq!(remote.status(&partner), 200);
    remote.advance(5);
    assert_eq!(waiting.now_or_never().unwrap().unwrap_err().status(), 503);
    assert_eq!(remote.status(&partner), 200);
}

#[test]
fn an_unknown_key_is_looked_for_at_the_issuer_that_is_named() {
    let remote = Remote::new();
    assert_eq!(remote.statuses(), [200, 200]);
    remote.advance(30);
    let unknown = |provider: &TestProvider| provider.issuer().token().header("kid", "new");
    assert_eq!(remote.status(&unknown(&remote.staff)), 401);
    assert_eq!(remote.fetches(), [2, 1]);
    // The pause after that is the pause of one issuer.
    assert_eq!(remote.status(&unknown(&remote.staff)), 401);
    assert_eq!(remote.status(&unknown(&remote.partners)), 401);
    assert_eq!(remote.fetches(), [2, 2]);
}

#[test]
fn nobody_is_asked_for_the_keys_of_somebody_else() {
    // With one issuer nobody is chosen by name, and a key is looked for only where the name is right.
    let provider = TestProvider::new();
    let validator = provider.issuer().validator().discover(provider.clone()).build().unwrap();
    let token = || provider.issuer().token().header("kid", "new");
    assert!(accepts(&validator, &provider.issuer().token()));
    provider.advance(Duration::from_secs(30));
    for token in [token().issuer(PARTNERS), token().without("iss"), token().raw_claims("{}x")] {
        assert_eq!(reason(&validator, &token).code(), "unknown_key");
    }
    assert_eq!(provider.fetches("/jwks.json"), 1);
    assert_eq!(reason(&validator, &token()).code(), "unknown_key");
    assert_eq!(provider.fetches("/jwks.json"), 2);
}

#[test]
fn a_new_key_of_one_issuer_is_found() {
    let remote = Remote::new();
    assert_eq!(remote.statuses(), [200, 200]);
    remote.advance(30);
    remote.staff.publish(["es256", "rs256"]);
    let token = remote.staff.issuer().token().algorithm(scopa::Algorithm::RS256);
    assert_eq!((remote.status(&token), remote.fetches()), (200, [2, 1]));
}

#[test]
fn metadata_of_another_issuer_is_not_taken_for_ones_own() {
    let remote = Remote::new();
    let foreign = TestAnswer::json(format!(
        r#"{{"issuer": "{PARTNERS}", "jwks_uri": "https://partners.example.com/jwks.json"}}"#
    ));
    remote.staff.answer("/.well-known/openid-configuration", foreign);
    assert_eq!(remote.statuses(), [503, 200]);
    let error = remote.validator.readiness().of(STAFF).unwrap().last_error().unwrap().to_owned();
    assert!(error.contains("expected `https://id.example.com`, byte for byte"), "{error}");
}

#[test]
fn readiness_tells_of_each_issuer() {
    let remote = Remote::new();
    let readiness = remote.validator.readiness();
    assert!(!readiness.is_ready());
    assert_eq!(readiness.issuers().collect::<Vec<_>>(), [STAFF, PARTNERS]);
    assert_eq!((readiness.keys(), readiness.age(), readiness.last_error()), (0, None, None));
    assert_eq!(
        readiness.to_string(),
        "https://id.example.com: not ready, 0 keys\nhttps://partners.example.com: not ready, 0 keys"
    );
    assert!(
        readiness.of("https://evil.example").is_none() && readiness.of("https://id.example.com/").is_none()
    );

    remote.staff.answer("/jwks.json", TestAnswer::status(500));
    assert_eq!(remote.statuses(), [503, 200]);
    remote.advance(7);
    let readiness = remote.validator.readiness();
    let [staff, partners] = [STAFF, PARTNERS].map(|issuer| readiness.of(issuer).unwrap());
    assert!(!readiness.is_ready() && !staff.is_ready() && partners.is_ready());
    assert_eq!((readiness.keys(), staff.keys(), partners.keys()), (2, 0, 2));
    assert_eq!((readiness.age(), staff.age()), (Some(Duration::from_secs(7)), None));
    assert_eq!(staff.last_error(), Some("https://id.example.com/jwks.json: status 500, expected 200"));
    assert_eq!((readiness.last_error(), partners.last_error()), (staff.last_error(), None));
    assert_eq!(partners.issuers().collect::<Vec<_>>(), [PARTNERS]);
    assert_eq!(
        readiness.to_string(),
        "https://id.example.com: not ready, 0 keys, \
         last fetch failed: https://id.example.com/jwks.json: status 500, expected 200\n\
         https://partners.example.com: ready, 2 keys, 7 s old"
    );

    remote.staff.heal();
    assert_eq!(remote.statuses(), [200, 200]);
    let readiness = remote.validator.readiness();
    assert!(readiness.is_ready());
    // The oldest counts.
    assert_eq!((readiness.keys(), readiness.age()), (3, Some(Duration::from_secs(7))));
    assert_eq!(readiness.last_error(), None);
    // It fetches nothing, and what was told stays told.
    assert_eq!(remote.fetches(), [2, 1]);
}

#[test]
fn keys_that_need_no_fetch_are_always_ready() {
    let two = Two::new();
    let readiness = two.validator().readiness();
    assert!(readiness.is_ready());
    assert_eq!((readiness.of(PARTNERS).unwrap().keys(), readiness.age()), (2, None));
    let source = two.of_staff().key_source(scopa_testing::TestIssuer::keys_out_of_reach()).build().unwrap();
    assert_eq!(source.readiness().to_string(), "https://id.example.com: ready, 0 keys");
}

#[test]
fn a_task_keeps_the_keys_of_every_issuer_fresh() {
    let remote = Remote::new();
    remote.staff.answer_all(TestAnswer::refused());
    remote.staff.spawn(remote.validator.keep_fresh());
    assert_eq!((remote.staff.requests().len(), remote.fetches()), (1, [0, 1]));
    remote.staff.heal();
    remote.advance(1);
    assert_eq!(remote.fetches(), [1, 1]);
    assert!(remote.validator.readiness().is_ready());
    for _ in 0..600 {
        remote.advance(1);
    }
    assert_eq!(remote.fetches(), [2, 2]);
}

#[test]
fn a_validator_of_fixed_keys_and_published_ones_fetches_only_these() {
    let Two { staff, partners } = Two::new();
    let partners = TestProvider::of(partners);
    let validator = staff
        .validator()
        .or_issuer(partners.issuer().validator().jwks_uri("https://cdn.example.com/keys", partners.clone()))
        .build()
        .unwrap();
    partners.answer("/keys", TestAnswer::json(staff.jwks()));
    assert!(accepts(&validator, &staff.token()) && accepts(&validator, &partners.issuer().token()));
    assert_eq!((partners.fetches("/keys"), partners.requests().len()), (1, 1));
}
