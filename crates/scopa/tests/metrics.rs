//! What the feature `metrics` counts: the names and labels of docs/reliability.md.
#![cfg(test)]
#![cfg(feature = "metrics")]

use std::collections::BTreeMap;
use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use scopa::{Authenticate, Introspection, Validator};
use scopa_testing::{TestAnswer, TestProvider};

/// Does something and returns what was counted, by name and labels as Prometheus writes them.
fn counted(act: impl FnOnce()) -> BTreeMap<String, u64> {
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, act);
    let counted = recorder.snapshotter().snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
        let labels: Vec<String> =
            key.key().labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(count) => count,
            DebugValue::Gauge(number) => number.into_inner() as u64,
            DebugValue::Histogram(_) => panic!("there are no histograms"),
        };
        (format!("{}{{{}}}", key.key().name(), labels.join(",")), value)
    });
    counted.collect()
}

fn expected<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.map(|(name, count)| (name.to_owned(), count)).into()
}

fn present(auth: &Validator, token: &str) -> Authenticate {
    auth.authenticate([format!("Bearer {token}").as_bytes()])
}

#[test]
fn each_fetch_is_counted_by_its_outcome_and_keys_by_their_issuer() {
    let counted = counted(|| {
        let provider = TestProvider::new();
        let auth = provider.issuer().validator().discover(provider.clone()).build().unwrap();
        let refresh = |answer: Option<TestAnswer>| {
            provider.heal();
            answer.into_iter().for_each(|answer| provider.answer("/jwks.json", answer));
            provider.advance(Duration::from_secs(550));
            assert!(present(&auth, &provider.issuer().token().sign()).now_or_later().unwrap().is_ok());
        };
        refresh(Some(TestAnswer::json(provider.jwks()).header("etag", "\"1\"")));
        refresh(Some(TestAnswer::status(304)));
        refresh(Some(TestAnswer::status(500)));
        refresh(Some(TestAnswer::refused()));
        refresh(Some(TestAnswer::panicking()));
        provider.publish(["es256", "rs256"]);
        refresh(None);
    });
    let fetches = [
        // At the start, and again after each answer that was wrong.
        ("scopa_fetches_total{kind=discovery,outcome=ok}", 3),
        ("scopa_fetches_total{kind=jwks,outcome=ok}", 2),
        ("scopa_fetches_total{kind=jwks,outcome=not_modified}", 1),
        ("scopa_fetches_total{kind=jwks,outcome=status}", 1),
        ("scopa_fetches_total{kind=jwks,outcome=transport}", 1),
        ("scopa_fetches_total{kind=jwks,outcome=lost}", 1),
        ("scopa_keys{issuer=https://id.example.com}", 2),
    ];
    assert_eq!(counted, expected(fetches));
}

#[test]
fn answers_about_opaque_tokens_are_counted_by_where_they_came_from() {
    let counted = counted(|| {
        let provider = TestProvider::new();
        let auth = Validator::builder("https://id.example.com", "https://api.example.com")
            .introspect(Introspection::new("api", "secret"), provider.clone())
            .clock(provider.clock())
            .build()
            .unwrap();
        provider.introspects("opaque-1", r#"{"active": true, "aud": "https://api.example.com"}"#);
        for _ in 0..3 {
            assert!(present(&auth, "opaque-1").now_or_later().unwrap().is_ok());
        }
        provider.answer_after(Duration::from_secs(1));
        let waiting: Vec<_> =
            (0..3).map(|_| present(&auth, "opaque-2").now_or_later().unwrap_err()).collect();
        provider.advance(Duration::from_secs(1));
        for request in waiting {
            let request = futures_util::FutureExt::now_or_never(request);
            assert_eq!(request.unwrap().unwrap_err().status(), 401);
        }
    });
    let answers = [
        ("scopa_fetches_total{kind=discovery,outcome=ok}", 1),
        ("scopa_fetches_total{kind=introspection,outcome=ok}", 2),
        ("scopa_introspections_total{source=endpoint}", 2),
        ("scopa_introspections_total{source=cache}", 2),
        ("scopa_introspections_total{source=merged}", 2),
    ];
    assert_eq!(counted, expected(answers));
}
