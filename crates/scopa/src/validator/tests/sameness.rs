use http::HeaderMap;
use http::header::AUTHORIZATION;
use scopa_testing::TestIssuer;

use super::{Service, is_one, present, remembers};
use crate::{TokenCache, Validator};

#[test]
fn a_token_that_comes_again_is_answered_from_memory_unless_it_is_off() {
    let service = Service::with(|builder| builder);
    let token = service.issuer.token().scope("read").sign();
    let first = service.present(&token).unwrap();
    for _ in 0..100 {
        assert!(is_one(&first, &service.present(&token).unwrap()));
    }
    assert_eq!(service.entries(), 1);

    let off = Service::with(|builder| builder.token_cache(TokenCache::off()));
    let first = off.present(&token).unwrap();
    assert!(!is_one(&first, &off.present(&token).unwrap()));
    assert!(off.auth.inner.remembered.is_none());
}

#[test]
fn the_scheme_in_another_case_and_the_headers_find_the_same() {
    let service = Service::with(|builder| builder);
    let token = service.issuer.token().sign();
    let first = service.present(&token).unwrap();
    for scheme in ["bearer", "BEARER", "bEARER"] {
        let value = format!("{scheme} {token}");
        let access = service.auth.authenticate([value.as_bytes()]).now_or_later().unwrap().unwrap();
        assert!(is_one(&first, &access), "{scheme}");
        let headers: HeaderMap = [(AUTHORIZATION, value.parse().unwrap())].into_iter().collect();
        let access = service.auth.authenticate_headers(&headers).now_or_later().unwrap().unwrap();
        assert!(is_one(&first, &access), "{scheme}");
    }
}

#[test]
fn more_spaces_around_it_find_the_same_and_put_nothing_in_its_place() {
    let service = Service::with(|builder| builder);
    let token = service.issuer.token().sign();
    let first = service.present(&token).unwrap();
    for value in [format!("Bearer  {token}"), format!(" Bearer {token}"), format!("Bearer {token} ")] {
        let access = service.auth.authenticate([value.as_bytes()]).now_or_later().unwrap().unwrap();
        assert!(is_one(&first, &access), "{value:?}");
    }
    assert!(is_one(&first, &service.present(&token).unwrap()));
    let tab = format!("Bearer \t{token}");
    assert!(service.auth.authenticate([tab.as_bytes()]).now_or_later().unwrap().is_err());
}

#[test]
fn nothing_but_the_token_itself_finds_it() {
    let service = Service::with(|builder| builder);
    let token = service.issuer.token().sign();
    service.present(&token).unwrap();
    let remembered = service.auth.inner.remembered.as_ref().unwrap();
    assert!(remembered.find(token.as_bytes()).is_some());
    for at in 0..token.len() {
        let mut other = token.clone().into_bytes();
        for bit in 0..8 {
            other[at] ^= 1 << bit;
            assert!(remembered.find(&other).is_none(), "byte {at}, bit {bit}");
            other[at] ^= 1 << bit;
        }
        assert!(remembered.find(&token.as_bytes()[..at]).is_none(), "the first {at} bytes");
        assert!(
            at == 0 || remembered.find(&token.as_bytes()[at..]).is_none(),
            "without the first {at} bytes"
        );
    }
    for other in [format!("{token} "), format!(" {token}"), format!("{token}="), token.repeat(2)] {
        assert!(remembered.find(other.as_bytes()).is_none());
    }
}

#[test]
fn a_clone_of_the_validator_knows_it_and_another_validator_does_not() {
    let service = Service::with(|builder| builder);
    let token = service.issuer.token().sign();
    service.present(&token).unwrap();
    assert!(remembers(&service.auth.clone(), &token));

    // Built alike, by the same issuer, for the same audience.
    let twin = Service::with(|builder| builder);
    assert!(!twin.remembers(&token));
    assert!(twin.remembers(&token), "the second time");
    let (access, of_twin) = (service.present(&token).unwrap(), twin.present(&token).unwrap());
    assert!(!is_one(&access, &of_twin));
    assert!(service.auth.owns(&access) && !twin.auth.owns(&access));
}

#[test]
fn nothing_is_left_when_the_validator_is_gone() {
    let service = Service::with(|builder| builder);
    let token = service.issuer.token().sign();
    let access = service.present(&token).unwrap();
    let Service { auth, .. } = service;
    let sealed = std::sync::Arc::downgrade(access.sealed());
    drop(access);
    assert!(sealed.upgrade().is_some());
    drop(auth);
    assert!(sealed.upgrade().is_none());
}

#[test]
fn issuers_share_the_room_and_nothing_else() {
    let partners = TestIssuer::new().with_issuer("https://partners.example.com");
    let keys = || crate::KeySet::from_jwks(&partners.jwks()).unwrap();
    let service = Service::with(|builder| {
        builder.or_issuer(Validator::builder(partners.issuer(), partners.audience()).keys(keys()))
    });
    let (own, theirs) = (service.issuer.token().sign(), partners.token().sign());
    for token in [&own, &theirs] {
        assert!(!service.remembers(token));
        assert!(service.remembers(token));
    }
    assert_eq!(service.present(&own).unwrap().issuer(), service.issuer.issuer());
    assert_eq!(service.present(&theirs).unwrap().issuer(), partners.issuer());
    assert_eq!(service.entries(), 2);
    assert!(present(&service.auth, &own[..own.len() - 1]).is_err());
}

#[test]
fn a_tenant_that_comes_back_vouches_for_nothing_from_before() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let customer = TestIssuer::new().with_issuer("https://t0.id.example.com");
    let is_listed = Arc::new(AtomicBool::new(true));
    let (listed, name, jwks) = (is_listed.clone(), customer.issuer().to_owned(), customer.jwks());
    let service = Service::with(|builder| {
        builder.tenants(10, move |issuer| {
            (issuer == name && listed.load(Ordering::Relaxed)).then(|| {
                Validator::builder(issuer, "https://api.example.com")
                    .keys(crate::KeySet::from_jwks(&jwks).unwrap())
            })
        })
    });
    let token = customer.token().sign();
    assert!(!service.remembers(&token));
    assert!(service.remembers(&token));
    is_listed.store(false, Ordering::Relaxed);
    service.time.pass(59);
    assert!(service.remembers(&token));
    service.time.pass(1);
    assert!(service.present(&token).is_err());
    assert_eq!(service.entries(), 0);
    is_listed.store(true, Ordering::Relaxed);
    assert!(!service.remembers(&token));
    assert!(service.remembers(&token));
}
