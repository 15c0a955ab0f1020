use scopa::KeySet;
use scopa_testing::TestAnswer;
use serde_json::{Value, json};

use crate::kit::{KEYS, Service, seconds};
use crate::log::logged;

/// The good keys and so many of another issuer.
fn with_foreign(service: &Service, foreign: usize) -> String {
    let mut set: Value = serde_json::from_str(&service.provider.jwks()).unwrap();
    let keys = set["keys"].as_array_mut().unwrap();
    let other = |number| json!({"kid": format!("key-{number}"), "issuer": "https://elsewhere.example.com"});
    keys.extend((0..foreign).map(other));
    set.to_string()
}

#[test]
fn events_have_the_levels_messages_and_fields_of_the_document() {
    let service = Service::start();
    let present = || logged(|| assert!([200, 503].contains(&service.status(&service.known()))));
    let metadata =
        "DEBUG scopa message=fetched fetch.kind=discovery fetch.outcome=ok issuer=https://id.example.com";
    let keys = "DEBUG scopa message=fetched fetch.kind=jwks fetch.outcome=ok issuer=https://id.example.com";

    service.provider.answer(KEYS, TestAnswer::status(500));
    let detail = "https://id.example.com/jwks.json: status 500, expected 200";
    let failed =
        "WARN scopa message=fetch failed fetch.kind=jwks fetch.outcome=status issuer=https://id.example.com";
    let refused = "WARN scopa message=cannot check the token now error.type=temporarily_unavailable";
    assert_eq!(
        present(),
        [
            metadata.to_owned(),
            format!("{failed} detail={detail}"),
            format!("{refused} detail={detail} status=503"),
        ]
    );

    service.provider.answer(KEYS, TestAnswer::json(with_foreign(&service, 1)));
    service.pass(seconds(1));
    let dropped = "DEBUG scopa message=dropped a key of the JWK Set issuer=https://id.example.com reason=`key-0`: it is of another issuer";
    let loaded = "INFO scopa message=keys loaded issuer=https://id.example.com keys=2 dropped=1";
    assert_eq!(present(), [metadata, dropped, keys, loaded]);

    assert!(present().is_empty(), "what is at hand is quiet");
}

#[test]
fn a_key_that_the_operator_gave_is_not_dropped_in_silence() {
    let service = Service::start();
    let lines = logged(|| drop(KeySet::from_jwks(&with_foreign(&service, 1)).unwrap()));
    assert_eq!(lines, ["WARN scopa message=dropped a key of the JWK Set reason=`key-0`: `kty` is missing"]);
}

#[test]
fn a_thousand_keys_that_cannot_be_used_are_told_in_one_short_line() {
    let service = Service::start();
    service.provider.publish([""; 0]);
    service.provider.answer(KEYS, TestAnswer::json(with_foreign(&service, 1000)));
    assert_eq!(service.status(&service.known()), 503);
    let ready = service.auth.readiness();
    let error = ready.last_error().unwrap();
    assert!(
        error
            .starts_with("https://id.example.com/jwks.json: the JWK Set holds no usable key: `key-0`: it is")
    );
    assert!(error.ends_with("`key-3`: it is of another issuer; and 996 more"), "{error}");
}
