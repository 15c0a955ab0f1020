use super::*;

#[test]
fn basic_is_read_encoded_and_raw() {
    let desk = Desk::new();
    let odd = "a+b%41/c=d&e:f~g%zz-0123456789";
    let even = "a+b%41/c=d&e:f~g-0123456789";
    desk.add("odd", ClientDraft::machine("odd"), Some(odd));
    desk.add("even", ClientDraft::machine("even"), Some(even));
    desk.add("a@b~c", ClientDraft::machine("at"), Some(SECRET));
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    for (id, secret, expected) in [
        ("odd", odd, true),
        ("odd", &encoded(odd), true),
        ("even", even, true),
        ("even", &encoded(even), true),
        // What the one reading makes of the other is no secret.
        ("even", "a b%41/c=d&e:f~g-0123456789", false),
        ("even", "a+bA/c=d&e:f~g-0123456789", false),
        ("even", &encoded(&encoded(even)), false),
        ("a@b~c", SECRET, true),
        (&encoded("a@b~c"), SECRET, true),
        ("%6d2m", SECRET, true),
        ("m2m", SECRET, true),
        ("m2m", &format!("{SECRET}\0"), false),
        ("m2m", &format!("{SECRET}%00"), false),
        ("m2m", &format!(" {SECRET}"), false),
        ("m2m", &format!("{SECRET} "), false),
        ("m2m", &format!("{SECRET}:"), false),
        ("m2m", SECRET.trim_start_matches('m'), false),
        ("m2m", &SECRET.to_uppercase(), false),
        ("m2m", &"a".repeat(10_000), false),
        (&"m".repeat(10_000), SECRET, false),
    ] {
        assert_eq!(desk.basic(id, secret, None).is_ok(), expected, "{id} {secret}");
    }
    // In the body, the form is decoded already.
    let post = |secret: &str| desk.ask(&[], &format!("client_id=even&client_secret={secret}"), None);
    assert!(post(&encoded(even)).is_ok());
    assert!(post(&encoded(&encoded(even))).is_err());
}

#[test]
fn any_living_secret_is_good() {
    let desk = Desk::new();
    let added = |lifetime: Option<u64>| {
        let lifetime = lifetime.map(Duration::from_secs);
        desk.clients().add_secret("m2m", lifetime).now_or_never().unwrap().unwrap()
    };
    let (forever, hour) = (added(None), added(Some(3600)));
    let good = |secret: &str| desk.basic("m2m", secret, None).is_ok();
    assert!(good(SECRET) && good(forever.as_str()) && good(hour.as_str()));

    desk.time.advance(Duration::from_secs(3599));
    assert!(good(hour.as_str()));
    desk.time.advance(Duration::from_secs(1));
    assert!(!good(hour.as_str()) && good(SECRET) && good(forever.as_str()));

    desk.clients().revoke_secret("m2m", forever.id()).now_or_never().unwrap().unwrap();
    assert!(!good(forever.as_str()) && good(SECRET));
}

#[test]
fn a_secret_is_good_for_its_client_alone() {
    let desk = Desk::new();
    let (client, secret) =
        desk.clients().create(ClientDraft::machine("other")).now_or_never().unwrap().unwrap();
    let secret = secret.unwrap();
    assert!(desk.basic(client.id(), secret.as_str(), None).is_ok());
    assert!(desk.basic("m2m", secret.as_str(), None).is_err());
    desk.clients().remove(client.id()).now_or_never().unwrap().unwrap();
    assert_eq!(
        desk.basic(client.id(), secret.as_str(), None).unwrap_err(),
        desk.basic("nobody", "x", None).unwrap_err()
    );
}

#[cfg(feature = "argon2")]
#[test]
fn a_secret_that_a_person_chose_is_good_until_it_is_revoked() {
    let desk = Desk::new();
    let import = |id: &str, secret: &str| {
        desk.clients().import(id, ClientDraft::machine("old"), secret).now_or_never().unwrap()
    };
    let chosen = "p\u{e4}ss w\u{f6}rd";
    let client = import("old", chosen).unwrap();
    let kept = serde_json::to_string(&*client).unwrap();
    assert!(kept.contains("$argon2id$") && !kept.contains("p\u{e4}ss"), "{kept}");

    assert!(desk.basic("old", chosen, None).is_ok());
    assert!(
        desk.basic("old", &form_urlencoded::byte_serialize(chosen.as_bytes()).collect::<String>(), None)
            .is_ok()
    );
    for wrong in ["", "p\u{e4}ss w\u{f6}r", "P\u{e4}ss w\u{f6}rd", "p\u{e4}ss w\u{f6}rd "] {
        assert_eq!(shown(desk.basic("old", wrong, None)), "401 invalid_client", "{wrong}");
    }
    let new = desk.clients().add_secret("old", None).now_or_never().unwrap().unwrap();
    assert!(desk.basic("old", new.as_str(), None).is_ok() && desk.basic("old", chosen, None).is_ok());
    desk.clients().revoke_secret("old", client.secrets()[0].id()).now_or_never().unwrap().unwrap();
    assert!(desk.basic("old", new.as_str(), None).is_ok());
    assert_eq!(desk.basic("old", chosen, None).unwrap_err(), desk.basic("nobody", "x", None).unwrap_err());

    for (id, secret) in [("a", "short"), ("a", "two\nlines"), ("a:b", "long enough"), ("old", "long enough")]
    {
        assert!(import(id, secret).is_err(), "{id} {secret}");
    }
}
