//! Who guesses secrets is slowed down, alone (RFC 6749 §10.10).

use std::time::Duration;

use crate::desk::{By, INTROSPECT, M2M, REVOKE, TOKEN, at_each, request};

#[test]
fn who_guesses_must_wait_and_nobody_else() {
    at_each(|desk| {
        let guess = |from: [u8; 4]| desk.ask(&request(TOKEN, &GRANT, By::Basic("m2m", "w")).from(from));
        let statuses: Vec<u16> = (0..30).map(|_| guess([127, 0, 0, 7]).status).collect();
        let refused = statuses.iter().take_while(|status| **status == 401).count();
        assert!((5..=20).contains(&refused), "{}: {statuses:?}", desk.server);
        assert!(statuses[refused..].iter().all(|status| *status == 429), "{}: {statuses:?}", desk.server);

        let told = guess([127, 0, 0, 7]);
        assert_eq!(told.text("error").as_deref(), Some("temporarily_unavailable"), "{told:?}");
        assert_eq!(told.one("cache-control"), Some("no-store"));
        let wait: u64 = told.one("retry-after").unwrap().parse().unwrap();

        // The right secret does not help there, also not at another endpoint, or else guessing would go on.
        for path in [TOKEN, INTROSPECT, REVOKE] {
            let right = request(path, &GRANT, M2M).from([127, 0, 0, 7]);
            assert_eq!(desk.ask(&right).status, 429, "{}: {path}", desk.server);
        }
        // Nobody locks a client out from elsewhere, or another client from here.
        assert_eq!(
            desk.ask(&request(TOKEN, &GRANT, M2M).from([127, 0, 0, 8])).status,
            200,
            "{}",
            desk.server
        );
        assert_eq!(guess([127, 0, 0, 8]).status, 401, "{}", desk.server);
        let other = request(TOKEN, &GRANT, By::Basic("web", "w")).from([127, 0, 0, 7]);
        assert_eq!(desk.ask(&other).status, 401, "{}", desk.server);

        desk.clock.advance(Duration::from_secs(wait));
        assert_eq!(
            desk.ask(&request(TOKEN, &GRANT, M2M).from([127, 0, 0, 7])).status,
            200,
            "{}",
            desk.server
        );
    });
}

#[test]
fn who_has_the_secret_may_ask_as_often_as_he_likes() {
    at_each(|desk| {
        for _ in 0..40 {
            assert_eq!(desk.ask(&request(TOKEN, &GRANT, M2M)).status, 200, "{}", desk.server);
        }
    });
}

const GRANT: [(&str, &str); 1] = [("grant_type", "client_credentials")];
