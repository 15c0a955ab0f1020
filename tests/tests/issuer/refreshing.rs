//! Refresh tokens: each is good once, and what it brings never grows (RFC 6749 §6, RFC 9700 §4.14.2).

use std::time::Duration;

use crate::desk::{By, Desk, M2M, SPA, Tokens, WEB, at_each, flipped, refresh, tokens_of, with};

#[test]
fn each_refresh_brings_another_token() {
    at_each(|desk| {
        let first = desk.tokens("alpha beta");
        let second = refreshed(desk, &first);
        assert_ne!(first.refresh, second.refresh, "{}", desk.server);
        assert_ne!(first.access, second.access);
        let said = desk.introspect(&second.access);
        assert_eq!((&said["sub"], &said["client_id"]), (&"user-1".into(), &"web".into()), "{said}");
        let third = refreshed(desk, &second);
        assert!(desk.is_active(&third.access));
    });
}

#[test]
fn one_that_comes_again_ends_them_all() {
    at_each(|desk| {
        let first = desk.tokens("alpha");
        let second = refreshed(desk, &first);
        let third = refreshed(desk, &second);
        refused(desk, &refresh(&first.refresh), WEB, "invalid_grant");
        for (name, tokens) in [("the second", &second), ("the third", &third)] {
            refused(desk, &refresh(&tokens.refresh), WEB, "invalid_grant");
            assert!(!desk.is_active(&tokens.access), "{}: {name}", desk.server);
        }
        // Another consent is another grant.
        assert!(desk.is_active(&desk.tokens("alpha").access), "{}", desk.server);
    });
}

#[test]
fn the_scope_may_be_narrowed_and_never_widened() {
    at_each(|desk| {
        let tokens = desk.tokens("alpha beta");
        let narrow = desk.token(&with(&refresh(&tokens.refresh), &[("scope", "beta")]), WEB);
        let narrow = tokens_of(&narrow);
        assert_eq!(desk.introspect(&narrow.access)["scope"], "beta", "{}", desk.server);
        for scope in ["alpha beta api", "api", "api:v1", "gamma", "al\"pha", "team_7", "alpha\u{1}"] {
            let form = refresh(&narrow.refresh);
            refused(desk, &with(&form, &[("scope", scope)]), WEB, "invalid_scope");
        }
        // A refusal costs nothing, and what was consented to stays what it was.
        let wide = refreshed(desk, &narrow);
        let scope = desk.introspect(&wide.access)["scope"].as_str().unwrap().to_owned();
        assert!(["alpha beta", "beta alpha"].contains(&&*scope), "{}: {scope}", desk.server);

        // What includes another scope covers it, too.
        let api = desk.tokens("api");
        let form = refresh(&api.refresh);
        let below = tokens_of(&desk.token(&with(&form, &[("scope", "api:v1")]), WEB));
        assert_eq!(desk.introspect(&below.access)["scope"], "api:v1", "{}", desk.server);
    });
}

#[test]
fn it_is_for_one_client_and_is_no_access_token() {
    at_each(|desk| {
        let tokens = desk.tokens("alpha");
        refused(desk, &refresh(&tokens.refresh), M2M, "invalid_grant");
        refused(desk, &refresh(&tokens.refresh), SPA, "invalid_grant");
        refused(desk, &refresh(&tokens.refresh), By::Nobody, "invalid_client");
        refused(desk, &refresh(&tokens.refresh), By::Basic("web", "x"), "invalid_client");
        refused(desk, &refresh(&tokens.access), WEB, "invalid_grant");
        assert!(!desk.is_active(&tokens.refresh), "{}", desk.server);
        let flipped = flipped(&tokens.refresh);
        for made_up in ["x", "e30.e30.e30", "\0", &"A".repeat(tokens.refresh.len()), &flipped] {
            refused(desk, &refresh(made_up), WEB, "invalid_grant");
        }
        refused(desk, &[("grant_type", "refresh_token")], WEB, "invalid_request");
        refused(desk, &refresh(""), WEB, "invalid_request");
        // Nobody who tried did harm.
        refreshed(desk, &tokens);
    });
}

#[test]
fn one_that_is_not_used_ends() {
    at_each(|desk| {
        let day = Duration::from_secs(24 * 3600);
        let tokens = desk.tokens("alpha");
        desk.clock.advance(29 * day);
        let tokens = refreshed(desk, &tokens);
        desk.clock.advance(29 * day);
        let tokens = refreshed(desk, &tokens);
        desk.clock.advance(30 * day);
        refused(desk, &refresh(&tokens.refresh), WEB, "invalid_grant");
    });
}

#[test]
fn of_twenty_who_use_one_at_most_one_gets_tokens() {
    at_each(|desk| {
        let tokens = desk.tokens("alpha");
        let answers = desk.race(20, &refresh(&tokens.refresh), WEB);
        let winners: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(winners.len(), 1, "{}", desk.server);
        // The others came again: nobody keeps anything.
        let won = tokens_of(winners[0]);
        assert!(!desk.is_active(&won.access), "{}", desk.server);
        refused(desk, &refresh(&won.refresh), WEB, "invalid_grant");
    });
}

fn refreshed(desk: &Desk, tokens: &Tokens) -> Tokens {
    tokens_of(&desk.token(&refresh(&tokens.refresh), WEB))
}

fn refused(desk: &Desk, form: &[(&str, &str)], by: By, error: &str) {
    let answer = desk.token(form, by);
    assert_eq!(answer.text("error").as_deref(), Some(error), "{}: {form:?}: {answer:?}", desk.server);
    assert_eq!(answer.text("access_token"), None);
}
