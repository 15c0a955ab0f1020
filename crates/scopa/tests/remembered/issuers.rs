//! Each remembered token is judged by its own issuer.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use scopa::{Algorithm, Hierarchy, KeySet, Policy, TokenCache, Validator};
use scopa_testing::TestIssuer;

use crate::{Alike, issuer, present, reason, seconds, status};

const PARTNERS: &str = "https://partners.example.com";

#[test]
fn issuers_with_the_same_keys_and_subjects_are_not_taken_for_each_other() {
    let staff = issuer();
    let partners =
        TestIssuer::new().with_issuer(PARTNERS).with_audience("crash-api").with_clock(staff.clock());
    let alike = Alike::new(|| {
        let theirs = partners.validator().max_age(seconds(600)).leeway(seconds(0)).scope_claim("scp");
        staff.validator().or_issuer(theirs)
    });
    let (own, other) = (
        staff.token().claim("jti", "1").scope("read").claim("scp", "none").sign(),
        partners.token().claim("jti", "1").scope("none").claim("scp", "read").sign(),
    );
    let crossed = [
        partners.token().issuer(staff.issuer()).sign(),
        staff.token().issuer(PARTNERS).sign(),
        staff.token().issuer("https://third.example.com").sign(),
    ];
    for _ in 0..3 {
        for (token, issuer) in [(&own, staff.issuer()), (&other, PARTNERS)] {
            assert_eq!(alike.status(token), 200);
            let access = present(&alike.whole, token).unwrap();
            assert_eq!(access.issuer(), issuer);
            assert!(access.require("read").is_ok() && access.require("none").is_err());
        }
        assert_eq!(crossed.each_ref().map(|token| alike.status(token)), [401; 3]);
    }
    // The rules of each go on counting.
    staff.clock().advance(seconds(600));
    assert_eq!([&own, &other].map(|token| alike.status(token)), [200, 401]);
    assert_eq!(reason(&alike.whole, &other).code(), "too_old");
}

#[test]
fn the_hierarchy_of_each_issuer_says_what_its_tokens_include() {
    let staff = issuer();
    let partners = TestIssuer::new().with_issuer(PARTNERS).with_clock(staff.clock());
    let wide = Hierarchy::builder().scopes(["read", "write"]).includes("write", ["read"]).build().unwrap();
    let narrow = Hierarchy::builder().scopes(["read", "write"]).build().unwrap();
    let theirs = partners.validator().hierarchy(narrow);
    let auth = staff.validator().hierarchy(wide).or_issuer(theirs).build().unwrap();
    let policy = auth.prepare(Policy::from("read")).unwrap();
    let tokens = [staff.token().scope("write").sign(), partners.token().scope("write").sign()];
    for _ in 0..3 {
        let reads = tokens.each_ref().map(|token| {
            let access = present(&auth, token).unwrap();
            auth.authorize(&access, &policy, &[]).is_ok()
        });
        assert_eq!(reads, [true, false]);
    }
}

#[test]
fn an_issuer_with_a_clock_of_its_own_judges_by_it() {
    let staff = issuer();
    let partners = TestIssuer::new().with_issuer(PARTNERS);
    let alike = Alike::new(|| staff.validator().or_issuer(partners.validator()));
    let tokens = [staff.token().sign(), partners.token().sign()];
    let statuses = || tokens.each_ref().map(|token| alike.status(token));
    assert_eq!(statuses(), [200, 200]);
    partners.clock().advance(seconds(3630));
    assert_eq!(statuses(), [200, 401]);
    staff.clock().advance(seconds(3630));
    assert_eq!(statuses(), [401, 401]);
    partners.clock().set(1_795_333_600);
    assert_eq!(statuses(), [401, 200]);
}

#[test]
fn a_header_that_one_issuers_tokens_have_is_judged_anew_for_another() {
    let staff = issuer();
    let partners = TestIssuer::new().with_issuer(PARTNERS).with_clock(staff.clock());
    let alike = Alike::new(|| {
        let theirs = partners.validator().algorithms([Algorithm::RS256]);
        staff.validator().algorithms([Algorithm::ES256]).rfc9068().or_issuer(theirs)
    });
    let signed = |issuer: &TestIssuer, algorithm, typ: &str| {
        issuer.token().algorithm(algorithm).header("typ", typ).sign()
    };
    let tokens = [
        (signed(&partners, Algorithm::RS256, "at+jwt"), 200),
        (signed(&staff, Algorithm::RS256, "at+jwt"), 401),
        (signed(&staff, Algorithm::ES256, "at+jwt"), 200),
        (signed(&partners, Algorithm::ES256, "at+jwt"), 401),
        (signed(&partners, Algorithm::RS256, "JWT"), 200),
        (signed(&staff, Algorithm::ES256, "JWT"), 401),
    ];
    for _ in 0..3 {
        for (token, expected) in &tokens {
            assert_eq!(alike.status(token), *expected, "{token}");
        }
    }
}

