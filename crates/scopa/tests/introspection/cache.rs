//! How long an answer is kept, and what of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt as _;
use http::{Request, Response};
use scopa::{BoxFuture, Clock, Fetch, FetchBody, Introspection, Validator};
use scopa_testing::{ManualClock, TestAnswer, TestIssuer, TestProvider};
use serde_json::{Value, json};

use super::{AUDIENCE, ISSUER, SECOND, START, active, asked, asking, at_once, by_default, verdict};

const INACTIVE: &str = r#"{"active":false}"#;

fn scene(how: Introspection, members: Value) -> (TestProvider, Validator) {
    let provider = TestProvider::new();
    provider.introspects("opaque-1", &active(members));
    let validator = asking(&provider, how).build().unwrap();
    (provider, validator)
}

#[test]
fn an_active_answer_is_kept_until_the_cap_or_the_tokens_end() {
    let cases: [(u32, u32, u32); 6] =
        [(30, 3600, 30), (30, 20, 20), (30, 30, 30), (3600, 7200, 3600), (3600, 60, 60), (1, 60, 1)];
    for (cap, life, kept) in cases {
        let how = by_default().cache_for(SECOND * cap);
        let (provider, validator) = scene(how, json!({ "exp": START + u64::from(life) }));
        assert_eq!(verdict(&validator, "opaque-1"), "accepted");
        provider.advance(SECOND * kept - SECOND / 1000);
        assert_eq!(verdict(&validator, "opaque-1"), "accepted", "{cap} {life}");
        assert_eq!(asked(&provider), 1, "{cap} {life}");
        provider.advance(SECOND / 1000);
        drop(at_once(&validator, "opaque-1"));
        assert_eq!(asked(&provider), 2, "{cap} {life}");
    }
}

#[test]
fn thirty_seconds_are_the_default() {
    let (provider, validator) = scene(by_default(), json!({ "exp": null }));
    for (wait, questions) in [(0, 1), (29, 1), (1, 2), (29, 2), (1, 3)] {
        provider.advance(SECOND * wait);
        assert_eq!(verdict(&validator, "opaque-1"), "accepted");
        assert_eq!(asked(&provider), questions);
    }
}

#[test]
fn a_kept_answer_does_not_outlive_the_token() {
    let (provider, validator) = scene(by_default(), json!({ "exp": START + 10 }));
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    // The clock is set: no time passes, so the answer is still kept, and the token is at its end.
    provider.clock().set(START + 10);
    assert_eq!(verdict(&validator, "opaque-1"), "401 expired");
    provider.clock().set(START + 9);
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    assert_eq!(asked(&provider), 1);
}

#[test]
fn a_kept_answer_is_judged_no_harder_and_no_softer_than_a_new_one() {
    // `nbf` says from when, also where `iat` is later: some issuers allow for clocks that are late.
    let (provider, validator) = scene(by_default(), json!({ "nbf": START - 5, "iat": START + 5 }));
    for _ in 0..2 {
        assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    }
    assert_eq!(asked(&provider), 1);

    let provider = TestProvider::new();
    provider.introspects("opaque-1", &active(json!({ "iat": START - 50 })));
    let validator = asking(&provider, by_default()).max_age(SECOND * 60).build().unwrap();
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    provider.advance(SECOND * 10);
    assert_eq!(verdict(&validator, "opaque-1"), "401 too_old");
    assert_eq!(asked(&provider), 1);
}

#[test]
fn within_the_leeway_past_its_end_a_token_is_asked_about_each_time() {
    let provider = TestProvider::new();
    provider.introspects("opaque-1", &active(json!({ "exp": START - 10 })));
    let validator = asking(&provider, by_default()).leeway(SECOND * 30).build().unwrap();
    for questions in 1..=3 {
        assert_eq!(verdict(&validator, "opaque-1"), "accepted");
        assert_eq!(asked(&provider), questions);
    }
}

#[test]
fn a_revoked_token_is_refused_after_the_cap() {
    let (provider, validator) = scene(by_default().cache_for(SECOND * 10), json!({}));
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    provider.introspects("opaque-1", INACTIVE);
    provider.advance(SECOND * 10 - SECOND / 1000);
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    provider.advance(SECOND / 1000);
    assert_eq!(verdict(&validator, "opaque-1"), "401 inactive");
}

