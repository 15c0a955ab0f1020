//! The list of revoked tokens, subjects and clients that is kept in memory.
#![cfg(test)]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use scopa::{Access, Clock, InvalidToken, Revocation, RevocationList, RevokeError, Revoked};
use scopa_testing::{ManualClock, TestIssuer, TokenBuilder};

const HOUR: Duration = Duration::from_secs(3600);

/// The largest leeway that a validator takes.
const LEEWAY: Duration = Duration::from_secs(300);

/// Accepts a token.
fn access(issuer: &TestIssuer, token: &TokenBuilder) -> Access {
    let validator = issuer.validator().leeway(LEEWAY).build().unwrap();
    validator.authenticate([token.bearer().as_bytes()]).now_or_later().unwrap().unwrap()
}

fn list(issuer: &TestIssuer) -> RevocationList {
    RevocationList::new(HOUR).clock(issuer.clock())
}

#[track_caller]
fn is_revoked(list: &impl Revocation, access: &Access) -> bool {
    match list.revoked(access) {
        Revoked::Yes => true,
        Revoked::No => false,
        Revoked::Later(_) => panic!("a list in memory answers at once"),
    }
}

#[test]
fn a_token_is_revoked_by_its_id_and_no_other_is() {
    let issuer = TestIssuer::new();
    let list = list(&issuer);
    let [one, other] = [access(&issuer, &issuer.token()), access(&issuer, &issuer.token())];
    assert!(!is_revoked(&list, &one));

    list.revoke_token(&one).unwrap();
    assert!(is_revoked(&list, &one));
    assert!(!is_revoked(&list, &other), "another `jti`");

    list.revoke_token_id(issuer.issuer(), other.token_id().unwrap(), other.expires_at()).unwrap();
    assert!(is_revoked(&list, &other));
}

#[test]
fn a_token_without_an_id_can_only_be_revoked_by_subject_or_client() {
    let issuer = TestIssuer::new();
    let list = list(&issuer);
    for nameless in [issuer.token().without("jti"), issuer.token().claim("jti", "")] {
        let nameless = access(&issuer, &nameless);
        let error = list.revoke_token(&nameless).unwrap_err();
        assert!(matches!(error, RevokeError::NoTokenId), "{error:?}");
        assert_eq!(error.to_string(), "the token has no `jti`; revoke its subject or its client");
        assert!(!is_revoked(&list, &nameless));
    }
    let nameless = access(&issuer, &issuer.token().without("jti"));
    list.revoke_subject(issuer.issuer(), "user-1", issuer.clock().now()).unwrap();
    assert!(is_revoked(&list, &nameless));
}

#[test]
fn an_issuers_names_are_nothing_to_another_issuer() {
    let issuer = TestIssuer::new();
    let other = TestIssuer::new().with_issuer("https://login.example.org").with_clock(issuer.clock());
    let list = list(&issuer);
    let theirs = access(&other, &other.token().claim("jti", "t-1").subject("s-1").client_id("c-1"));
    let ours = access(&issuer, &issuer.token().claim("jti", "t-1").subject("s-1").client_id("c-1"));
    let now = issuer.clock().now();

    list.revoke_token(&ours).unwrap();
    list.revoke_subject(issuer.issuer(), "s-1", now).unwrap();
    list.revoke_client(issuer.issuer(), "c-1", now).unwrap();
    assert!(is_revoked(&list, &ours));
    assert!(!is_revoked(&list, &theirs));

    list.revoke_client(other.issuer(), "c-1", now).unwrap();
    assert!(is_revoked(&list, &theirs));
}

#[test]
fn token_subject_and_client_are_three_things() {
    let issuer = TestIssuer::new();
    let now = issuer.clock().now();
    let all = access(&issuer, &issuer.token().claim("jti", "x-1").subject("x-2").client_id("x-3"));
    let name = issuer.issuer();

    let mixed_up = list(&issuer);
    mixed_up.revoke_token_id(name, "x-2", all.expires_at()).unwrap();
    mixed_up.revoke_token_id(name, "x-3", all.expires_at()).unwrap();
    mixed_up.revoke_subject(name, "x-1", now).unwrap();
    mixed_up.revoke_subject(name, "x-3", now).unwrap();
    mixed_up.revoke_client(name, "x-1", now).unwrap();
    mixed_up.revoke_client(name, "x-2", now).unwrap();
    assert!(!is_revoked(&mixed_up, &all));

    for revoke in [
        |list: &RevocationList, name: &str, _: u64| list.revoke_token_id(name, "x-1", u64::from(u32::MAX)),
        |list: &RevocationList, name: &str, now: u64| list.revoke_subject(name, "x-2", now),
        |list: &RevocationList, name: &str, now: u64| list.revoke_client(name, "x-3", now),
    ] {
        let list = list(&issuer);
        revoke(&list, name, now).unwrap();
        assert!(is_revoked(&list, &all));
    }
}

