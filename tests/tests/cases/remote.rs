//! Keys that the issuer publishes, found by its metadata.

use std::error::Error;
use std::thread;
use std::time::Duration;

use http::{Request, Response};
use scopa::{Algorithm, BoxFuture, Fetch, FetchBody, Validator, ValidatorBuilder};
use scopa_testing::{TestAnswer, TestIssuer, TestProvider};
use tokio::runtime::Builder;

use super::Group;
use super::client::get;
use super::want::{anonymous, bad_request, bad_token, needs, no_token, page, unavailable};

/// A provider whose answers come from a thread of their own, as those of a network do: who asks has to wait.
pub(crate) struct Elsewhere(pub(crate) TestProvider);

impl Fetch for Elsewhere {
    fn fetch<'a>(
        &'a self,
        request: Request<Vec<u8>>,
        body: &'a mut FetchBody,
    ) -> BoxFuture<'a, Result<Response<()>, Box<dyn Error + Send + Sync>>> {
        self.0.fetch(request, body)
    }

    fn spawn(&self, task: BoxFuture<'static, ()>) {
        thread::spawn(|| Builder::new_current_thread().build().map(|runtime| runtime.block_on(task)));
    }

    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        self.0.sleep(time)
    }
}

/// Keys that are there already: what is fetched is told to the log, and no row expects that.
pub(crate) fn door(issuer: &TestIssuer, plain: ValidatorBuilder) -> Validator {
    let provider = TestProvider::of(issuer.clone());
    provider.publish(["rs256", "es256"]);
    let validator = plain.discover(provider).build().unwrap();
    ask(&validator, issuer);
    assert!(validator.readiness().is_ready());
    validator
}

/// Nobody answers, and that is known already.
pub(crate) fn door_that_is_down(issuer: &TestIssuer, plain: ValidatorBuilder) -> Validator {
    let provider = TestProvider::of(issuer.clone());
    provider.answer_all(TestAnswer::refused());
    let validator = plain.discover(provider).build().unwrap();
    ask(&validator, issuer);
    assert!(validator.readiness().last_error().is_some());
    validator
}

fn ask(validator: &Validator, issuer: &TestIssuer) {
    let _ = validator.authenticate([issuer.token().bearer().as_bytes()]).now_or_later().unwrap();
}

/// Keys that were fetched.
pub(crate) fn published(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("remote: published keys");
    let with = || issuer.token().scope("alpha");
    for path in ["/remote", "/remote/guarded"] {
        for (name, token, want) in [
            ("with the scope", with(), page()),
            ("with another key", with().algorithm(Algorithm::RS256), page()),
            ("without a kid", with().without_header("kid"), page()),
            ("without the scope", issuer.token(), needs("alpha")),
            ("forged", with().signed_by_a_stranger(), bad_token("bad_signature")),
            (
                "forged, without a kid",
                with().signed_by_a_stranger().without_header("kid"),
                bad_token("bad_signature"),
            ),
            ("expired", with().expired(), bad_token("expired")),
            ("for another API", with().audience("https://other.example"), bad_token("wrong_audience")),
            // Asked for a moment ago, and not again.
            ("an unknown kid", with().header("kid", "new"), bad_token("unknown_key")),
            ("a key that is not published", with().algorithm(Algorithm::EdDSA), bad_token("unknown_key")),
            (
                "an unknown kid and another issuer",
                with().header("kid", "new").issuer("https://evil.example"),
                bad_token("unknown_key"),
            ),
            ("another issuer", with().issuer("https://evil.example"), bad_token("wrong_issuer")),
        ] {
            group.row(format!("{path}: {name}"), get(path).bearer(token.sign()), want);
        }
        group.row(format!("{path}: no token"), get(path), no_token());
    }
    group.row("optional: no token", get("/remote/optional"), anonymous());
    group.row("optional: a good token", get("/remote/optional").bearer(with().sign()), page());
    let unknown = with().header("kid", "new").sign();
    group.row("optional: an unknown kid", get("/remote/optional").bearer(unknown), bad_token("unknown_key"));
    group
}

/// Keys that never came.
pub(crate) fn down(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("remote: out of reach");
    let t = issuer.token().sign();
    for (path, nobody) in [
        ("/remote-down", no_token()),
        ("/remote-down/guarded", no_token()),
        ("/remote-down/optional", anonymous()),
    ] {
        for (name, token, want) in [
            ("a good token", issuer.token(), unavailable()),
            ("a forged token", issuer.token().signed_by_a_stranger(), unavailable()),
            ("an expired token", issuer.token().expired(), unavailable()),
            ("an unknown kid", issuer.token().header("kid", "new"), unavailable()),
            // What no key could mend is told at once.
            ("alg none", issuer.token().unsigned(), bad_token("unsecured")),
            (
                "the shared secret",
                issuer.token().algorithm(Algorithm::HS256),
                bad_token("algorithm_not_allowed"),
            ),
            ("typ id+jwt", issuer.token().header("typ", "id+jwt"), bad_token("wrong_type")),
        ] {
            group.row(format!("{path}: {name}"), get(path).bearer(token.sign()), want);
        }
        group.row(format!("{path}: a word for a token"), get(path).bearer("null"), bad_token("not_a_jwt"));
        group.row(format!("{path}: two fields"), get(path).bearer(&t).bearer(&t), bad_request());
        group.row(format!("{path}: no token"), get(path), nobody);
    }
    group
}
