//! How much is remembered, and of what: mistakes are named when the validator is built.

use scopa::{ConfigError, TokenCache, Validator, ValidatorBuilder};
use scopa_testing::TestIssuer;

use crate::{issuer, present, status};

fn with(cache: TokenCache) -> Result<Validator, ConfigError> {
    issuer().validator().token_cache(cache).build()
}

#[test]
fn every_mistake_names_the_setting_and_the_fix() {
    for (cache, fix) in [
        (TokenCache::new().entries(0), "`TokenCache::off()`"),
        (TokenCache::new().entries(0).digests(), "`TokenCache::off()`"),
        (TokenCache::new().entries((1 << 30) + 1), "use at most 1073741824"),
        (TokenCache::new().entries(usize::MAX), "use at most 1073741824"),
        (TokenCache::new().bytes(0), "use at least 65536"),
        (TokenCache::new().bytes(64 * 1024 - 1), "use at least 65536"),
    ] {
        let error = with(cache.clone()).unwrap_err();
        assert_eq!(error.setting(), "token_cache", "{cache:?}");
        assert!(error.to_string().starts_with("token_cache: ") && error.to_string().contains(fix), "{error}");
    }
}

#[test]
fn what_is_allowed_is_allowed_at_its_limit() {
    let issuer = issuer();
    let token = issuer.token().sign();
    for cache in [
        TokenCache::default(),
        TokenCache::new().entries(1),
        TokenCache::new().entries(1).bytes(64 * 1024),
        TokenCache::new().entries(1 << 30).bytes(64 * 1024),
        TokenCache::new().entries(10).bytes(usize::MAX),
        TokenCache::new().digests().entries(1),
        TokenCache::off(),
        TokenCache::off().entries(0).bytes(0),
    ] {
        let auth = issuer.validator().token_cache(cache.clone()).build().unwrap();
        for _ in 0..3 {
            assert_eq!(status(&auth, &token), 200, "{cache:?}");
        }
    }
}

#[test]
fn the_last_word_counts() {
    let issuer = issuer();
    let builder = issuer.validator().token_cache(TokenCache::new().entries(0));
    assert!(builder.token_cache(TokenCache::new()).build().is_ok());
}

#[test]
fn another_issuer_and_a_tenant_have_no_memory_of_their_own() {
    let own = |builder: ValidatorBuilder| builder.token_cache(TokenCache::off());
    let partners = TestIssuer::new().with_issuer("https://partners.example.com");
    let error = issuer().validator().or_issuer(own(partners.validator())).build().unwrap_err();
    assert_eq!(error.setting(), "token_cache");
    for part in
        ["is for the whole validator; set it on the first issuer alone", "https://partners.example.com"]
    {
        assert!(error.to_string().contains(part), "{error}");
    }

    let keys = partners.keys();
    let auth = issuer()
        .validator()
        .tenants(10, move |name| {
            let builder = Validator::builder(name, "https://api.example.com").keys(keys.clone());
            Some(builder.token_cache(TokenCache::new()))
        })
        .build()
        .unwrap();
    let refusal = present(&auth, &partners.token().sign()).unwrap_err();
    assert_eq!(refusal.status(), 500);
    let told =
        std::error::Error::source(&refusal).map_or_else(|| format!("{refusal:?}"), ToString::to_string);
    assert!(told.contains("token_cache"), "{told}");
}

#[test]
fn what_is_printed_of_the_settings_is_the_settings() {
    let text = format!("{:?}", TokenCache::new().entries(7).bytes(1 << 20).digests());
    for part in ["entries: 7", "bytes: 1048576", "Digest"] {
        assert!(text.contains(part), "{text}");
    }
}