#[test]
fn a_token_is_refused_as_long_as_it_could_be_accepted_and_then_makes_room() {
    let issuer = TestIssuer::new();
    let list = list(&issuer).capacity(1);
    let token = issuer.token().expires_in(Duration::from_secs(60));
    list.revoke_token(&access(&issuer, &token)).unwrap();

    // The last second in which a validator with the largest leeway accepts it.
    issuer.clock().advance(Duration::from_secs(60) + LEEWAY - Duration::from_secs(1));
    assert!(is_revoked(&list, &access(&issuer, &token)));
    let next = access(&issuer, &issuer.token());
    assert!(matches!(list.revoke_token(&next), Err(RevokeError::Full(1))));

    issuer.clock().advance(Duration::from_secs(1));
    list.revoke_token(&next).unwrap();
    assert!(is_revoked(&list, &next));
    assert!(format!("{list:?}").contains("entries: 1"), "{list:?}");
}

/// Revokes for a subject or for a client, up to a time.
type Revoke = fn(&RevocationList, u64) -> Result<(), RevokeError>;

/// Both ways to revoke all tokens of a holder.
const HOLDERS: [Revoke; 2] = [
    |list, time| list.revoke_subject("https://id.example.com", "user-1", time),
    |list, time| list.revoke_client("https://id.example.com", "client-1", time),
];

#[test]
fn what_was_issued_by_then_is_revoked_and_what_was_issued_later_is_not() {
    for revoke in HOLDERS {
        let issuer = TestIssuer::new();
        let list = list(&issuer);
        let now = issuer.clock().now();
        let issued_at = |time: u64| access(&issuer, &issuer.token().claim("iat", time));
        let undated = access(&issuer, &issuer.token().without("iat"));
        let strangers = issuer.token().subject("user-2").client_id("client-2");

        revoke(&list, now - 10).unwrap();
        assert!(is_revoked(&list, &issued_at(now - 11)));
        assert!(is_revoked(&list, &issued_at(now - 10)), "in the same second");
        assert!(!is_revoked(&list, &issued_at(now - 9)), "after it");
        assert!(is_revoked(&list, &undated), "nobody knows when it was issued");
        assert!(!is_revoked(&list, &access(&issuer, &strangers)));

        revoke(&list, now - 20).unwrap();
        assert!(is_revoked(&list, &issued_at(now - 10)), "an earlier time takes nothing back");
        revoke(&list, now - 5).unwrap();
        assert!(is_revoked(&list, &issued_at(now - 5)), "a later time adds to it");
        assert!(!is_revoked(&list, &issued_at(now - 4)));
        assert!(format!("{list:?}").contains("entries: 1"), "{list:?}");
    }
}

#[test]
fn a_holder_is_remembered_as_long_as_a_token_of_his_can_be_good() {
    for revoke in HOLDERS {
        let issuer = TestIssuer::new();
        let list = list(&issuer);
        let token = issuer.token().expires_in(HOUR);
        revoke(&list, issuer.clock().now()).unwrap();

        issuer.clock().advance(HOUR + LEEWAY - Duration::from_secs(1));
        assert!(is_revoked(&list, &access(&issuer, &token)));

        // Whoever does not say when it was issued is good again: those from before are expired by now.
        issuer.clock().advance(Duration::from_secs(1));
        assert!(!is_revoked(&list, &access(&issuer, &issuer.token().without("iat"))));
    }
}

#[test]
fn an_earlier_time_does_not_shorten_how_long_a_holder_is_remembered() {
    for revoke in HOLDERS {
        let issuer = TestIssuer::new();
        let list = list(&issuer);
        let token = issuer.token().expires_in(HOUR);
        revoke(&list, issuer.clock().now()).unwrap();
        revoke(&list, issuer.clock().now() - 1000).unwrap();
        issuer.clock().advance(HOUR);
        assert!(is_revoked(&list, &access(&issuer, &token)));
    }
}

#[test]
fn a_full_list_says_so_and_forgets_nothing() {
    let issuer = TestIssuer::new();
    let list = list(&issuer).capacity(3);
    let all: Vec<Access> = (0..4).map(|_| access(&issuer, &issuer.token())).collect();
    for access in &all[..3] {
        list.revoke_token(access).unwrap();
    }
    let error = list.revoke_token(&all[3]).unwrap_err();
    assert!(matches!(error, RevokeError::Full(3)), "{error:?}");
    assert!(error.to_string().contains("full with 3 entries"), "{error}");
    for revoke in HOLDERS {
        assert!(matches!(revoke(&list, issuer.clock().now()), Err(RevokeError::Full(3))));
    }
    assert!(all[..3].iter().all(|access| is_revoked(&list, access)));
    assert!(!is_revoked(&list, &all[3]));

    list.revoke_token(&all[0]).unwrap();
    assert!(is_revoked(&list, &all[0]), "what is in the list needs no room");
}

