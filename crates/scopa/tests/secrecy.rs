//! No token, and no part of one that could be replayed, is printed, sent or logged.
#![cfg(test)]

use std::cell::RefCell;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::sync::Once;
use std::time::Duration;

use scopa::{
    Access, Guard, Hierarchy, Introspection, Policy, Refusal, RevocationList, TokenCache, Validator,
};
use scopa_testing::{TestAnswer, TestIssuer, TestProvider, TokenBuilder};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

thread_local! {
    static LINES: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

/// Keeps all that is logged, as text, for the thread that logged it.
struct Log;

/// Does something and returns what it logged.
///
/// One subscriber listens for the whole process: scoped ones come and go, and tests that run side by side then miss
/// events.
fn logged(act: impl FnOnce()) -> Vec<(Level, String)> {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Log).unwrap());
    LINES.take();
    act();
    LINES.take()
}

fn keep(level: Level, text: Text) {
    LINES.with_borrow_mut(|lines| lines.push((level, text.0)));
}

struct Text(String);

impl Visit for Text {
    // As it is: a formatter that escapes nothing must get nothing that needs it.
    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, " {}=\"{value}\"", field.name()).unwrap();
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut text = Text(attributes.metadata().name().to_owned());
        attributes.record(&mut text);
        keep(*attributes.metadata().level(), text);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text(String::new());
        values.record(&mut text);
        keep(Level::TRACE, text);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(event.metadata().target().to_owned());
        event.record(&mut text);
        keep(*event.metadata().level(), text);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn hierarchy() -> Hierarchy {
    Hierarchy::builder().scopes(["read", "write"]).permissions(["OWNER"]).build().unwrap()
}

/// Tokens of every fate, each with the claim `secret`.
fn tokens(issuer: &TestIssuer) -> Vec<String> {
    let token = || issuer.token().scope("read").claim("secret", "s3cr3t-claim");
    let builders: Vec<TokenBuilder> = vec![
        token(),
        token().expired(),
        token().not_yet_valid(),
        token().tampered(),
        token().signed_by_a_stranger(),
        token().issuer("https://evil.example.com"),
        token().audience("x"),
        token().without("exp"),
        token().claim("scope", 7),
        token().header("kid", "unknown"),
        token().header("typ", "logout+jwt"),
        token().header("alg", "ES257"),
        token().header("crit", ["exp"]),
        token().claim("cnf", "x"),
        token().header("typ", "JWT").claim("nonce", "n"),
        token().raw_claims("{}"),
        token().raw_claims("s3cr3t-claim"),
    ];
    let mut tokens: Vec<String> = builders.iter().map(TokenBuilder::sign).collect();
    let whole = token().sign();
    tokens.push(format!("{whole}.extra"));
    tokens.push(format!("{whole}={whole}"));
    tokens.push(format!("{whole} {whole}"));
    tokens.push(whole.replace('.', "!"));
    tokens.push(whole.repeat(40));
    tokens
}

/// All that can be printed of an error, its sources included.
fn told(error: &dyn Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = error.source();
    while let Some(cause) = source {
        write!(text, " {cause} {cause:?}").unwrap();
        source = cause.source();
    }
    text
}

fn everything_of(refusal: &Refusal) -> String {
    let response = refusal.response();
    format!("{} {:?} {response:?} {}", told(refusal), refusal.challenge(), response.body())
}

/// Refuses any run of twelve characters of the token's payload or signature, and its claims.
///
/// Of the header, a log may quote `alg`, `kid` and `typ`.
fn assert_silent(text: &str, token: &str, what: &str) {
    for part in token.split(['.', ' ', '=', '!']).skip(1).filter(|part| part.len() >= 12) {
        let pieces = part.as_bytes().windows(12).map(|piece| std::str::from_utf8(piece).unwrap());
        for piece in pieces {
            assert!(!text.contains(piece), "{what}: `{piece}` of the token in {text}");
        }
    }
    assert!(!text.contains("s3cr3t-claim"), "{what}: {text}");
}

fn outcomes(validator: &Validator, token: &str) -> String {
    let header = format!("Bearer {token}");
    let future = validator.authenticate([header.as_bytes()]);
    let mut text = format!("{future:?} {validator:?}");
    let caller = future.now_or_later().unwrap();
    write!(text, " {caller:?}").unwrap();
    match &caller {
        Err(refusal) => text.push_str(&everything_of(refusal)),
        Ok(access) => text.push_str(&everything_about(access)),
    }
    let guard = Guard::new(validator.clone()).require("write").unwrap();
    let refusal = guard.decide(caller, &[]).unwrap_err();
    write!(text, " {guard:?} {}", everything_of(&refusal)).unwrap();
    text
}