/// A service whose customers may leave.
struct Customers {
    staff: TestIssuer,
    present: Arc<Mutex<BTreeSet<String>>>,
    asked: Arc<Mutex<usize>>,
}

impl Customers {
    fn new(count: usize) -> Self {
        let present = (0..count).map(name).collect();
        Self { staff: issuer(), present: Arc::new(Mutex::new(present)), asked: Arc::default() }
    }

    fn validator(&self, most: usize, cache: TokenCache) -> Validator {
        let (present, asked, keys) = (self.present.clone(), self.asked.clone(), self.staff.keys());
        let resolve = move |name: &str| {
            *asked.lock().unwrap() += 1;
            let is_present = present.lock().unwrap().contains(name);
            is_present.then(|| Validator::builder(name, "https://api.example.com").keys(KeySet::clone(&keys)))
        };
        self.staff.validator().tenants(most, resolve).token_cache(cache).build().unwrap()
    }

    fn token(&self, number: usize) -> String {
        self.staff.token().issuer(name(number)).expires_in(seconds(24 * 3600)).sign()
    }
}

fn name(number: usize) -> String {
    format!("https://t{number}.id.example.com")
}

fn caches() -> [TokenCache; 3] {
    [TokenCache::new(), TokenCache::new().digests(), TokenCache::off()]
}

#[test]
fn a_tenant_who_left_is_refused_within_the_minute_and_asked_about_once_in_it() {
    for cache in caches() {
        let customers = Customers::new(2);
        let auth = customers.validator(10, cache);
        let tokens = [customers.token(0), customers.token(1)];
        let statuses = || tokens.each_ref().map(|token| status(&auth, token));
        for _ in 0..3 {
            assert_eq!(statuses(), [200, 200]);
        }
        assert_eq!(*customers.asked.lock().unwrap(), 2);
        customers.present.lock().unwrap().remove(&name(0));
        customers.staff.clock().advance(seconds(59));
        assert_eq!(statuses(), [200, 200]);
        assert_eq!(*customers.asked.lock().unwrap(), 2);
        customers.staff.clock().advance(seconds(1));
        for _ in 0..3 {
            assert_eq!(statuses(), [401, 200]);
        }
        assert_eq!(reason(&auth, &tokens[0]).code(), "wrong_issuer");
        // Back again: verified anew, under new rules.
        customers.present.lock().unwrap().insert(name(0));
        for _ in 0..3 {
            assert_eq!(statuses(), [200, 200]);
        }
    }
}

#[test]
fn a_tenant_whose_tokens_are_all_remembered_is_in_use() {
    for cache in caches() {
        let customers = Customers::new(3);
        let auth = customers.validator(2, cache.clone());
        let tokens: Vec<String> = (0..3).map(|number| customers.token(number)).collect();
        assert_eq!([status(&auth, &tokens[0]), status(&auth, &tokens[1])], [200, 200]);
        // The first is used on and on, from memory; the second is idle and makes way for the third.
        for _ in 0..4 {
            customers.staff.clock().advance(seconds(30));
            assert_eq!(status(&auth, &tokens[0]), 200);
        }
        assert_eq!(status(&auth, &tokens[2]), 200);
        let mut known: Vec<String> = auth.readiness().issuers().map(str::to_owned).collect();
        known.sort();
        assert_eq!(known, ["https://id.example.com".to_owned(), name(0), name(2)], "{cache:?}");
        // Both are in use now: there is no room for another, whatever is remembered of its tokens.
        assert_eq!(status(&auth, &tokens[1]), 503);
        assert_eq!([status(&auth, &tokens[0]), status(&auth, &tokens[2])], [200, 200]);
    }
}

#[test]
fn a_tenant_who_came_back_with_other_rules_is_judged_by_them() {
    for cache in caches() {
        let staff = issuer();
        let audience = Arc::new(Mutex::new(Some("https://api.example.com")));
        let (listed, keys) = (audience.clone(), staff.keys());
        let resolve = move |name: &str| {
            listed.lock().unwrap().map(|audience| Validator::builder(name, audience).keys(keys.clone()))
        };
        let auth = staff.validator().tenants(10, resolve).token_cache(cache).build().unwrap();
        let token = || staff.token().issuer(name(0)).expires_in(seconds(24 * 3600)).sign();
        let (remembered, other) = (token(), token());
        assert_eq!([&remembered, &remembered].map(|token| status(&auth, token)), [200, 200]);
        // The tenant leaves, as is noticed by another token, and comes back for another API.
        *audience.lock().unwrap() = None;
        staff.clock().advance(seconds(60));
        assert_eq!(status(&auth, &other), 401);
        *audience.lock().unwrap() = Some("https://other.example.com");
        for _ in 0..3 {
            assert_eq!(reason(&auth, &other).code(), "wrong_audience");
            assert_eq!(reason(&auth, &remembered).code(), "wrong_audience");
        }
    }
}
