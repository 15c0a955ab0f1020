//! What a service asks for: names and values, one for each line, combined by the first letter of the line.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use scopa::{Access, Hierarchy, Policy, Validator};
use scopa_testing::TestIssuer;

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    let hierarchy = Hierarchy::builder()
        .scopes(["admin", "write", "read"])
        .includes("admin", ["write"])
        .includes("write", ["read"])
        .template("team_{id}", "[0-9]{1,8}")
        .permissions(["OWNER"])
        .build()
        .expect("well formed");
    TestIssuer::new().validator().hierarchy(hierarchy).build().expect("all is set")
});
static NOBODY: LazyLock<Access> = LazyLock::new(|| access(""));
static EVERYBODY: LazyLock<Access> = LazyLock::new(|| access("admin team_7").with_permissions(["OWNER"]));

fn access(scope: &str) -> Access {
    let bearer = TestIssuer::new().bearer_with(scope);
    VALIDATOR
        .authenticate([bearer.as_bytes()])
        .now_or_later()
        .expect("the keys are at hand")
        .expect("a good token")
}

fuzz_target!(|text: &str| {
    let mut policy: Option<Policy> = None;
    let mut value = "7";
    for line in text.lines().take(16) {
        let mut rest = line.chars();
        let (kind, name) = (rest.next(), rest.as_str());
        let term = match kind {
            Some('p') => Policy::permission(name.to_owned()),
            Some('b') => Policy::bound("team_{id}", name),
            Some('v') => {
                value = name;
                continue;
            }
            _ => Policy::from(name.to_owned()),
        };
        policy = Some(match (policy, kind) {
            (None, _) => term,
            (Some(policy), Some('o' | 'p')) => policy.or(term),
            (Some(policy), _) => policy.and(term),
        });
    }
    let Some(policy) = policy else { return };
    let values = [("id", value)];
    match VALIDATOR.prepare(policy.clone()) {
        Err(_) => assert!(VALIDATOR.authorize(&EVERYBODY, &policy, &values).is_err()),
        Ok(prepared) => {
            assert!(VALIDATOR.authorize(&NOBODY, &prepared, &values).is_err(), "{policy} opens to nobody");
            if let Err(refusal) = VALIDATOR.authorize(&EVERYBODY, &prepared, &values) {
                assert!(refusal.scope().iter().all(|scope| !scope.contains('{')));
            }
        }
    }
});
