use super::{Service, is_one};
use crate::TokenCache;
use crate::cache::Entry as _;

#[test]
fn digests_keep_no_token_and_answer_the_same() {
    let whole = Service::with(|builder| builder);
    let digests = Service::with(|builder| builder.token_cache(TokenCache::new().digests()));
    for token in [
        whole.issuer.token().subject("user-7").scope("read write").claim("tier", 3),
        whole.issuer.token().claim("aud", ["https://api.example.com", "b"]).without("sub").without("jti"),
    ] {
        let token = token.sign();
        let (first, expected) = (digests.present(&token).unwrap(), whole.present(&token).unwrap());
        let again = digests.present(&token).unwrap();
        assert!(is_one(&first, &again));
        for access in [&first, &again] {
            assert_eq!(access.subject(), expected.subject());
            assert_eq!(access.token_id(), expected.token_id());
            assert_eq!(access.scopes(), expected.scopes());
            assert!(access.audience().eq(expected.audience()));
            assert_eq!(access.claim::<u8>("tier").unwrap(), expected.claim::<u8>("tier").unwrap());
            let claims = |access: &crate::Access| access.claims::<serde_json::Value>().unwrap();
            assert_eq!(claims(access), claims(&expected));
        }
        let parts: Vec<&str> = token.split('.').collect();
        let (header, signature) = (parts[0], parts[2]);
        assert!(expected.text().contains(signature), "what the test looks for is there otherwise");
        assert_eq!(first.sealed().token().len(), 43);
        for piece in [header, signature, &signature[..16], &signature[signature.len() - 16..]] {
            assert!(!first.text().contains(piece));
        }
    }
}

#[test]
fn the_digest_of_a_token_is_no_token() {
    let service = Service::with(|builder| builder.token_cache(TokenCache::new().digests()));
    let token = service.issuer.token().sign();
    let access = service.present(&token).unwrap();
    let digest = String::from_utf8(access.sealed().token().to_vec()).unwrap();
    assert!(service.present(&digest).is_err());
    let remembered = service.auth.inner.remembered.as_ref().unwrap();
    assert!(remembered.find(digest.as_bytes()).is_none());
    assert!(remembered.find(token.as_bytes()).is_some());
    for other in [&token[..token.len() - 1], &format!("{token} "), &token.to_lowercase()] {
        assert!(remembered.find(other.as_bytes()).is_none());
    }
}

#[test]
fn off_keeps_no_text_to_know_a_token_by() {
    let service = Service::with(|builder| builder.token_cache(TokenCache::off().digests().entries(5)));
    let token = service.issuer.token().sign();
    let access = service.present(&token).unwrap();
    let signature = token.rsplit_once('.').unwrap().1;
    assert!(!access.text().contains(signature));
    assert!(access.sealed().token().is_empty(), "off is off, whatever else is set");
}