fn everything_about(access: &Access) -> String {
    let mut text = format!("{access:?} {access:#?}");
    let policies = [Policy::from("write"), Policy::permission("OWNER"), Policy::from("raed")];
    for refusal in policies.into_iter().filter_map(|policy| access.require(policy).err()) {
        text.push_str(&everything_of(&refusal));
    }
    text.push_str(&everything_of(&access.claim::<u8>("secret").unwrap_err()));
    write!(text, "{}", access.explain(&Policy::from("write"), &[]).unwrap()).unwrap();
    text
}

/// Each way to remember tokens, or not to.
fn caches() -> [TokenCache; 3] {
    [TokenCache::new(), TokenCache::new().digests(), TokenCache::off()]
}

#[test]
fn nothing_that_is_printed_or_sent_holds_a_token() {
    let issuer = TestIssuer::new();
    for cache in caches() {
        let builder = issuer.validator().hierarchy(hierarchy()).token_cache(cache.clone());
        let validator = builder.build().unwrap();
        for token in tokens(&issuer) {
            // The second time from memory, if it was accepted.
            for _ in 0..2 {
                assert_silent(&outcomes(&validator, &token), &token, "printed or sent");
                assert_silent(
                    &format!("{cache:?} {validator:?} {:?}", validator.readiness()),
                    &token,
                    "printed",
                );
            }
        }
    }
}

#[test]
fn nothing_of_a_token_is_logged_and_each_refusal_once() {
    let issuer = TestIssuer::new();
    for cache in caches() {
        let validator = issuer.validator().hierarchy(hierarchy()).token_cache(cache).build().unwrap();
        for token in tokens(&issuer) {
            let lines = [(); 2].map(|()| logged(|| drop(outcomes(&validator, &token))));
            assert_eq!(lines[0], lines[1], "what is remembered is told alike");
            assert!(!lines[0].is_empty(), "a refusal is told");
            for (_, line) in lines.concat() {
                assert_silent(&line, &token, "logged");
            }
        }
    }
}

#[test]
fn a_remembered_token_whose_key_is_gone_or_that_is_revoked_is_told_to_nobody() {
    for cache in caches() {
        let provider = TestProvider::new();
        let issuer = provider.issuer();
        let list = RevocationList::new(Duration::from_secs(3600)).clock(issuer.clock());
        let builder = issuer.validator().hierarchy(hierarchy()).discover(provider.clone());
        let validator = builder.revocation(list.clone()).token_cache(cache).build().unwrap();
        let token = || issuer.token().scope("read").claim("secret", "s3cr3t-claim").sign();
        let (revoked, forsaken) = (token(), token());
        let access = [&revoked, &forsaken].map(|token| {
            let field = format!("Bearer {token}");
            validator.authenticate([field.as_bytes()]).now_or_later().unwrap().unwrap()
        });
        list.revoke_token(&access[0]).unwrap();
        let mut text = String::new();
        let lines = logged(|| {
            text += &outcomes(&validator, &revoked);
            provider.publish(["es384"]);
            provider.advance(Duration::from_secs(541));
            // Which has newer keys fetched.
            text += &outcomes(&validator, &forsaken);
            text += &outcomes(&validator, &forsaken);
        });
        let told: String = lines.into_iter().map(|(_, line)| line + "\n").collect();
        assert!(told.contains("reason=\"revoked\"") && told.contains("reason=\"unknown_key\""), "{told}");
        for token in [&revoked, &forsaken] {
            assert_silent(&text, token, "printed or sent");
            assert_silent(&told, token, "logged");
        }
    }
}

/// What is done, and the level and parts of the one line that is logged.
type Logged<'c> = (&'c dyn Fn(), Level, &'c [&'c str]);