#[test]
fn many_entries_are_found_again_and_make_room_together() {
    let issuer = TestIssuer::new();
    let list = list(&issuer).capacity(10_000);
    let end = issuer.clock().now() + 60;
    let revoke = |number: u64, end: u64| list.revoke_token_id(issuer.issuer(), &format!("t-{number}"), end);
    for number in 0..10_000 {
        revoke(number, end).unwrap();
    }
    for number in (0..10_000).step_by(997) {
        let token = issuer.token().claim("jti", format!("t-{number}"));
        assert!(is_revoked(&list, &access(&issuer, &token)), "{number}");
    }
    assert!(!is_revoked(&list, &access(&issuer, &issuer.token().claim("jti", "t-10000"))));
    assert!(revoke(10_000, end).is_err());

    issuer.clock().advance(Duration::from_secs(60) + LEEWAY);
    for number in 10_000..20_000 {
        revoke(number, end + 3600).unwrap();
    }
    assert!(revoke(20_000, end + 3600).is_err());
}

#[test]
fn what_is_expired_anyway_takes_no_room() {
    let issuer = TestIssuer::new();
    let list = list(&issuer).capacity(0);
    let long_ago = issuer.clock().now() - 2 * 3600;
    list.revoke_token_id(issuer.issuer(), "t-1", long_ago).unwrap();
    list.revoke_subject(issuer.issuer(), "user-1", long_ago).unwrap();
    assert!(format!("{list:?}").contains("entries: 0"), "{list:?}");
}

#[test]
fn milliseconds_are_not_taken_for_seconds() {
    let issuer = TestIssuer::new();
    let list = list(&issuer);
    let milliseconds = issuer.clock().now() * 1000;
    for outcome in [
        list.revoke_token_id(issuer.issuer(), "t-1", milliseconds),
        list.revoke_subject(issuer.issuer(), "user-1", milliseconds),
        list.revoke_client(issuer.issuer(), "client-1", u64::MAX),
    ] {
        let error = outcome.unwrap_err();
        assert!(matches!(error, RevokeError::NotSeconds(_)), "{error:?}");
        assert!(error.to_string().contains("give seconds"), "{error}");
    }
    assert!(!is_revoked(&list, &access(&issuer, &issuer.token())));
}

#[test]
fn a_clone_is_the_same_list_and_so_is_an_arc() {
    let issuer = TestIssuer::new();
    let list = list(&issuer);
    let shared: Arc<dyn Revocation> = Arc::new(list.clone());
    let token = access(&issuer, &issuer.token());
    list.clone().revoke_token(&token).unwrap();
    assert!(is_revoked(&shared, &token));
    assert!(is_revoked(&list, &token));
}

#[test]
fn it_is_read_while_it_is_written() {
    let issuer = TestIssuer::new();
    let clock = ManualClock::at(issuer.clock().now());
    let list = RevocationList::new(HOUR).clock(clock.clone());
    let (good, bad) = (access(&issuer, &issuer.token()), access(&issuer, &issuer.token()));
    list.revoke_token(&bad).unwrap();
    thread::scope(|threads| {
        for writer in 0..2 {
            let (list, issuer) = (list.clone(), issuer.issuer());
            threads.spawn(move || {
                for number in 0..5000 {
                    let id = format!("w-{writer}-{number}");
                    list.revoke_token_id(issuer, &id, u64::from(u32::MAX)).unwrap();
                }
            });
        }
        for _ in 0..2 {
            threads.spawn(|| {
                for _ in 0..20_000 {
                    assert!(is_revoked(&list, &bad));
                    assert!(!is_revoked(&list, &good));
                }
            });
        }
    });
    assert!(format!("{list:?}").contains("entries: 10001"), "{list:?}");
}

#[test]
fn nothing_of_a_token_is_printed() {
    let issuer = TestIssuer::new();
    let list = list(&issuer);
    list.revoke_subject(issuer.issuer(), "s3cr3t-subject", issuer.clock().now()).unwrap();
    assert!(!format!("{list:?} {list:#?}").contains("s3cr3t"));
}

#[test]
fn a_revoked_token_has_a_code_of_its_own() {
    assert_eq!(InvalidToken::Revoked.code(), "revoked");
    assert_eq!(InvalidToken::Revoked.to_string(), "the token was revoked");
}
