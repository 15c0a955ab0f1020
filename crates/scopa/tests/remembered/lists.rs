//! Lists of scopes and permissions that are alike are read once for all tokens, and mean what each of them says.

use proptest::prelude::*;
use scopa::{
    Algorithm, ClaimPath, Hierarchy, Introspection, KeySet, Policy, TokenCache, Validator, ValidatorBuilder,
};
use scopa_testing::{TestIssuer, TestProvider};

use crate::{answer, issuer, present};

fn hierarchy() -> Hierarchy {
    Hierarchy::builder()
        .scopes(["a", "b", "c"])
        .includes("a", ["b"])
        .template("team_{id}", "[0-9]+")
        .permissions(["a", "b", "[]"])
        .build()
        .unwrap()
}

/// With a secret, as many tokens are signed here.
fn settings(issuer: &TestIssuer) -> ValidatorBuilder {
    let keys = KeySet::from_secret(Algorithm::HS256, TestIssuer::secret()).unwrap();
    issuer.validator().keys(keys).hierarchy(hierarchy()).permission_claim("permissions")
}

/// Makes a validator that has never seen a token, for one.
fn never_used(issuer: &TestIssuer) -> Validator {
    settings(issuer).token_cache(TokenCache::off()).build().unwrap()
}

/// Signs claims in which these two are written so; `None` leaves one out.
fn token(issuer: &TestIssuer, scope: Option<&str>, permissions: Option<&str>) -> String {
    let member = |name: &str, value: Option<&str>| value.map(|value| format!(r#","{name}":{value}"#));
    let claims = format!(
        r#"{{"iss":"https://id.example.com","aud":"https://api.example.com","exp":1795337200{}{}}}"#,
        member("scope", scope).unwrap_or_default(),
        member("permissions", permissions).unwrap_or_default()
    );
    issuer.token().algorithm(Algorithm::HS256).raw_claims(claims).sign()
}

/// Says what a token grants, or why it is refused.
fn meaning(auth: &Validator, token: &str) -> String {
    let mut text = answer(auth, &[format!("Bearer {token}").as_bytes()]);
    if let Ok(access) = present(auth, token) {
        let scopes = ["a", "b", "c", "team_7"].map(Policy::from);
        let permissions = ["a", "b", "[]"].map(Policy::permission);
        for policy in scopes.into_iter().chain(permissions) {
            text +=
                &format!(" {policy}: {:?}", access.holds(policy.clone()).map_err(|error| error.to_string()));
        }
    }
    text
}

/// Each way to write a list, some of them alike and some nearly so.
const WAYS: [Option<&str>; 34] = [
    None,
    Some(r#""""#),
    Some(r#"" ""#),
    Some("[]"),
    Some("[ ]"),
    Some(r#""[]""#),
    Some(r#""[ ]""#),
    Some(r#"[""]"#),
    Some(r#"["[]"]"#),
    Some(r#""a""#),
    Some(r#""\u0061""#),
    Some(r#"["a"]"#),
    Some(r#"[ "a" ]"#),
    Some(r#"["\u0061"]"#),
    Some(r#""[\"a\"]""#),
    Some(r#""\u005b\"a\"]""#),
    Some(r#""a b""#),
    Some(r#""b a""#),
    Some(r#""a  b""#),
    Some(r#"["a b"]"#),
    Some(r#"["a","b"]"#),
    Some(r#""a,b""#),
    Some(r#""a\tb""#),
    Some(r#""a\u0000b""#),
    Some(r#"["A\u0000B"]"#),
    Some(r#""A\u0000B""#),
    Some(r#"["team_7"]"#),
    Some(r#""team_7""#),
    Some(r#""team_7 team_8""#),
    Some("null"),
    Some("7"),
    Some("true"),
    Some(r#"{"a":1}"#),
    Some(r#"["a",7]"#),
];

#[test]
fn every_way_to_write_both_lists_means_what_it_does_to_one_who_never_saw_another() {
    let issuer = issuer();
    let auth = settings(&issuer).build().unwrap();
    let mut pairs: Vec<_> =
        WAYS.iter().flat_map(|scope| WAYS.map(|permissions| (*scope, permissions))).collect();
    let mut expected = Vec::new();
    for (scope, permissions) in &pairs {
        let token = token(&issuer, *scope, *permissions);
        let meant = meaning(&never_used(&issuer), &token);
        assert_eq!(meaning(&auth, &token), meant, "{scope:?} {permissions:?}");
        expected.push(meant);
    }
    // The other way round, when all are known, and each in a token that is new.
    pairs.reverse();
    for ((scope, permissions), meant) in pairs.iter().zip(expected.iter().rev()) {
        assert_eq!(
            meaning(&auth, &token(&issuer, *scope, *permissions)),
            *meant,
            "{scope:?} {permissions:?}"
        );
    }
}

#[test]
fn what_stands_apart_is_told_apart() {
    let issuer = issuer();
    let auth = settings(&issuer).build().unwrap();
    let holds = |scope, permissions, policy: Policy| {
        // Twice: read, and found.
        let held = [(); 2].map(|()| {
            let access = present(&auth, &token(&issuer, scope, permissions)).unwrap();
            access.holds(policy.clone()).unwrap()
        });
        assert_eq!(held[0], held[1]);
        held[0]
    };
    assert!(holds(Some(r#""a b""#), None, "b".into()));
    assert!(!holds(Some(r#"["a b"]"#), None, "b".into()), "a member of an array is one name");
    assert!(!holds(Some(r#""[\"a\"]""#), None, "a".into()), "a text that looks like an array");
    assert!(holds(Some(r#"["a"]"#), None, "a".into()));
    assert!(!holds(None, Some(r#"["a b"]"#), Policy::permission("b")));
    assert!(holds(None, Some(r#""a b""#), Policy::permission("b")));
    assert!(holds(None, Some(r#"["[]"]"#), Policy::permission("[]")));
    assert!(holds(None, Some(r#""[]""#), Policy::permission("[]")));
    assert!(!holds(None, Some("[]"), Policy::permission("[]")));
    assert!(!holds(Some(r#""a""#), None, Policy::permission("a")), "a scope is no permission");
    assert!(!holds(None, Some(r#""a""#), "a".into()), "nor the other way round");
    assert!(!holds(Some(r#""a""#), Some(r#""b""#), Policy::permission("a")));
    assert!(holds(Some(r#""b""#), Some(r#""a""#), Policy::permission("a")));
}

#[test]
fn a_list_at_the_bound_of_what_is_kept_means_the_same() {
    let issuer = issuer();
    let auth = settings(&issuer).build().unwrap();
    for length in [1020, 1023, 1024, 1025, 5000] {
        for last in ["b", "c"] {
            let list = format!(r#""{}{last}""#, "x".repeat(length) + " ");
            for _ in 0..2 {
                let token = token(&issuer, Some(&list), Some(r#"["a"]"#));
                assert_eq!(meaning(&auth, &token), meaning(&never_used(&issuer), &token));
                let access = present(&auth, &token).unwrap();
                assert!(access.holds(last).unwrap());
                assert_eq!(access.holds("c").unwrap(), last == "c");
            }
        }
    }
    // More scopes than any token has, however often it comes.
    let many = format!(r#""{}""#, "a ".repeat(513));
    for _ in 0..3 {
        let answer = meaning(&auth, &token(&issuer, Some(&many), None));
        assert!(answer.starts_with("401"), "{answer}");
    }
}

#[test]
fn names_of_members_are_no_text() {
    let issuer = issuer();
    let auth = settings(&issuer).scope_claim(ClaimPath::from("scope").member_names()).build().unwrap();
    for (scope, holds) in
        [(r#"{"a":"b"}"#, true), (r#"{"c":"a"}"#, false), (r#""a""#, true), (r#""{\"a\":1}""#, false)]
    {
        for _ in 0..2 {
            let access = present(&auth, &token(&issuer, Some(scope), None)).unwrap();
            assert_eq!(access.holds("a").unwrap(), holds, "{scope}");
        }
    }
}

#[test]
fn the_claim_of_opaque_tokens_and_that_of_signed_ones_are_each_read_where_they_stand() {
    let provider = TestProvider::new();
    let issuer = provider.issuer();
    let asking = Introspection::new("crash-api", "secret of crash-api").scope_claim("rights");
    let build = || {
        let builder = issuer.validator().hierarchy(hierarchy()).permission_claim("permissions");
        builder.scope_claim("scp").introspect(asking.clone(), provider.clone()).build().unwrap()
    };
    let auth = build();
    let active =
        |more: &str| format!(r#"{{"active":true,"aud":"https://api.example.com","exp":1795337200{more}}}"#);
    provider.introspects("opaque-1", &active(r#","rights":"a","scp":"c","scope":"c""#));
    provider.introspects("opaque-2", &active(r#","rights":["a b"],"permissions":"a""#));
    provider.introspects("opaque-3", &active(r#","scp":"a","scope":"a""#));
    provider.introspects("opaque-4", &active(r#","rights":"c","permissions":["a b"]"#));
    let signed = [
        issuer.token().claim("scp", "a").claim("rights", "c").scope("c").sign(),
        issuer.token().claim("scp", ["a b"]).claim("permissions", "a").sign(),
        issuer.token().claim("rights", "a").scope("a").sign(),
        issuer.token().claim("scp", "c").claim("permissions", ["a b"]).sign(),
    ];
    for _ in 0..3 {
        for number in 1..=4 {
            let opaque = format!("opaque-{number}");
            let signed = &signed[number - 1];
            let granted = |token: &str| {
                let access = present(&auth, token).unwrap();
                let permissions: Vec<String> = access.permissions().map(str::to_owned).collect();
                (
                    access.scopes().to_string(),
                    permissions,
                    access.holds("a").unwrap(),
                    access.holds("c").unwrap(),
                )
            };
            assert_eq!(granted(&opaque), granted(signed), "{number}");
            assert_eq!(meaning(&auth, signed), meaning(&build(), signed), "{number}");
        }
    }
}

/// Texts and lists of few pieces, so that they meet again and again.
fn way() -> impl Strategy<Value = Option<String>> {
    let piece =
        || prop::sample::select(vec!["a", "b", "c", " ", "[", "]", "\"", ",", "\\", "team_7", "\u{0}", "é"]);
    let text = || prop::collection::vec(piece(), 0..5).prop_map(|pieces| pieces.concat());
    let quoted = |text: String| serde_json::Value::from(text).to_string();
    let escaped = |text: String| {
        let units: Vec<String> = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        format!("\"{}\"", units.concat())
    };
    prop_oneof![
        1 => Just(None),
        4 => text().prop_map(move |text| Some(quoted(text))),
        1 => text().prop_map(move |text| Some(escaped(text))),
        4 => prop::collection::vec(text(), 0..3).prop_map(|names| Some(serde_json::Value::from(names).to_string())),
        1 => prop::sample::select(WAYS.to_vec()).prop_map(|way| way.map(str::to_owned)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn a_validator_that_has_seen_many_tokens_reads_the_next_as_a_new_one_does(
        lists in prop::collection::vec((way(), way()), 1..12),
    ) {
        thread_local! {
            static OLD: (TestIssuer, Validator) = {
                let issuer = issuer();
                let auth = settings(&issuer).build().unwrap();
                (issuer, auth)
            };
        }
        OLD.with(|(issuer, old)| {
            for (scope, permissions) in &lists {
                let token = token(issuer, scope.as_deref(), permissions.as_deref());
                let meant = meaning(&never_used(issuer), &token);
                for _ in 0..2 {
                    assert_eq!(meaning(old, &token), meant, "{scope:?} {permissions:?}");
                }
            }
        });
    }
}
