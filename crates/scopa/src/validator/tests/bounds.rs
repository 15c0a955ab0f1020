use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{START, Service, is_one};
use crate::access::Access;
use crate::cache::Entry as _;
use crate::key::{Algorithm, KeySet};
use crate::{Hierarchy, TokenCache};

const SECRET: [u8; 32] = [7; 32];

fn with(cache: TokenCache) -> Service {
    let keys = KeySet::from_secret(Algorithm::HS256, SECRET).unwrap();
    Service::with(|builder| builder.keys(keys).token_cache(cache))
}

/// Signs by hand: the test issuer would take far longer over so many.
fn token(number: usize, more: &str) -> String {
    let claims = format!(
        r#"{{"iss":"https://id.example.com","aud":"https://api.example.com","exp":{},"sub":"user-{number}"{more}}}"#,
        START + 3600
    );
    let input =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(mac(input.as_bytes()));
    format!("{input}.{signature}")
}

#[cfg(feature = "aws-lc-rs")]
fn mac(message: &[u8]) -> Vec<u8> {
    use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
    sign(&Key::new(HMAC_SHA256, &SECRET), message).as_ref().to_vec()
}

#[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
fn mac(message: &[u8]) -> Vec<u8> {
    use hmac::{Hmac, Mac};
    let mut mac = <Hmac<sha2::Sha256> as Mac>::new_from_slice(&SECRET).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

#[test]
fn a_flood_of_distinct_tokens_stays_within_the_bounds_and_leaves_what_is_in_use() {
    for (entries, bytes) in [(500, 16 << 20), (10_000, 128 << 10)] {
        let service = with(TokenCache::new().entries(entries).bytes(bytes));
        let hot = token(0, "");
        let first = service.present(&hot).unwrap();
        service.present(&hot).unwrap();
        let mut most = (0, 0);
        for number in 1..50_000 {
            let access = service.present(&token(number, "")).unwrap();
            assert_eq!(access.subject(), Some(&*format!("user-{number}")));
            let load = service.auth.inner.remembered.as_ref().unwrap().load();
            assert!(load.0 <= entries && load.1 <= bytes, "{load:?}");
            most = (most.0.max(load.0), most.1.max(load.1));
            if number % 50 == 0 {
                let access = service.present(&hot).unwrap();
                assert!(is_one(&first, &access), "pushed out by {number} tokens");
                assert_eq!(access.subject(), Some("user-0"));
            }
        }
        assert!(most.0 * 10 >= entries * 8 || most.1 * 10 >= bytes * 8, "hardly anything is kept: {most:?}");
    }
}

#[test]
fn a_flood_of_one_signature_with_other_tokens_changes_nothing() {
    let service = with(TokenCache::new());
    let good = token(0, "");
    let first = service.present(&good).unwrap();
    let signature = good.rsplit_once('.').unwrap().1;
    for number in 1..2000 {
        let input = token(number, "");
        let forged = format!("{}.{signature}", input.rsplit_once('.').unwrap().0);
        assert!(service.present(&forged).is_err());
    }
    assert!(is_one(&first, &service.present(&good).unwrap()));
    assert_eq!(service.entries(), 1);
}

#[test]
fn a_token_of_many_scopes_and_permissions_is_counted_with_what_they_come_to() {
    let names: Vec<String> = (0..200).map(|number| format!("s{number}")).collect();
    let hierarchy = Hierarchy::builder()
        .scopes(names.iter().map(String::as_str))
        .template("team_{id}", "[0-9]+")
        .permissions(["OWNER"])
        .build()
        .unwrap();
    let keys = KeySet::from_secret(Algorithm::HS256, SECRET).unwrap();
    let service =
        Service::with(|builder| builder.keys(keys).hierarchy(hierarchy).permission_claim("permissions"));
    let teams: Vec<String> = (0..400).map(|number| format!("team_{number}")).collect();
    let permissions: Vec<String> = (0..1000).map(|number| format!("\"p{number}\"")).collect();
    for more in [
        r#","scope":"s1 s2""#.to_owned(),
        format!(r#","scope":"{}""#, teams.join(" ")),
        format!(r#","permissions":[{}]"#, permissions.join(",")),
    ] {
        let access = service.present(&token(0, &more)).unwrap();
        assert!(access.sealed().weight() >= held(&access), "{}: {}", access.sealed().weight(), held(&access));
    }
}

/// Adds up, from the outside, what an access has in memory at the least.
fn held(access: &Access) -> usize {
    // A text in a box, and in the allocator's books; of each value that is bound, the scopes that it reaches.
    let text = |text: &str| size_of::<Box<str>>() + text.len();
    let permissions: usize = access.permissions().map(text).sum();
    let teams = access.scopes().iter().filter(|scope| scope.starts_with("team_"));
    let bound: usize = teams.map(|team| text(team) - "team_".len() + 200_usize.div_ceil(64) * 8).sum();
    access.text().len() + access.scopes().as_str().len() + permissions + bound
}

#[test]
fn a_token_too_long_for_the_room_is_answered_right_every_time() {
    let service = with(TokenCache::new().bytes(64 << 10));
    let long = token(0, &format!(r#","x":"{}""#, "a".repeat(10_000)));
    for _ in 0..3 {
        assert!(service.present(&long).is_ok());
    }
    assert_eq!(service.entries(), 0);
}

#[test]
fn a_token_that_has_ended_is_forgotten_when_it_comes_again() {
    let service = with(TokenCache::new());
    for number in 0..3 {
        service.present(&token(number, "")).unwrap();
    }
    // The hour, and the leeway.
    service.time.pass(3600 + 29);
    assert!(service.remembers(&token(0, "")));
    service.time.pass(1);
    assert!(service.present(&token(0, "")).is_err());
    assert_eq!(service.entries(), 2);
}
