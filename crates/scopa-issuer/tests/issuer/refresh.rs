use std::time::Duration;

use scopa_issuer::ClientDraft;

use crate::stage::{API, CALLBACK, Stage};

fn tokens(stage: &Stage, scope: &str) -> (String, String) {
    let answer = stage.exchange(&stage.code(scope));
    (answer.text("access_token").unwrap(), answer.text("refresh_token").unwrap())
}

#[test]
fn a_refresh_brings_a_new_pair_and_ends_the_old_one() {
    for stage in [Stage::new(), Stage::opaque()] {
        let (access, refresh) = tokens(&stage, "write beta");
        let answer = stage.refresh(&refresh);
        assert_eq!(answer.status(), 200);
        let (next_access, next_refresh) =
            (answer.text("access_token").unwrap(), answer.text("refresh_token").unwrap());
        assert_ne!(refresh, next_refresh);
        assert!(!stage.is_active(&access));
        assert!(stage.is_active(&next_access));
        assert_eq!(stage.refresh(&next_refresh).status(), 200);
    }
}

#[test]
fn a_refresh_token_that_comes_again_ends_its_family() {
    for stage in [Stage::new(), Stage::opaque()] {
        let (_, first) = tokens(&stage, "write");
        let second = stage.refresh(&first);
        let third = stage.refresh(&second.text("refresh_token").unwrap());
        assert_eq!(third.status(), 200);
        // However old it is.
        assert_eq!(stage.refresh(&first).refusal(), "400 invalid_grant");
        assert_eq!(stage.refresh(&third.text("refresh_token").unwrap()).refusal(), "400 invalid_grant");
        assert!(!stage.is_active(&third.text("access_token").unwrap()));
    }
}

#[test]
fn within_the_grace_a_lost_answer_is_given_again() {
    for format in [scopa_issuer::TokenFormat::Jwt, scopa_issuer::TokenFormat::Opaque] {
        let stage = Stage::with(|issuer| issuer.refresh_grace(Duration::from_secs(10)).token_format(format));
        let (_, first) = tokens(&stage, "write");
        let answer = stage.refresh(&first);
        stage.wait(9);
        let again = stage.refresh(&first);
        assert_eq!(again.text("refresh_token"), answer.text("refresh_token"), "the same successor");
        assert!(stage.is_active(&answer.text("access_token").unwrap()));
        assert!(stage.is_active(&again.text("access_token").unwrap()));
        // Whoever has used the successor has got the answer.
        assert_eq!(stage.refresh(&again.text("refresh_token").unwrap()).status(), 200);
        assert_eq!(stage.refresh(&first).refusal(), "400 invalid_grant");
    }
    let stage = Stage::with(|issuer| issuer.refresh_grace(Duration::from_secs(10)));
    let (_, first) = tokens(&stage, "write");
    let second = stage.refresh(&first).text("refresh_token").unwrap();
    stage.wait(10);
    assert_eq!(stage.refresh(&first).refusal(), "400 invalid_grant", "the grace is over");
    assert_eq!(stage.refresh(&second).refusal(), "400 invalid_grant", "and the family, too");
}

#[test]
fn a_refresh_narrows_and_never_widens() {
    let stage = Stage::new();
    let (_, refresh) = tokens(&stage, "write");
    let ask = |refresh: &str, scope: &str| {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", scope)];
        stage.post("/oauth2/token", "web", &form)
    };
    for wider in ["write beta", "beta", "admin", "team_1", "unknown"] {
        assert_eq!(ask(&refresh, wider).refusal(), "400 invalid_scope", "{wider}");
    }
    let narrower = ask(&refresh, "read");
    assert_eq!(narrower.text("scope"), None, "as asked");
    let claims =
        stage.post("/oauth2/introspect", "web", &[("token", &narrower.text("access_token").unwrap())]).json();
    assert_eq!(claims["scope"], "read");
    // The grant stays as wide as it was.
    let all = stage.refresh(&narrower.text("refresh_token").unwrap());
    assert_eq!(all.text("scope").as_deref(), Some("write"));
}

#[test]
fn a_refresh_token_is_good_for_its_client_alone() {
    let stage = Stage::new();
    stage.client("other", ClientDraft::web("other", [CALLBACK]).scopes("write".parse().unwrap()));
    let (access, refresh) = tokens(&stage, "write");
    let form = [("grant_type", "refresh_token"), ("refresh_token", &*refresh)];
    for client in ["machine", "other"] {
        assert_eq!(stage.post("/oauth2/token", client, &form).refusal(), "400 invalid_grant", "{client}");
    }
    for wrong in [&*access, "unknown", refresh.get(1..).unwrap(), &format!("{refresh}A")] {
        assert_eq!(stage.refresh(wrong).refusal(), "400 invalid_grant");
    }
    assert_eq!(stage.refresh(&refresh).status(), 200);
}

#[test]
fn a_refresh_token_that_is_not_used_expires_and_one_that_is_lives_on() {
    let stage = Stage::with(|issuer| issuer.refresh_lifetime(Duration::from_secs(7200)));
    let (_, unused) = tokens(&stage, "write");
    let (_, used) = tokens(&stage, "write");
    stage.wait(7199);
    let used = stage.refresh(&used).text("refresh_token").unwrap();
    stage.wait(1);
    assert_eq!(stage.refresh(&unused).refusal(), "400 invalid_grant");
    stage.wait(7000);
    assert_eq!(stage.refresh(&used).status(), 200);
}

#[test]
fn two_years_are_two_years_and_then_the_record_is_gone() {
    let two_years = Duration::from_secs(63_072_000);
    let stage = Stage::with(|issuer| {
        issuer
            .token_format(scopa_issuer::TokenFormat::Opaque)
            .access_lifetime(two_years)
            .refresh_lifetime(two_years)
    });
    let (access, refresh) = tokens(&stage, "write");
    stage.wait(63_071_999);
    assert!(stage.is_active(&access));
    stage.wait(1);
    assert!(!stage.is_active(&access));
    assert!(crate::stage::now(stage.issuer.purge()).unwrap() >= 2, "the grant and its access token");
    assert_eq!(stage.refresh(&refresh).refusal(), "400 invalid_grant");
}

#[test]
fn who_was_removed_has_no_tokens() {
    let stage = Stage::new();
    let (access, refresh) = tokens(&stage, "write");
    let validator = stage.issuer.validator(API).revocation(stage.issuer.revocation()).build().unwrap();
    let bearer = format!("Bearer {access}");
    assert!(crate::stage::now(validator.authenticate([bearer.as_bytes()])).is_ok());
    assert_eq!(crate::stage::now(stage.issuer.end_grants("alice", None)).unwrap(), 1);
    assert_eq!(stage.refresh(&refresh).refusal(), "400 invalid_grant");
    let refusal = crate::stage::now(validator.authenticate([bearer.as_bytes()])).unwrap_err();
    assert_eq!(refusal.status(), 401);
}
