use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use scopa_testing::TestIssuer;

use super::{START, Service, is_one, present};
use crate::access::Access;
use crate::key::{KeySet, KeySource, KeysFuture};
use crate::revocation::{Revocation, Revoked};
use crate::{Introspection, RevocationList, Validator};

#[test]
fn what_is_refused_is_never_remembered() {
    let list = RevocationList::new(std::time::Duration::from_secs(3600)).clock(super::Time::default());
    list.revoke_token_id("https://id.example.com", "revoked", START + 3600).unwrap();
    let service = Service::with(|builder| builder.revocation(list));
    let token = || service.issuer.token();
    let refused = [
        ("forged", token().signed_by_a_stranger()),
        ("tampered", token().tampered()),
        ("unsigned", token().unsigned()),
        ("expired", token().expired()),
        ("not yet valid", token().not_yet_valid()),
        ("for another audience", token().audience("https://other.example.com")),
        ("of another issuer", token().issuer("https://evil.example.com")),
        (
            "bound by DPoP",
            token().claim("cnf", HashMap::from([("jkt", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")])),
        ),
        (
            "bound by a certificate",
            token()
                .claim("cnf", HashMap::from([("x5t#S256", "bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2")])),
        ),
        ("an ID token", token().header("typ", "JWT").claim("nonce", "n")),
        ("a refresh token", token().header("typ", "JWT").claim("typ", "Refresh")),
        ("a logout token", token().header("typ", "logout+jwt")),
        ("revoked", token().claim("jti", "revoked")),
        ("of an unknown key", token().header("kid", "nobody")),
        ("with a malformed scope", token().claim("scope", 7)),
        ("without an end", token().without("exp")),
    ];
    for (name, token) in refused {
        let token = token.sign();
        for _ in 0..3 {
            assert!(service.present(&token).is_err(), "{name}");
        }
        assert_eq!(service.entries(), 0, "{name}");
    }
    assert!(service.present(&token().sign()).is_ok());
    assert_eq!(service.entries(), 1);
}

/// Has the issuer's keys at hand.
struct AtHand(KeySet);

impl KeySource for AtHand {
    fn keys(&self) -> KeysFuture {
        let keys = self.0.clone();
        Box::pin(async { Ok(keys) })
    }
}

#[test]
fn a_token_for_a_source_of_keys_of_the_users_own_is_not_remembered() {
    let keys = KeySet::from_jwks(&TestIssuer::new().jwks()).unwrap();
    let service = Service::with(|builder| builder.key_source(AtHand(keys)));
    let token = service.issuer.token().sign();
    let first = service.present(&token).unwrap();
    assert!(!is_one(&first, &service.present(&token).unwrap()));
    assert_eq!(service.entries(), 0);
}

#[test]
fn what_an_issuer_says_of_an_opaque_token_is_not_remembered_here() {
    let answer = format!(
        r#"{{"active": true, "aud": "https://api.example.com", "exp": {}, "scope": "read"}}"#,
        START + 3600
    );
    let endpoint = super::Publisher::default();
    endpoint.publish(answer);
    let asking =
        Introspection::new("crash-api", "secret of crash-api").endpoint("https://id.example.com/introspect");
    let service = Service::with(|builder| builder.introspect(asking, endpoint.clone()));
    let (opaque, signed) = ("an-opaque-token-of-sufficient-length", service.issuer.token().sign());
    for _ in 0..3 {
        assert!(service.present(opaque).is_ok());
    }
    assert_eq!((service.entries(), endpoint.fetches()), (0, 1));
    assert!(service.present(&signed).is_ok());
    assert_eq!(service.entries(), 1);
}

/// Says what it is told to.
#[derive(Clone, Default)]
struct Scripted(Arc<Mutex<Option<Revoked>>>);

impl Scripted {
    fn says(&self, answer: Revoked) {
        *self.0.lock().unwrap() = Some(answer);
    }

    fn later(&self, answer: Result<bool, &'static str>) {
        self.says(Revoked::Later(Box::pin(async move { answer.map_err(Into::into) })));
    }
}

impl Revocation for Scripted {
    fn revoked(&self, _: &Access) -> Revoked {
        self.0.lock().unwrap().take().unwrap_or(Revoked::No)
    }
}

#[test]
fn a_revoked_token_is_forgotten_and_verified_anew_when_that_is_taken_back() {
    let list = Scripted::default();
    let service = Service::with(|builder| builder.revocation(list.clone()));
    let token = service.issuer.token().sign();
    let first = service.present(&token).unwrap();
    for later in [false, true] {
        if later {
            list.later(Ok(true))
        } else {
            list.says(Revoked::Yes)
        }
        assert!(service.present(&token).is_err());
        assert_eq!(service.entries(), 0);
        let anew = service.present(&token).unwrap();
        assert!(!is_one(&first, &anew));
        assert!(is_one(&anew, &service.present(&token).unwrap()));
    }
}

#[test]
fn a_token_is_remembered_when_the_answer_that_it_is_good_has_come_and_not_before() {
    let list = Scripted::default();
    let service = Service::with(|builder| builder.revocation(list.clone()));
    let token = service.issuer.token().sign();
    list.later(Err("away"));
    assert_eq!(service.present(&token).unwrap_err().status(), 503);
    assert_eq!(service.entries(), 0);

    let (say, answer) = std::sync::mpsc::channel::<bool>();
    let answer = Mutex::new(answer);
    list.says(Revoked::Later(Box::pin(std::future::poll_fn(move |_| {
        match answer.lock().unwrap().try_recv() {
            Ok(is_revoked) => std::task::Poll::Ready(Ok(is_revoked)),
            Err(_) => std::task::Poll::Pending,
        }
    }))));
    let field = format!("Bearer {token}");
    let waiting = service.auth.authenticate([field.as_bytes()]).now_or_later().unwrap_err();
    assert_eq!(service.entries(), 0);
    say.send(false).unwrap();
    let first = futures_util::FutureExt::now_or_never(waiting).unwrap().unwrap();
    assert_eq!(service.entries(), 1);

    // Nobody knows: that is no reason to forget.
    list.later(Err("away"));
    assert_eq!(service.present(&token).unwrap_err().status(), 503);
    assert!(is_one(&first, &service.present(&token).unwrap()));
}

#[test]
fn an_answer_that_comes_after_another_said_revoked_lets_no_later_request_pass() {
    let list = RevocationList::new(std::time::Duration::from_secs(3600)).clock(super::Time::default());
    let service = Service::with(|builder| builder.revocation(list.clone()));
    let token = service.issuer.token().claim("jti", "a").sign();
    let access = service.present(&token).unwrap();
    list.revoke_token(&access).unwrap();
    // As a request does that was under way.
    service.auth.inner.remembered.as_ref().unwrap().note(&access);
    assert_eq!(service.entries(), 1);
    assert!(service.present(&token).is_err());
    assert_eq!(service.entries(), 0);
}

#[test]
fn both_forms_of_an_ecdsa_signature_have_places_of_their_own_and_one_revocation() {
    let list = RevocationList::new(std::time::Duration::from_secs(3600)).clock(super::Time::default());
    let service = Service::with(|builder| builder.revocation(list.clone()));
    let token = service.issuer.token().sign();
    let twin = second_form(&token);
    assert_ne!(token, twin);
    let (first, second) = (service.present(&token).unwrap(), service.present(&twin).unwrap());
    assert_eq!(service.entries(), 2);
    assert!(!is_one(&first, &second));
    assert!(service.remembers(&token) && service.remembers(&twin));
    list.revoke_token(&second).unwrap();
    assert!(service.present(&token).is_err() && service.present(&twin).is_err());
    assert_eq!(service.entries(), 0);
}

/// Writes the ES256 signature (r, s) as (r, n − s).
fn second_form(token: &str) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    // SEC 2 §2.4.2.
    const N: [u8; 32] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xBC, 0xE6, 0xFA,
        0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
    ];
    let (input, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for (at, n) in N.into_iter().enumerate().rev() {
        let difference = i16::from(n) - i16::from(signature[32 + at]) - borrow;
        borrow = i16::from(difference < 0);
        signature[32 + at] = difference.rem_euclid(256) as u8;
    }
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[test]
fn a_token_of_another_issuer_under_the_same_keys_is_not_taken_for_ones_own() {
    let service = Service::with(|builder| builder);
    let other = TestIssuer::new().with_issuer("https://other.example.com");
    let keys = KeySet::from_jwks(&other.jwks()).unwrap();
    let theirs = Validator::builder(other.issuer(), other.audience())
        .keys(keys)
        .clock(super::Time::default())
        .build()
        .unwrap();
    let token = other.token().sign();
    assert!(present(&theirs, &token).is_ok());
    assert!(service.present(&token).is_err());
    assert!(present(&theirs, &token).is_ok());
}
