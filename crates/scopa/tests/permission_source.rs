//! Permissions that are kept outside of the token.
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use scopa::{Access, Hierarchy, Policy, Refusal, RefusalKind, RevocationList, Validator, ValidatorBuilder};
use scopa_testing::TestIssuer;

/// What people may do, and how often that was asked.
#[derive(Clone, Default)]
struct Table {
    rows: Arc<Mutex<HashMap<&'static str, Result<&'static str, &'static str>>>>,
    asked: Arc<AtomicUsize>,
}

impl Table {
    fn put(&self, subject: &'static str, row: Result<&'static str, &'static str>) {
        self.rows.lock().unwrap().insert(subject, row);
    }

    fn asked_by(&self, builder: ValidatorBuilder) -> ValidatorBuilder {
        let table = self.clone();
        builder.permission_source(move |caller| {
            table.asked.fetch_add(1, Ordering::SeqCst);
            let row = caller.subject().and_then(|subject| table.rows.lock().unwrap().get(subject).copied());
            async move {
                tokio::task::yield_now().await;
                match row {
                    Some(Ok(permission)) => Ok(vec![permission.to_owned()]),
                    Some(Err(why)) => Err(why.into()),
                    None => Ok(Vec::new()),
                }
            }
        })
    }
}

fn validator(issuer: &TestIssuer) -> ValidatorBuilder {
    let hierarchy = Hierarchy::builder().scopes(["jobs"]).permissions(["OWNER", "ADMIN"]).build().unwrap();
    issuer.validator().hierarchy(hierarchy)
}

fn on_tokio(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(test);
}

async fn judged(validator: &Validator, bearer: &str) -> Result<Access, Refusal> {
    let access = validator.authenticate([bearer.as_bytes()]).await?;
    let policy = Policy::from("jobs").and(Policy::permission("OWNER"));
    validator.authorize(&access, &policy, &[]).map(|()| access)
}

#[test]
fn a_changed_permission_counts_at_the_next_request_also_of_a_remembered_token() {
    on_tokio(async {
        let (issuer, table) = (TestIssuer::new(), Table::default());
        let validator = table.asked_by(validator(&issuer)).build().unwrap();
        let bearer = issuer.token().subject("alice").scope("jobs").bearer();
        for (row, expected) in [
            (None, Some(RefusalKind::Forbidden)),
            (Some("OWNER"), None),
            (Some("OWNER"), None),
            (Some("ADMIN"), Some(RefusalKind::Forbidden)),
            // Neither a scope nor what is not declared is a permission.
            (Some("jobs"), Some(RefusalKind::Forbidden)),
            (Some("owner"), Some(RefusalKind::Forbidden)),
            (Some("OWNER"), None),
        ] {
            row.into_iter().for_each(|permission| table.put("alice", Ok(permission)));
            let outcome = judged(&validator, &bearer).await;
            assert_eq!(outcome.err().map(|refusal| refusal.kind()), expected, "{row:?}");
        }
        assert_eq!(table.asked.load(Ordering::SeqCst), 7);
    });
}

#[test]
fn where_nobody_can_tell_the_answer_is_503_and_never_403() {
    on_tokio(async {
        let (issuer, table) = (TestIssuer::new(), Table::default());
        let validator = table.asked_by(validator(&issuer)).build().unwrap();
        table.put("alice", Err("the database is away"));
        let bearer = issuer.token().subject("alice").scope("jobs").bearer();
        for _ in 0..2 {
            let refusal = judged(&validator, &bearer).await.unwrap_err();
            assert_eq!((refusal.kind(), refusal.challenge()), (RefusalKind::Unavailable, None));
            assert!(!refusal.response().body().contains("database"));
        }
    });
}

#[test]
fn only_a_token_that_is_good_is_asked_about() {
    on_tokio(async {
        let (issuer, table) = (TestIssuer::new(), Table::default());
        let revoked = RevocationList::new(Duration::from_secs(3600)).clock(issuer.clock());
        let validator = table.asked_by(validator(&issuer)).revocation(revoked.clone()).build().unwrap();
        let bearer = issuer.token().subject("alice").scope("jobs").claim("jti", "a").bearer();
        revoked.revoke_token(&validator.authenticate([bearer.as_bytes()]).await.unwrap()).unwrap();
        table.asked.store(0, Ordering::SeqCst);
        for bad in [bearer, issuer.token().expired().bearer(), "Bearer forged".to_owned(), String::new()] {
            assert_eq!(judged(&validator, &bad).await.unwrap_err().status(), 401);
        }
        assert_eq!(table.asked.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn an_answer_that_is_at_hand_is_not_waited_for() {
    let issuer = TestIssuer::new();
    let built = validator(&issuer).permission_source(|_| async { Ok(vec!["OWNER".to_owned()]) }).build();
    let bearer = issuer.bearer_with("jobs");
    let access = judged(&built.unwrap(), &bearer).now_or_never().unwrap().unwrap();
    assert!(access.permissions().eq(["OWNER"]));
}

#[test]
fn two_places_for_permissions_are_refused_and_so_is_one_of_a_further_issuer() {
    let issuer = TestIssuer::new();
    let other = || TestIssuer::new().with_issuer("https://other.example.com").validator();
    let asking = |builder: ValidatorBuilder| Table::default().asked_by(builder);
    for builder in [
        asking(validator(&issuer)).permission_claim("permissions"),
        asking(validator(&issuer)).or_issuer(other().permission_claim("permissions")),
        validator(&issuer).or_issuer(asking(other())),
    ] {
        assert_eq!(builder.build().unwrap_err().setting(), "permission_source");
    }
}
