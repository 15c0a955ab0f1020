//! An API beside the issuer, in the same process.

use std::time::Duration;

use crate::client::get;
use crate::desk::{API, Desk, M2M, REVOKE, WEB, at_each, exchange, refresh, tokens_of};

#[test]
fn the_tokens_open_what_they_are_for() {
    at_each(|desk| {
        for (scope, status) in [("alpha", 200), ("alpha beta", 200), ("beta", 403)] {
            assert_eq!(open(desk, &of_machine(desk, scope)), status, "{}: {scope}", desk.server);
        }
        let tokens = desk.tokens("alpha");
        assert_eq!(open(desk, &tokens.access), 200, "{}", desk.server);
        assert_eq!(open(desk, &tokens.refresh), 401, "{}: a refresh token", desk.server);
        assert_eq!(open(desk, &desk.code("alpha")), 401, "{}: a code", desk.server);
        // An hour, and the leeway of the API.
        desk.clock.advance(Duration::from_secs(3600 + 60));
        assert_eq!(open(desk, &tokens.access), 401, "{}: after its end", desk.server);
    });
}

#[test]
fn what_has_ended_opens_nothing_any_more() {
    at_each(|desk| {
        let token = of_machine(desk, "alpha");
        assert_eq!(open(desk, &token), 200, "{}", desk.server);
        assert_eq!(desk.send(REVOKE, &[("token", &token)], M2M).status, 200);
        assert_eq!(open(desk, &token), 401, "{}: revoked", desk.server);

        let code = desk.code("alpha");
        let tokens = tokens_of(&desk.token(&exchange(&code), WEB));
        assert_eq!(open(desk, &tokens.access), 200, "{}", desk.server);
        assert_eq!(desk.token(&exchange(&code), WEB).status, 400);
        assert_eq!(open(desk, &tokens.access), 401, "{}: its code came twice", desk.server);

        let tokens = desk.tokens("alpha");
        let next = tokens_of(&desk.token(&refresh(&tokens.refresh), WEB));
        assert_eq!(open(desk, &next.access), 200, "{}", desk.server);
        assert_eq!(desk.token(&refresh(&tokens.refresh), WEB).status, 400);
        assert_eq!(open(desk, &next.access), 401, "{}: a refresh token came twice", desk.server);

        let tokens = desk.tokens("alpha");
        assert_eq!(desk.send(REVOKE, &[("token", &tokens.refresh)], WEB).status, 200);
        assert_eq!(open(desk, &tokens.access), 401, "{}: with its refresh token", desk.server);
    });
}

fn of_machine(desk: &Desk, scope: &str) -> String {
    let answer = desk.token(&[("grant_type", "client_credentials"), ("scope", scope)], M2M);
    answer.text("access_token").unwrap()
}

fn open(desk: &Desk, token: &str) -> u16 {
    desk.ask(&get(API).field("Authorization", format!("Bearer {token}"))).status
}