#[test]
fn a_refusal_is_kept_for_five_seconds_at_most() {
    for (cap, kept) in [(3600, 5), (30, 5), (2, 2)] {
        for (answer, refused) in
            [(INACTIVE.to_owned(), "401 inactive"), (active(json!({ "aud": "x" })), "401 wrong_audience")]
        {
            let (provider, validator) = scene(by_default().cache_for(SECOND * cap), json!({}));
            provider.introspects("opaque-1", &answer);
            assert_eq!(verdict(&validator, "opaque-1"), refused);
            provider.introspects("opaque-1", &active(json!({})));
            provider.advance(SECOND * kept - SECOND / 1000);
            assert_eq!((verdict(&validator, "opaque-1").as_str(), asked(&provider)), (refused, 1), "{cap}");
            provider.advance(SECOND / 1000);
            assert_eq!(
                (verdict(&validator, "opaque-1").as_str(), asked(&provider)),
                ("accepted", 2),
                "{cap}"
            );
        }
    }
}

#[test]
fn no_failure_is_kept() {
    let (provider, validator) = scene(by_default(), json!({}));
    for (failures, answer) in
        [TestAnswer::status(500), TestAnswer::refused(), TestAnswer::json("{}")].into_iter().enumerate()
    {
        provider.answer("/introspect", answer);
        assert!(verdict(&validator, "opaque-1").starts_with("503 "));
        assert!(verdict(&validator, "opaque-1").starts_with("503 "));
        assert_eq!(asked(&provider), 2 * failures + 2);
    }
    provider.heal();
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
}

#[test]
fn zero_asks_each_time() {
    let (provider, validator) = scene(by_default().cache_for(Duration::ZERO), json!({}));
    for questions in 1..=3 {
        assert_eq!(verdict(&validator, "opaque-1"), "accepted");
        assert_eq!(asked(&provider), questions);
    }
    provider.introspects("opaque-1", INACTIVE);
    assert_eq!(verdict(&validator, "opaque-1"), "401 inactive");
    provider.introspects("opaque-1", &active(json!({})));
    assert_eq!(verdict(&validator, "opaque-1"), "accepted", "nor is a refusal kept");
}

#[test]
fn a_token_is_known_by_all_of_it() {
    let (provider, validator) = scene(by_default(), json!({ "sub": "owner" }));
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    let tokens = ["opaque-", "opaque-10", "opaque-1=", "Opaque-1", "opaque-2", "1-euqapo"];
    for token in tokens {
        assert_eq!(verdict(&validator, token), "401 inactive", "{token}");
    }
    assert_eq!(asked(&provider), 1 + tokens.len());
    // Long tokens that are alike but for the last character, too.
    let long = "t".repeat(4000);
    provider.introspects(&format!("{long}a"), &active(json!({ "sub": "a" })));
    provider.introspects(&format!("{long}b"), &active(json!({ "sub": "b" })));
    for _ in 0..2 {
        for end in ["a", "b"] {
            assert_eq!(at_once(&validator, &format!("{long}{end}")).unwrap().subject(), Some(end));
        }
    }
    assert_eq!(asked(&provider), 3 + tokens.len());
}

#[test]
fn each_validator_remembers_for_itself() {
    let provider = TestProvider::new();
    provider.introspects("opaque-1", &active(json!({ "aud": ["a", "b"] })));
    let of = |audience: &str| {
        let api = Validator::builder(ISSUER, audience).clock(provider.clock());
        api.introspect(by_default(), provider.clone()).build().unwrap()
    };
    let (a, b, c) = (of("a"), of("b"), of("c"));
    assert_eq!(verdict(&a, "opaque-1"), "accepted");
    assert_eq!(verdict(&a.clone(), "opaque-1"), "accepted");
    assert_eq!(asked(&provider), 1, "a clone is the same validator");
    assert_eq!(verdict(&b, "opaque-1"), "accepted");
    assert_eq!(verdict(&c, "opaque-1"), "401 wrong_audience");
    assert_eq!(asked(&provider), 3);
}

/// Calls each token active or not by its first letter, and counts. Keeps nothing, unlike a `TestProvider`.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Counting {
    fn asked(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

impl Fetch for Counting {
    fn fetch<'a>(
        &'a self,
        request: Request<Vec<u8>>,
        body: &'a mut FetchBody,
    ) -> BoxFuture<'a, Result<Response<()>, Box<dyn std::error::Error + Send + Sync>>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let is_active = request.body().starts_with(b"token=good");
        let padding =
            if request.body().starts_with(b"token=good-big") { "x".repeat(100_000) } else { String::new() };
        let answer = json!({ "active": is_active, "aud": AUDIENCE, "exp": START + 3600, "padding": padding });
        Box::pin(async move {
            body.push(answer.to_string().as_bytes())?;
            Ok(Response::new(()))
        })
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        task.now_or_never().unwrap();
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(std::future::pending())
    }
}

