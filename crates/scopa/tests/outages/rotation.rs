use scopa::Algorithm;

use crate::kit::{SECOND, Service, seconds};

#[test]
fn a_new_key_is_accepted_at_once_and_the_old_one_still_is() {
    let service = Service::warm();
    service.pass(seconds(30));
    service.provider.publish(["es256", "es384"]);
    assert_eq!(service.status(&service.newer()), 200);
    assert!(service.accepts_at_once(&service.known()));
    assert_eq!(service.key_fetches(), 2);
}

#[test]
fn a_new_key_is_found_when_the_keys_are_due_anyway() {
    let service = Service::warm();
    service.pass(seconds(550));
    service.provider.publish(["es256", "es384"]);
    // This very request has them fetched, and is judged by what came.
    assert_eq!(service.status(&service.newer()), 200);
    assert_eq!(service.key_fetches(), 2);
}

#[test]
fn a_new_key_that_is_used_before_it_is_published_is_found_after_a_cool_down() {
    let service = Service::warm();
    service.pass(seconds(30));
    assert_eq!(service.status(&service.newer()), 401);
    service.provider.publish(["es256", "es384"]);
    for _ in 0..30 {
        assert_eq!(service.status(&service.newer()), 401);
        service.pass(SECOND);
    }
    assert_eq!(service.status(&service.newer()), 200);
    assert_eq!(service.key_fetches(), 3);
}

#[test]
fn a_withdrawn_key_stops_at_the_next_refresh() {
    let service = Service::warm();
    let withdrawn = service.token().algorithm(Algorithm::RS256).bearer();
    service.provider.publish(["es256"]);
    for _ in 0..4 {
        assert!(service.accepts_at_once(&withdrawn));
        service.pass(seconds(100));
    }
    service.pass(seconds(150));
    assert!(service.accepts_at_once(&service.known()), "has newer keys fetched");
    assert_eq!(service.status(&withdrawn), 401);
    assert!(service.accepts_at_once(&service.known()));
    assert_eq!(service.key_fetches(), 2);
}

#[test]
fn a_withdrawn_key_stops_when_an_unknown_one_is_looked_for() {
    let service = Service::warm();
    let withdrawn = service.token().algorithm(Algorithm::RS256).bearer();
    service.pass(seconds(30));
    service.provider.publish(["es256", "es384"]);
    assert_eq!(service.status(&service.newer()), 200);
    assert_eq!(service.status(&withdrawn), 401);
}
