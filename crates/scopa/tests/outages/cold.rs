use scopa_testing::{TestAnswer, TestProvider};
use serde_json::json;

use crate::faults::of_another_issuer;
use crate::kit::{KEYS, METADATA, SECOND, Service, seconds};
use crate::log::{assert_silent, logged};

/// Something that a service finds when it starts, as it stands in docs/reliability.md.
pub(crate) struct Start {
    pub(crate) name: &'static str,
    /// What the log calls it: `fetch.kind` and `fetch.outcome`.
    pub(crate) outcome: (&'static str, &'static str),
    strike: fn(&TestProvider),
}

/// All of them, in the order of the document.
pub(crate) fn starts() -> Vec<Start> {
    vec![
        start("connection refused", ("discovery", "transport"), |it| it.answer_all(TestAnswer::refused())),
        start("hanging", ("discovery", "timeout"), |it| it.answer_all(TestAnswer::hanging())),
        start("slow, 6 s", ("discovery", "timeout"), |it| it.answer_after(seconds(6))),
        start("status 500", ("discovery", "status"), |it| it.answer_all(TestAnswer::status(500))),
        start("an error page in HTML", ("discovery", "junk"), |it| {
            it.answer_all(TestAnswer::text(200, "<html>Sorry!</html>"));
        }),
        start("a redirect to a page for logging in", ("discovery", "redirect"), |it| {
            it.answer_all(TestAnswer::status(302).header("location", "https://id.example.com/login"));
        }),
        start("metadata of another issuer", ("discovery", "issuer"), of_another_issuer),
        start("metadata without `jwks_uri`", ("jwks", "junk"), |it| {
            let metadata = json!({"issuer": it.issuer().issuer()});
            it.answer(METADATA, TestAnswer::json(metadata.to_string()));
        }),
        start("metadata without keys behind it", ("jwks", "status"), |it| {
            it.answer(KEYS, TestAnswer::status(404));
        }),
        start("an empty key set", ("jwks", "junk"), |it| {
            it.answer(KEYS, TestAnswer::json(r#"{"keys": []}"#));
        }),
        start("the HTTP client panics", ("discovery", "lost"), |it| it.answer_all(TestAnswer::panicking())),
        start("the runtime drops the fetch", ("jwks", "lost"), TestProvider::shut_down),
    ]
}

fn start(name: &'static str, outcome: (&'static str, &'static str), strike: fn(&TestProvider)) -> Start {
    Start { name, outcome, strike }
}

#[test]
fn a_service_that_starts_in_an_outage_answers_503_until_it_is_over() {
    for start in starts() {
        let name = start.name;
        let service = Service::start();
        let (known, unknown) = (service.known(), service.unknown("nobody"));
        let lines = logged(|| {
            (start.strike)(&service.provider);
            let begin = service.now();
            while service.now() - begin < seconds(180) {
                for bearer in [&known, &unknown] {
                    let (status, waited) = service.answer(bearer);
                    assert_eq!(status, 503, "{name}");
                    assert!(waited <= seconds(5), "{name}: {waited:?}");
                }
                assert!(!service.auth.readiness().is_ready(), "{name}");
                service.pass(SECOND);
            }
        });
        assert_silent(&lines, &[&known, &unknown]);
        let (kind, outcome) = start.outcome;
        let told =
            format!("WARN scopa message=fetch failed fetch.kind={kind} fetch.outcome={outcome} issuer=");
        assert!(lines.iter().any(|line| line.starts_with(&told)), "{name}: {told}in {:#?}", lines.first());

        service.provider.heal();
        let healed = service.now();
        while service.status(&known) != 200 {
            service.pass(SECOND);
            let waited = service.now() - healed;
            assert!(waited <= seconds(30), "{name}: not healed after {waited:?}");
        }
        assert!(service.accepts_at_once(&known), "{name}");
    }
}

#[test]
fn attempts_are_further_and_further_apart_up_to_the_cool_down() {
    for (cooldown, expected) in
        [(30, vec![0, 1, 3, 7, 15, 31, 61, 91, 121]), (5, vec![0, 1, 3, 7, 12, 17]), (1, vec![0, 1, 2, 3])]
    {
        let service = Service::with(|builder| builder.key_cooldown(seconds(cooldown)));
        service.provider.answer_all(TestAnswer::refused());
        let last = *expected.last().unwrap();
        let mut attempts = Vec::new();
        for second in 0..=last {
            let before = service.provider.fetches(METADATA);
            // However many come: at once, and within the same second.
            for _ in 0..10 {
                assert_eq!(service.status(&service.known()), 503);
                service.pass(SECOND / 10);
            }
            if service.provider.fetches(METADATA) > before {
                attempts.push(second);
            }
        }
        assert_eq!(attempts, expected, "{cooldown} s");
        assert_eq!(service.provider.fetches(METADATA), expected.len(), "{cooldown} s");
    }
}

#[test]
fn the_first_callers_wait_for_a_slow_provider_and_are_served() {
    let service = Service::start();
    service.provider.answer_after(2 * SECOND);
    let (status, waited) = service.answer(&service.known());
    assert_eq!((status, waited), (200, 4 * SECOND), "metadata, then keys");

    // Too slow for the first, whose fetch goes on; in time for the second.
    let service = Service::start();
    service.provider.answer_after(3 * SECOND);
    assert_eq!(service.answer(&service.known()), (503, 9 * SECOND / 2));
    assert_eq!(service.answer(&service.known()), (200, 3 * SECOND / 2));
    assert_eq!(service.all_fetches(), 2);
}