/// Presents so many tokens with this name, each once.
fn flood(validator: &Validator, name: &str, tokens: usize) {
    for number in 0..tokens {
        drop(at_once(validator, &format!("{name}-{number}")));
    }
}

fn counting() -> (Counting, Validator) {
    let endpoint = Counting::default();
    let how = by_default().endpoint("https://id.example.com/introspect").cache_for(SECOND * 3600);
    let builder = Validator::builder(ISSUER, AUDIENCE).clock(TestIssuer::new().clock());
    (endpoint.clone(), builder.introspect(how, endpoint).build().unwrap())
}

#[test]
fn made_up_tokens_take_a_bounded_place_and_do_not_push_out_those_in_use() {
    let (endpoint, validator) = counting();
    for _ in 0..3 {
        flood(&validator, "good", 100);
    }
    assert_eq!(endpoint.asked(), 100);
    let junk = 40_000;
    for part in 0..10 {
        flood(&validator, &format!("junk-{part}"), junk / 10);
        flood(&validator, "good", 100);
    }
    let asked_for_good = endpoint.asked() - 100 - junk;
    assert!(asked_for_good <= 10, "{asked_for_good} questions about tokens in use");

    let before = endpoint.asked();
    for part in 0..10 {
        flood(&validator, &format!("junk-{part}"), junk / 10);
    }
    let forgotten = endpoint.asked() - before;
    assert!(forgotten > 5_000, "{} of {junk} are still known", junk - forgotten);
}

#[test]
fn long_answers_are_kept_up_to_a_number_of_bytes() {
    let (endpoint, validator) = counting();
    for number in 0..200 {
        let token = format!("good-big-{number}");
        assert_eq!(verdict(&validator, &token), "accepted");
        assert_eq!(verdict(&validator, &token), "accepted", "one answer has a place, however long");
    }
    let before = endpoint.asked();
    flood(&validator, "good-big", 200);
    let forgotten = endpoint.asked() - before;
    // 16 MiB hold some 80 answers of 100 KB and what was read from them.
    assert!(forgotten > 50, "{} of 200 are still known", 200 - forgotten);
}

/// Runs a step, once, when it is next asked how much time has passed: as if another thread had come in between.
#[derive(Clone)]
struct Interrupted {
    clock: ManualClock,
    step: Arc<Mutex<Option<Step>>>,
}

type Step = Box<dyn FnOnce() + Send>;

impl Clock for Interrupted {
    fn now(&self) -> u64 {
        self.clock.now()
    }

    fn elapsed(&self) -> Duration {
        let step = self.step.lock().unwrap().take();
        step.into_iter().for_each(|step| step());
        self.clock.elapsed()
    }
}

#[test]
fn an_answer_that_came_in_between_is_used_and_kept_no_longer_for_it() {
    let provider = TestProvider::new();
    provider.introspects("opaque-1", &active(json!({})));
    let clock = Interrupted { clock: provider.clock(), step: Arc::default() };
    let how = by_default().endpoint("https://id.example.com/introspect").cache_for(SECOND * 30);
    let validator = asking(&provider, how).clock(clock.clone()).build().unwrap();
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    provider.advance(SECOND * 30);

    // One request finds the answer too old; before it asks, another has asked, and twenty seconds pass.
    let (other, step, time) = (validator.clone(), clock.step.clone(), provider.clock());
    *clock.step.lock().unwrap() = Some(Box::new(move || {
        assert_eq!(verdict(&other, "opaque-1"), "accepted");
        *step.lock().unwrap() = Some(Box::new(move || time.advance(SECOND * 20)));
    }));
    assert_eq!(verdict(&validator, "opaque-1"), "accepted");
    assert_eq!(provider.fetches("/introspect"), 2);

    provider.introspects("opaque-1", r#"{"active": false}"#);
    provider.advance(SECOND * 10);
    assert_eq!(verdict(&validator, "opaque-1"), "401 inactive");
    assert_eq!(provider.fetches("/introspect"), 3);
}