#[test]
fn the_log_of_a_refusal_has_stable_codes_and_the_right_level() {
    let issuer = TestIssuer::new();
    let validator = issuer.validator().hierarchy(hierarchy()).build().unwrap();
    let present = |header: &str| validator.authenticate([header.as_bytes()]).now_or_later().unwrap();
    let bearer = issuer.bearer_with("read");
    let expired = issuer.token().expired().bearer();
    let hostile = issuer.token().header("kid", "a\nlevel=ERROR forged").bearer();
    let cases: &[Logged<'_>] = &[
        (&|| drop(present("")), Level::DEBUG, &["error.type=\"missing_token\"", "status=401"]),
        (&|| drop(present("Bearer")), Level::INFO, &["error.type=\"invalid_request\"", "status=400"]),
        (
            &|| drop(present(&expired)),
            Level::INFO,
            &[
                "error.type=\"invalid_token\"",
                "reason=\"expired\"",
                "expired at 1795330000, it is 1795333600",
            ],
        ),
        (&|| drop(present(&hostile)), Level::INFO, &["reason=\"unknown_key\"", "level=ERROR forged"]),
        (
            &|| drop(present(&bearer).unwrap().require("write")),
            Level::INFO,
            &["error.type=\"insufficient_scope\"", "scope=\"write\"", "status=403"],
        ),
        (
            &|| drop(present(&bearer).unwrap().require(Policy::permission("OWNER"))),
            Level::INFO,
            &["error.type=\"forbidden\"", "status=403"],
        ),
        (
            &|| drop(present(&bearer).unwrap().require("raed")),
            Level::ERROR,
            &["error.type=\"server_error\"", "`raed`", "status=500"],
        ),
        (&|| drop(Refusal::misconfigured("mend it so")), Level::ERROR, &["mend it so"]),
    ];
    for (act, level, parts) in cases {
        let lines = logged(act);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0].0, *level, "{lines:?}");
        assert!(lines[0].1.starts_with("scopa "), "{lines:?}");
        assert!(!lines[0].1.contains('\n'), "one line, whatever the token says: {lines:?}");
        for part in *parts {
            assert!(lines[0].1.contains(part), "{part}: {lines:?}");
        }
    }
    assert!(
        logged(|| drop(present(&bearer).unwrap().require("read"))).is_empty(),
        "what is granted is quiet"
    );
}

#[test]
fn keys_out_of_reach_are_logged_without_the_token() {
    let issuer = TestIssuer::new();
    let (late, source) = TestIssuer::keys_later();
    let validator = issuer.validator().key_source(source).build().unwrap();
    let token = issuer.token().claim("secret", "s3cr3t-claim").expires_in(Duration::from_secs(60)).sign();
    let lines = logged(|| {
        let header = format!("Bearer {token}");
        let mut future = validator.authenticate([header.as_bytes()]);
        assert_silent(&format!("{future:?}"), &token, "waiting");
        late.fail();
        let waker = futures_util::task::noop_waker();
        let mut context = std::task::Context::from_waker(&waker);
        let outcome = std::future::Future::poll(std::pin::Pin::new(&mut future), &mut context);
        assert_silent(&format!("{outcome:?}"), &token, "failed");
    });
    assert!(
        lines.iter().any(|(level, line)| *level == Level::WARN && line.contains("temporarily_unavailable"))
    );
    for (_, line) in lines {
        assert_silent(&line, &token, "logged");
    }
}

#[test]
fn a_builder_and_its_keys_do_not_print_a_secret() {
    let secret = TestIssuer::secret();
    let keys = scopa::KeySet::from_secret(scopa::Algorithm::HS256, secret).unwrap();
    let builder = TestIssuer::new().validator().keys(keys.clone());
    let text = format!("{keys:?} {builder:?} {:?}", builder_debug_after_build());
    let listed = format!("{:?}", &secret[..4]);
    assert!(!text.contains(listed.trim_matches(['[', ']'])), "{text}");
    assert!(!text.contains(&String::from_utf8_lossy(&secret[..8]).into_owned()), "{text}");
}

fn builder_debug_after_build() -> Validator {
    let keys = scopa::KeySet::from_secret(scopa::Algorithm::HS256, TestIssuer::secret()).unwrap();
    TestIssuer::new().validator().keys(keys).build().unwrap()
}

/// Refuses any run of twelve characters of a text that only the introspection endpoint may see.
fn assert_untold(text: &str, secret: &str, what: &str) {
    for piece in secret.as_bytes().windows(12).map(|piece| std::str::from_utf8(piece).unwrap()) {
        assert!(!text.contains(piece), "{what}: `{piece}` in {text}");
    }
}

const CLIENT_SECRET: &str = "kQ7-secret of the client: 100%";
/// As it stands in a form, and in `Authorization`.
const CLIENT_SECRET_SENT: [&str; 2] =
    ["kQ7-secret+of+the+client%3A+100%25", "Y3Jhc2gtYXBpOmtRNy1zZWNyZXQrb2YrdGhlK2NsaWVudCUzQSsxMDAlMjU="];
const OPAQUE: &str = "Zm9vYmFyLXRoZS1vcGFxdWUtdG9rZW4_s3cr3t";

/// Everything that an endpoint can do, with the token in its answer where an answer has room for it.
fn endpoints() -> Vec<TestAnswer> {
    let echo = format!(r#"{{"active":true,"aud":"x","iss":"x","token":"{OPAQUE}","secret":"s3cr3t-claim"}}"#);
    let good = format!(
        r#"{{"active":true,"aud":"https://api.example.com","token":"{OPAQUE}","scope":"read","secret":"s3cr3t-claim"}}"#
    );
    vec![
        TestAnswer::json(good.clone()),
        TestAnswer::json(r#"{"active":false}"#),
        TestAnswer::json(echo.clone()),
        TestAnswer::json(format!("{echo}{echo}")),
        TestAnswer::json(r#"{"s3cr3t-claim":true}"#),
        TestAnswer::text(200, OPAQUE),
        TestAnswer::text(401, echo.clone()),
        TestAnswer::text(500, echo),
        TestAnswer::status(302).header("location", &format!("https://evil.example.net/?token={OPAQUE}")),
        TestAnswer::text(200, good.clone()).header("content-encoding", "gzip"),
        TestAnswer::text(200, good).endless(),
        TestAnswer::refused(),
        TestAnswer::panicking(),
        TestAnswer::hanging(),
    ]
}

#[test]
fn an_opaque_token_and_the_secret_of_the_client_are_told_to_the_endpoint_alone() {
    for how in [
        Introspection::new("crash-api", CLIENT_SECRET),
        Introspection::new("crash-api", CLIENT_SECRET).client_secret_post(),
        Introspection::new("crash-api", CLIENT_SECRET).signed(),
    ] {
        for endpoint in endpoints() {
            let label = format!("{how:?} {endpoint:?}");
            let provider = TestProvider::new();
            provider.answer("/introspect", endpoint);
            let mut text = String::new();
            let lines = logged(|| {
                let builder = Validator::builder("https://id.example.com", "https://api.example.com")
                    .keys(provider.issuer().keys())
                    .hierarchy(hierarchy())
                    .introspect(how.clone(), provider.clone())
                    .clock(provider.clock());
                write!(text, "{builder:?} {how:?} {provider:?}").unwrap();
                let validator = builder.build().unwrap();
                let mut caller = validator.authenticate([format!("Bearer {OPAQUE}").as_bytes()]);
                write!(text, " {caller:?} {validator:?}").unwrap();
                provider.advance(Duration::from_secs(5));
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                let outcome = std::future::Future::poll(std::pin::Pin::new(&mut caller), &mut context);
                let std::task::Poll::Ready(caller) = outcome else { panic!("{label}") };
                // A second time from memory, if it was kept.
                let again = validator.authenticate([format!("Bearer {OPAQUE}").as_bytes()]);
                write!(text, " {:?} {again:?}", validator.readiness()).unwrap();
                match &caller {
                    Err(refusal) => text.push_str(&everything_of(refusal)),
                    Ok(access) => text.push_str(&everything_about(access)),
                }
            });
            assert!(provider.fetches("/introspect") > 0, "{label}");
            assert!(lines.iter().any(|(_, line)| line.contains("fetch")), "{lines:?}");
            let lines: String = lines.into_iter().map(|(_, line)| line + "\n").collect();
            for (text, what) in [(text, "printed or sent"), (lines, "logged")] {
                for secret in CLIENT_SECRET_SENT.into_iter().chain([CLIENT_SECRET, OPAQUE]) {
                    assert_untold(&text, secret, what);
                }
                assert!(!text.contains("s3cr3t"), "{what}: {text}");
            }
        }
    }
}

#[test]
fn the_secret_is_sent_as_the_test_above_looks_for_it() {
    let sent = |how: Introspection| {
        let provider = TestProvider::new();
        let builder = Validator::builder("https://id.example.com", "https://api.example.com");
        let validator = builder.introspect(how, provider.clone()).clock(provider.clock()).build().unwrap();
        drop(validator.authenticate([format!("Bearer {OPAQUE}").as_bytes()]));
        let request = provider.requests().pop().unwrap();
        let fields: Vec<&str> = request.headers().values().map(|value| value.to_str().unwrap()).collect();
        format!("{fields:?} {}", String::from_utf8_lossy(request.body()))
    };
    let [in_form, in_header] = CLIENT_SECRET_SENT;
    assert!(sent(Introspection::new("crash-api", CLIENT_SECRET)).contains(in_header));
    assert!(sent(Introspection::new("crash-api", CLIENT_SECRET).client_secret_post()).contains(in_form));
    assert!(sent(Introspection::new("crash-api", CLIENT_SECRET)).contains(OPAQUE));
}
