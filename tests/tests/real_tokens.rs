//! Tokens and introspection answers that other people's programs wrote, each judged as `data/tokens/manifest.json` says.
//!
//! `data/README.md` names the programs and explains an entry.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as _;
use std::fs;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopa::{
    Access, Algorithm, ClaimPath, Clock, Hierarchy, Introspection, InvalidToken, KeySet, KeySource,
    KeysFuture, Policy, Refusal, RefusalKind, Validator, ValidatorBuilder,
};
use scopa_testing::{TestAnswer, TestIssuer, TestProvider};
use serde::Deserialize;
use serde_json::{Value, json};

#[test]
fn every_token_gets_the_verdict_that_the_manifest_names() {
    let mut count = BTreeMap::<&str, usize>::new();
    for entry in manifest().iter().filter(|entry| entry.way() == Way::Token) {
        let verdict = entry.judge();
        let class = match (&verdict, entry.expected.as_str()) {
            (_, "unspecified") => "unspecified",
            (Ok(_), _) => "accepted",
            (Err(_), _) => "refused",
        };
        *count.entry(class).or_default() += 1;
        if class == "unspecified" {
            continue;
        }
        match verdict {
            Ok(access) => {
                entry.expect(if access.scopes().is_empty() { "accept_without_scopes" } else { "accept" });
                entry.compare(&access);
            }
            Err(refusal) => {
                assert_eq!(refusal.kind(), RefusalKind::InvalidToken, "{}", entry.id);
                entry.expect(&reason(&refusal));
            }
        }
    }
    println!("{count:?}");
    assert_eq!(count, BTreeMap::from([("accepted", 85), ("refused", 70), ("unspecified", 1)]));
}

#[test]
fn every_introspection_answer_gets_the_verdict_that_the_manifest_names() {
    let mut count = BTreeMap::<&str, usize>::new();
    for entry in manifest().iter().filter(|entry| entry.way() == Way::Answer) {
        let recorded: Recorded = read_json(&entry.file);
        let verdict = entry.judge_answer(recorded.answer());
        let (class, status) = match &verdict {
            Ok(access) => {
                entry.expect("accept");
                entry.compare_answer(access);
                ("accepted", 200)
            }
            Err(refusal) => {
                entry.expect(&reason(refusal));
                let is_known = refusal.kind() == RefusalKind::InvalidToken;
                (if is_known { "refused" } else { "unavailable" }, refusal.status().as_u16())
            }
        };
        assert_eq!(Some(status), entry.status, "{}", entry.id);
        *count.entry(class).or_default() += 1;
    }
    println!("{count:?}");
    assert_eq!(count, BTreeMap::from([("accepted", 3), ("refused", 10), ("unavailable", 3)]));
}

#[test]
fn a_signed_answer_is_taken_from_its_issuer_by_its_client_for_a_minute() {
    let jwt = read("oidc-provider/introspection-active.jwt");
    let token = read("oidc-provider/at-opaque.txt");
    let made_at = 1_795_333_469;
    let judge = |client: &str, at: u64, audience: &str, keys: &str| {
        let provider = TestProvider::of(TestIssuer::new().with_issuer("http://127.0.0.1:4800"));
        let answer = TestAnswer::text(200, jwt.clone());
        let answer = answer.header("content-type", "application/token-introspection+jwt; charset=utf-8");
        provider.answer("/introspect", answer);
        let rules =
            Validator::builder("http://127.0.0.1:4800", audience).leeway(Duration::ZERO).clock(At(at));
        let rules = rules.introspect(Introspection::new(client, "secret").signed(), provider.clone());
        let validator = rules.keys(KeySet::from_jwks(&read(keys)).unwrap()).build().unwrap();
        // The same text as an access token is refused here, and nobody is asked about it.
        assert_eq!(reason(&authenticate(&validator, jwt.trim_ascii()).unwrap_err()), "wrong_type");
        assert_eq!(provider.fetches("/introspect"), 0);
        authenticate(&validator, token.trim_ascii())
    };
    let access = judge("rsjwt", made_at + 60, "urn:api:opaque", "oidc-provider/jwks.json").unwrap();
    assert_eq!((access.scopes().as_str(), access.client_id()), ("restricted", Some("m2m")));
    assert_eq!((access.expires_at(), access.issued_at()), (1_795_337_069, Some(made_at)));
    for (client, at, audience, keys, expected) in [
        ("rsjwt", made_at + 61, "urn:api:opaque", "oidc-provider/jwks.json", "unavailable"),
        ("rsjwt", made_at - 1, "urn:api:opaque", "oidc-provider/jwks.json", "unavailable"),
        ("m2m", made_at, "urn:api:opaque", "oidc-provider/jwks.json", "unavailable"),
        ("rsjwt", made_at, "urn:api:opaque", "oidc-provider/jwks-rotation-retired.json", "unavailable"),
        ("rsjwt", made_at, "urn:api:opaque", "authlib/jwks.json", "unavailable"),
        ("rsjwt", made_at, "urn:api:jwt", "oidc-provider/jwks.json", "wrong_audience"),
    ] {
        assert_eq!(reason(&judge(client, at, audience, keys).unwrap_err()), expected, "{client} {at} {keys}");
    }
}

#[test]
fn the_signatures_of_the_rfc_examples_hold_though_they_are_no_access_tokens() {
    let mut count = 0;
    for entry in manifest().iter().filter(|entry| entry.way() == Way::Signature) {
        count += 1;
        let token = entry.token();
        let found = reason(&entry.judge_token(&token).unwrap_err());
        let with_another_signature = reason(&entry.judge_token(&flipped(&token)).unwrap_err());
        if entry.expected != "accept" {
            entry.expect(&found);
            continue;
        }
        // The signature is looked at before the payload (RFC 7515 §5.2). So it held, if the token is refused for
        // what it says, and the same token with one bit of the signature changed is refused for that bit.
        assert_eq!(with_another_signature, "bad_signature", "{}", entry.id);
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims = serde_json::from_slice::<Value>(&payload).ok();
        let later = match claims.as_ref().and_then(|claims| claims.get("iss")) {
            Some(_) => "wrong_issuer",
            None => "not_a_jwt",
        };
        assert_eq!(found, later, "{}", entry.id);
    }
    assert_eq!(count, 11);
}

#[test]
fn the_claims_of_rfc_9068_figure_2_are_accepted_once_they_are_signed() {
    let manifest = manifest();
    let entries: Vec<&Entry> = manifest.iter().filter(|entry| entry.way() == Way::Claims).collect();
    let [entry] = entries[..] else { panic!("one entry without a signature, found {}", entries.len()) };
    let example: Value = read_json(&entry.file);
    let token = TestIssuer::new()
        .token()
        .algorithm(Algorithm::RS256)
        .raw_header(example["header"].to_string())
        .raw_claims(example["claims"].to_string())
        .sign();
    // The RFC prints no signature: the key is ours, under the `kid` of the example.
    let mut set: Value = serde_json::from_str(&TestIssuer::new().jwks()).unwrap();
    let keys = set["keys"].as_array_mut().unwrap();
    keys.iter_mut().find(|key| key["kid"] == "rs256").unwrap()["kid"] = entry.kid.as_deref().into();

    let keys = KeySet::from_jwks(&set.to_string()).unwrap();
    let access = authenticate(&entry.rules().keys(keys).build().unwrap(), &token).unwrap();
    entry.compare(&access);
    assert_eq!(access.token_id(), example["claims"]["jti"].as_str());
}

#[test]
fn what_is_not_judged_yet_is_counted() {
    let mut count = BTreeMap::<Way, usize>::new();
    for entry in manifest() {
        *count.entry(entry.way()).or_default() += 1;
    }
    println!("{count:?}");
    let expected = [
        (Way::Token, 156),
        (Way::Signature, 11),
        (Way::Claims, 1),
        (Way::Answer, 16),
        // Proofs of possession (RFC 9449).
        (Way::NeedsDpop, 11),
    ];
    assert_eq!(count, BTreeMap::from(expected));
    assert_eq!(count.values().sum::<usize>(), 195);
}

#[test]
fn every_refused_token_is_answered_with_the_same_bytes() {
    let mut answers = BTreeSet::new();
    let mut count = 0;
    for entry in manifest().iter().filter(|entry| matches!(entry.way(), Way::Token | Way::Signature)) {
        let Err(refusal) = entry.judge() else { continue };
        count += 1;
        let response = refusal.response();
        assert_eq!(response.status(), 401, "{}", entry.id);
        let promised = entry.status.is_none_or(|status| status == 401);
        assert!(promised || entry.also.contains(&reason(&refusal)), "{}", entry.id);
        let token = entry.token();
        let answer = format!("{:?} {:?} {:?}", response.status(), response.headers(), response.body());
        assert!(!answer.contains(&token) && !refusal.to_string().contains(&token), "{}", entry.id);
        answers.insert(answer);
    }
    assert_eq!((answers.len(), count), (1, 81), "{answers:#?}");
    let answer = answers.first().unwrap();
    assert!(
        answer.contains(r#"Bearer error=\"invalid_token\", error_description=\"the access token"#),
        "{answer}"
    );
}

#[test]
fn an_opaque_token_is_not_a_jwt() {
    let mut count = 0;
    for entry in manifest().iter().filter(|entry| entry.kind == "opaque_token") {
        let refusal = entry.judge().unwrap_err();
        assert_eq!(
            (reason(&refusal).as_str(), refusal.status().as_u16()),
            ("not_a_jwt", 401),
            "{}",
            entry.id
        );
        count += 1;
    }
    assert_eq!(count, 2);
}

#[test]
fn an_algorithm_that_no_key_can_do_is_a_mistake_of_the_operator() {
    let refused_at_start: Vec<String> = manifest()
        .iter()
        .filter(|entry| matches!(entry.way(), Way::Token | Way::Signature))
        .filter(|entry| {
            entry.rules().keys(entry.keys()).build().is_err_and(|error| error.setting() == "algorithms")
        })
        .map(|entry| entry.id.clone())
        .collect();
    // A shared secret with a list of `RS256`, and an EC key with a list of `RS256`.
    assert_eq!(
        refused_at_start,
        ["pyjwt/bip-team-read#asymmetric-verifier", "rfc/rfc7515-a2#wrong-key-type"]
    );
    // A set with a secret is never taken for one of public keys.
    assert!(KeySet::from_jwks(&read("pyjwt/bip-jwk-secret.json")).is_err());
}

#[test]
fn other_claims_than_scope_are_read_when_they_are_named() {
    let by_id = |id: &str| manifest().into_iter().find(|entry| entry.id == id).unwrap();
    let judge = |entry: &Entry, rules: ValidatorBuilder| {
        authenticate(&rules.keys(entry.keys()).build().unwrap(), &entry.token()).unwrap()
    };

    let entry = by_id("oauth2-mock-server/at-permissions#1");
    let access = judge(&entry, entry.rules().permission_claim("permissions"));
    let permissions: Vec<&str> = access.permissions().collect();
    assert_eq!(permissions, ["crash:read", "symbols"]);
    assert_eq!(access.scopes().as_str(), "openid");
    assert_eq!(entry.judge().unwrap().permissions().count(), 0);

    let entry = by_id("oauth2-mock-server/at-keycloak-roles#1");
    let realm = judge(&entry, entry.rules().scope_claim("realm_access.roles"));
    assert_eq!(realm.scopes().as_str(), "crash-reader");
    // The client's own name has colons in it: the steps are given one by one.
    let client = ClaimPath::from(["resource_access", "urn:api:mock", "roles"]);
    assert_eq!(judge(&entry, entry.rules().scope_claim(client)).scopes().as_str(), "symbols");

    let entry = by_id("joserfc/wfp-other-team#1");
    let team = entry.judge().unwrap().claim::<String>("intoware.workfloplus.team").unwrap();
    assert_eq!(team.as_deref(), Some("otherteam"));
}

#[test]
fn every_question_to_an_accepted_token_is_answered_as_the_manifest_says() {
    let (bugsplat, bipsync, workfloplus) = (bugsplat(), bipsync(), WorkfloPlus::read());
    let mut count = BTreeMap::<&str, usize>::new();
    for entry in manifest() {
        for question in &entry.authorize {
            let label = format!("{}: {question:?}", entry.id);
            let (class, verdict) = match (question.system.as_deref(), &question.policy) {
                (Some("bugsplat"), _) => ("bugsplat", bugsplat.answer(&entry, question)),
                (Some("bipsync"), _) => ("bipsync", bipsync.answer(&entry, question)),
                (None, Some(policy)) => ("workfloplus", workfloplus.answer(&entry, policy, question)),
                _ => panic!("{label}"),
            };
            *count.entry(class).or_default() += 1;
            match verdict {
                Ok(()) => assert_eq!(question.expected, "accept", "{label}"),
                Err(refusal) => {
                    assert_eq!(question.expected, "insufficient_scope", "{label}");
                    assert_eq!(refusal.status(), 403, "{label}");
                    let is_about_scopes = refusal.kind() == RefusalKind::InsufficientScope;
                    assert_eq!(refusal.challenge().is_some(), is_about_scopes, "{label}");
                    // RFC 6750 §3.1: the scopes that would do. Where a permission is missing, none would; nor is
                    // there a scope for a team that cannot be.
                    let can_be_named = is_about_scopes && !label.contains("/65DF73340142FEEC34D7D6EE/");
                    assert_eq!(refusal.scope().is_empty(), !can_be_named, "{label}");
                }
            }
        }
    }
    println!("{count:?}");
    assert_eq!(count, BTreeMap::from([("bipsync", 23), ("bugsplat", 13), ("workfloplus", 31)]));
}

#[test]
fn a_challenge_names_the_narrowest_scopes_that_would_do() {
    let (bugsplat, bipsync) = (bugsplat(), bipsync());
    for (system, token, request, expected) in [
        (&bugsplat, "pyjwt/bug-restricted#1", "POST /symsrv/uploadUrl", "symbols"),
        (&bugsplat, "pyjwt/bug-symbols#1", "POST /api/v2/summary", "restricted"),
        (&bugsplat, "pyjwt/bug-restricted#1", "DELETE /api/crashes.php", "unrestricted"),
        (
            &bipsync,
            "pyjwt/bip-team-read#1",
            "GET /v1/teams/65df73340142feec34d7d6ef/notes",
            "rest_api:read team_65df73340142feec34d7d6ef",
        ),
        (
            &bipsync,
            "pyjwt/bip-team-write#1",
            "GET /v1/teams/65df73340142feec34d7d6ee/field",
            "rest_api:fields:read team_65df73340142feec34d7d6ee",
        ),
    ] {
        let entry = manifest().into_iter().find(|entry| entry.id == token).unwrap();
        let question = Question { request: Some(request.to_owned()), ..Question::default() };
        let refusal = system.answer(&entry, &question).unwrap_err();
        assert_eq!(refusal.scope().as_str(), expected, "{token} {request}");
    }
}

#[test]
fn edges_and_one_need_per_policy_say_what_the_vendors_lists_say() {
    let workfloplus = WorkfloPlus::read();
    let issuer = TestIssuer::new();
    let validator = issuer.validator().hierarchy(workfloplus.hierarchy.clone()).build().unwrap();
    let data = &workfloplus.data;
    let mut cells = 0;
    for scope in &data.scopes {
        let access = authenticate(&validator, &issuer.token().scopes([data.name(scope)]).sign()).unwrap();
        for permission in data.permissions.iter().map(Some).chain([None]) {
            let access = access.with_permissions(permission);
            for policy in &data.policies {
                let has_scope = policy.any_scope.contains(scope);
                let has_permission = policy.any_permission.is_empty()
                    || permission.is_some_and(|permission| policy.any_permission.contains(permission));
                let expected = match (has_scope, has_permission) {
                    (true, true) => None,
                    (false, true) => Some(RefusalKind::InsufficientScope),
                    // No scope could help.
                    (_, false) => Some(RefusalKind::Forbidden),
                };
                let found = validator.authorize(&access, &workfloplus.needs[&policy.policy], &[]);
                let found = found.err().map(|refusal| refusal.kind());
                assert_eq!(found, expected, "{} with {scope} and {permission:?}", policy.policy);
                cells += 1;
            }
        }
    }
    // 26 scopes, 5 permissions or none, 27 policies.
    assert_eq!(cells, 26 * 6 * 27);
}

/// One entry of the manifest.
#[derive(Debug, Deserialize)]
struct Entry {
    id: String,
    file: String,
    kind: String,
    jwks: Option<String>,
    kid: Option<String>,
    issuer: Option<String>,
    subject: Option<String>,
    client_id: Option<String>,
    audience: Option<Value>,
    issued_at: Option<Value>,
    valid_until: Option<Value>,
    scopes: Option<Vec<String>>,
    verify: Verify,
    expected: String,
    #[serde(default)]
    also: Vec<String>,
    status: Option<u16>,
    needs: Option<String>,
    #[serde(default)]
    must_not_grant: Vec<String>,
    #[serde(default)]
    authorize: Vec<Question>,
}

/// How an entry is to be checked.
#[derive(Debug, Deserialize)]
struct Verify {
    issuer: Option<String>,
    audience: Option<String>,
    algorithms: Option<Vec<String>>,
    scope_claim: Option<String>,
    at: Option<u64>,
    leeway: u64,
    profile: String,
}

/// What is asked of an accepted token.
#[derive(Debug, Default, Deserialize)]
struct Question {
    system: Option<String>,
    request: Option<String>,
    policy: Option<String>,
    #[serde(default)]
    permissions: Vec<String>,
    expected: String,
}

/// How an entry is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// As a bearer token.
    Token,
    /// As a signature over something that is no access token.
    Signature,
    /// As claims that are signed here.
    Claims,
    /// As the answer of an introspection endpoint (RFC 7662).
    Answer,
    /// Not yet: a proof of possession, or a token that comes with one.
    NeedsDpop,
}

impl Entry {
    fn way(&self) -> Way {
        match (self.needs.as_deref(), self.verify.profile.as_str(), self.kind.as_str()) {
            (Some("introspection"), "introspection", "introspection_response") => Way::Answer,
            (Some("dpop"), _, _) => Way::NeedsDpop,
            (_, "signature-only", "jws_example") => Way::Signature,
            (None, "rfc9068", "claims_example") => Way::Claims,
            (None | Some("shared secret"), "compatible" | "rfc9068", _) => Way::Token,
            other => panic!("{}: {other:?}", self.id),
        }
    }

    fn token(&self) -> String {
        read(&self.file).trim_ascii().to_owned()
    }

    fn judge(&self) -> Result<Access, Refusal> {
        self.judge_token(&self.token())
    }

    fn judge_token(&self, token: &str) -> Result<Access, Refusal> {
        let keys = self.keys();
        let validator = self.rules().keys(keys.clone()).build().or_else(|error| {
            // The algorithms of fixed keys are known when the service starts, and a list without one of them is
            // refused there. Those of a source are not: the same keys from one show what a token meets.
            assert_eq!(error.setting(), "algorithms", "{}: {error}", self.id);
            self.rules().key_source(Given(keys)).build()
        });
        authenticate(&validator.unwrap(), token)
    }

    /// Asks about the opaque token of the same program, and lets the endpoint answer so.
    fn judge_answer(&self, answer: TestAnswer) -> Result<Access, Refusal> {
        let issuer = self.verify.issuer.as_deref().unwrap_or(SOME_ISSUER);
        let provider = TestProvider::of(TestIssuer::new().with_issuer(issuer));
        provider.answer("/introspect", answer);
        let scope_claim = self.verify.scope_claim.as_deref().unwrap();
        let how = Introspection::new("api", "secret").scope_claim(scope_claim);
        let validator = self.rules().introspect(how, provider.clone()).build().unwrap();
        let (program, _) = self.file.split_once('/').unwrap();
        let verdict = authenticate(&validator, read(&format!("{program}/at-opaque.txt")).trim_ascii());
        assert_eq!(provider.fetches("/introspect"), 1, "{}", self.id);
        verdict
    }

    /// Returns the keys that the entry names; for one that names none, keys that cannot matter.
    fn keys(&self) -> KeySet {
        let file = self.jwks.as_deref().unwrap_or("oidc-provider/jwks.json");
        let mut set: Value = read_json(file);
        if set.get("keys").is_none() {
            set = json!({ "keys": [set] });
        }
        if !file.contains("secret") {
            return KeySet::from_jwks(&set.to_string()).unwrap();
        }
        let secrets = set["keys"].as_array().unwrap().iter().map(|key| {
            let secret = URL_SAFE_NO_PAD.decode(key["k"].as_str().unwrap()).unwrap();
            let keys = KeySet::from_secret(algorithm(key["alg"].as_str().unwrap()), secret).unwrap();
            key["kid"].as_str().map_or(keys.clone(), |kid| keys.with_kid(kid).unwrap())
        });
        secrets.reduce(|one, other| one.merge(other).unwrap()).unwrap()
    }

    fn rules(&self) -> ValidatorBuilder {
        let verify = &self.verify;
        let issuer = verify.issuer.as_deref().unwrap_or(SOME_ISSUER);
        let mut rules = Validator::builder(issuer, verify.audience.as_deref().unwrap_or("none"))
            .leeway(Duration::from_secs(verify.leeway))
            .clock(At(verify.at.unwrap_or(1_795_333_600)));
        if verify.audience.is_none() {
            rules = rules.dangerously_skip_audience();
        }
        if verify.profile == "rfc9068" {
            rules = rules.rfc9068();
        }
        if let Some(names) = &verify.algorithms {
            rules = rules.algorithms(names.iter().map(|name| algorithm(name)));
        }
        match &verify.scope_claim {
            Some(claim) => rules.scope_claim(claim.as_str()),
            None => rules,
        }
    }

    /// Stops the test unless the verdict is the expected one, or one of the others that are right.
    fn expect(&self, verdict: &str) {
        let without_scopes = (verdict == "accept_without_scopes").then_some("accept");
        let is_right = |expected: &String| *expected == verdict || without_scopes == Some(expected);
        assert!(
            is_right(&self.expected) || self.also.iter().any(is_right),
            "{}: {verdict}, expected {} or {:?}",
            self.id,
            self.expected,
            self.also
        );
    }

    /// Compares what an accepted token says with what its maker said.
    fn compare(&self, access: &Access) {
        let id = &self.id;
        assert_eq!(access.subject(), self.subject.as_deref(), "{id}");
        assert_eq!(Some(access.issuer()), self.issuer.as_deref(), "{id}");
        let audience: Vec<&str> = access.audience().collect();
        match &self.audience {
            Some(Value::String(one)) => assert_eq!(audience, [one], "{id}"),
            other => assert_eq!(json!(audience), *other.as_ref().unwrap(), "{id}"),
        }
        self.compare_grant(access);
    }

    /// Compares what an answer says of a token, which may leave out issuer and audience (RFC 7662 §2.2).
    fn compare_answer(&self, access: &Access) {
        let id = &self.id;
        assert_eq!(access.issuer(), self.issuer.as_deref().unwrap_or(SOME_ISSUER), "{id}");
        let audience: Vec<&str> = access.audience().collect();
        assert_eq!(audience, self.audience.iter().filter_map(Value::as_str).collect::<Vec<_>>(), "{id}");
        // The manifest takes `username` for the subject. It is a name for people, which may change hands: the subject
        // is `sub` alone, and a handler that wants the name asks for the claim.
        assert_eq!(access.subject(), None, "{id}");
        assert_eq!(access.claim::<String>("username").unwrap(), self.subject, "{id}");
        self.compare_grant(access);
    }

    fn compare_grant(&self, access: &Access) {
        let id = &self.id;
        let scopes: Vec<String> = access.scopes().iter().map(str::to_owned).collect();
        assert_eq!(Some(scopes), self.scopes, "{id}");
        // Where there is no `client_id`, OpenID Connect Core §2 has the client in `azp`.
        let client = self.client_id.clone().or_else(|| access.claim("azp").unwrap());
        assert_eq!(access.client_id(), client.as_deref(), "{id}");
        // RFC 7519 §2: a NumericDate may have a fraction; the second it lies in counts.
        let seconds = |time: &Option<Value>| Some(time.as_ref()?.as_f64().unwrap() as u64);
        assert_eq!(Some(access.expires_at()), seconds(&self.valid_until), "{id}");
        assert_eq!(access.issued_at(), seconds(&self.issued_at), "{id}");
        assert_eq!(access.permissions().count(), 0, "{id}");
        for scope in &self.must_not_grant {
            assert!(access.require(scope.clone()).is_err(), "{id}: {scope}");
        }
    }
}

/// An answer of an introspection endpoint, as it came.
#[derive(Debug, Deserialize)]
struct Recorded {
    status: u16,
    headers: BTreeMap<String, String>,
    body: Value,
}

impl Recorded {
    fn answer(&self) -> TestAnswer {
        let body = match &self.body {
            Value::String(text) => text.clone(),
            json => json.to_string(),
        };
        let answer = TestAnswer::text(self.status, body);
        self.headers.iter().fold(answer, |answer, (name, value)| answer.header(name, value))
    }
}

/// What one system protects: its scopes, and what each route needs.
struct System {
    hierarchy: Hierarchy,
    routes: Vec<(&'static str, &'static str, Policy)>,
}

impl System {
    fn answer(&self, entry: &Entry, question: &Question) -> Result<(), Refusal> {
        let rules = entry.rules().hierarchy(self.hierarchy.clone()).keys(entry.keys());
        let validator = rules.build().unwrap();
        let access = authenticate(&validator, &entry.token()).unwrap();
        let (method, path) = question.request.as_deref().unwrap().split_once(' ').unwrap();
        let found = self.routes.iter().find_map(|(methods, route, policy)| {
            let values = matched(route, path).filter(|_| methods.split(' ').any(|one| one == method))?;
            Some((policy, values))
        });
        let (policy, values) = found.unwrap_or_else(|| panic!("no route for {method} {path}"));
        validator.authorize(&access, &validator.prepare(policy.clone()).unwrap(), &values)
    }
}

/// Returns the values of a route's placeholders, if the path is of that route.
fn matched<'p>(route: &'static str, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
    let (route, path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    let mut values = Vec::new();
    for (expected, given) in route.iter().zip(&path) {
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => values.push((name, *given)),
            None if expected == given => {}
            None => return None,
        }
    }
    (route.len() == path.len()).then_some(values)
}

/// Crash reports: two siblings under a scope that no client has. GET and POST say nothing about reading and
/// writing here, so the needs are per method and path.
fn bugsplat() -> System {
    let hierarchy = Hierarchy::builder()
        .scopes(["unrestricted", "symbols", "restricted"])
        .includes("unrestricted", ["symbols", "restricted"])
        .build()
        .unwrap();
    let routes = [
        ("GET POST", "/api/crash/details", "restricted"),
        ("GET", "/api/crashes", "restricted"),
        ("POST", "/api/crashes.php", "restricted"),
        ("DELETE", "/api/crashes.php", "unrestricted"),
        ("GET POST", "/api/v2/summary", "restricted"),
        ("GET POST", "/api/v2/keycrash", "restricted"),
        ("GET", "/api/v2/versions", "restricted"),
        ("POST", "/api/v2/versions", "symbols"),
        ("PUT DELETE", "/api/v2/versions", "unrestricted"),
        ("POST", "/api/versions", "symbols"),
        ("POST", "/symsrv/uploadUrl", "symbols"),
        ("POST", "/symsrv/uploadComplete", "symbols"),
    ];
    let routes = routes.map(|(methods, path, scope)| (methods, path, Policy::from(scope)));
    System { hierarchy, routes: routes.into() }
}

/// Notes of investment teams: a scope that carries the team, and beside it the verb's.
fn bipsync() -> System {
    let hierarchy = Hierarchy::builder()
        .scopes(["rest_api:read", "rest_api:fields:read", "rest_api:write"])
        .includes("rest_api:read", ["rest_api:fields:read"])
        .template("team_{id}", "[0-9a-f]{24}")
        .build()
        .unwrap();
    let of_team = |scope: &'static str| Policy::all_of(["team_{id}", scope]);
    let routes = vec![
        ("GET", "/v1/ping", Policy::authenticated()),
        ("GET", "/v1/teams/{id}/notes", of_team("rest_api:read")),
        ("GET", "/v1/teams/{id}/notes/{note}", of_team("rest_api:read")),
        ("POST", "/v1/teams/{id}/notes", of_team("rest_api:write")),
        ("PUT DELETE", "/v1/teams/{id}/notes/{note}", of_team("rest_api:write")),
        ("GET", "/v1/teams/{id}/field", of_team("rest_api:fields:read")),
    ];
    System { hierarchy, routes }
}

/// Work instructions: scopes on the token, permissions beside it, and policies that ask for one of each.
struct WorkfloPlus {
    data: Policies,
    hierarchy: Hierarchy,
    needs: BTreeMap<String, Policy>,
}

/// The vendor's lists, `data/workfloplus-policies.json`.
#[derive(Debug, Deserialize)]
struct Policies {
    scope_prefix: String,
    scopes: Vec<String>,
    permissions: Vec<String>,
    policies: Vec<Listed>,
}

#[derive(Debug, Deserialize)]
struct Listed {
    policy: String,
    any_scope: Vec<String>,
    any_permission: Vec<String>,
}

impl Policies {
    fn name(&self, scope: &str) -> String {
        format!("{}{scope}", self.scope_prefix)
    }
}

impl WorkfloPlus {
    fn read() -> Self {
        let data: Policies = serde_json::from_str(&read("../workfloplus-policies.json")).unwrap();
        let names = data.scopes.iter().map(|scope| data.name(scope));
        let mut builder = Hierarchy::builder().scopes(names).permissions(data.permissions.clone());
        for (scope, included) in WORKFLOPLUS_EDGES {
            builder = builder.includes(data.name(scope), included.iter().map(|scope| data.name(scope)));
        }
        let needs = data.policies.iter().map(|listed| {
            let scopes = match listed.policy.as_str() {
                "Job_ReadAll" => vec!["job.read_all", "job.modify"],
                "Trigger_Execute" => vec!["workflow.execute", "workflow.admin"],
                // The others list one scope, and then those that include it.
                _ => vec![listed.any_scope[0].as_str()],
            };
            let policy = Policy::any_of(scopes.into_iter().map(|scope| data.name(scope)));
            let policy = match listed.policy.as_str() {
                // The one that lists no permission: none is asked.
                "Workflow_Execute" => policy,
                _ => policy.and(Policy::any_permission(listed.any_permission.clone())),
            };
            (listed.policy.clone(), policy)
        });
        let mut needs: BTreeMap<String, Policy> = needs.collect();
        needs.insert("Any Valid Token".into(), Policy::authenticated());
        Self { hierarchy: builder.build().unwrap(), needs, data }
    }

    fn answer(&self, entry: &Entry, policy: &str, question: &Question) -> Result<(), Refusal> {
        let rules = entry.rules().hierarchy(self.hierarchy.clone()).keys(entry.keys());
        let validator = rules.build().unwrap();
        let access = authenticate(&validator, &entry.token()).unwrap();
        let access = access.with_permissions(question.permissions.clone());
        validator.authorize(&access, &self.needs[policy], &[])
    }
}

/// No `job.modify` over `job.read_all`, and no `x.admin` over all of `x.*`: the lists exclude both.
const WORKFLOPLUS_EDGES: [(&str, &[&str]); 12] = [
    ("job.admin", &["job.modify", "job.read_all"]),
    ("job.read_all", &["job.read"]),
    ("query.admin", &["query.read"]),
    ("reports.admin", &["reports.create", "reports.modify"]),
    ("reports.create", &["reports.read"]),
    ("trigger.admin", &["trigger.read"]),
    ("schedule.admin", &["schedule.read_all"]),
    ("schedule.read_all", &["schedule.read"]),
    ("teamsettings.admin", &["teamsettings.read"]),
    ("workflow.admin", &["workflow.read", "workflow.create", "workflow.delete", "workflow.modify"]),
    ("workflow.execute", &["workflow.read"]),
    ("spoke.client", &["workflow.read"]),
];

/// A clock that stands.
struct At(u64);

impl Clock for At {
    fn now(&self) -> u64 {
        self.0
    }
}

/// Keys from a source, at hand.
struct Given(KeySet);

impl KeySource for Given {
    fn keys(&self) -> KeysFuture {
        Box::pin(std::future::ready(Ok(self.0.clone())))
    }
}

fn authenticate(validator: &Validator, token: &str) -> Result<Access, Refusal> {
    let field = format!("Bearer {token}");
    let outcome = pin!(validator.authenticate([field.as_bytes()]));
    match outcome.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("the keys are at hand"),
    }
}

/// Returns the reason to refuse, in the words of the manifest.
fn reason(refusal: &Refusal) -> String {
    if refusal.kind() == RefusalKind::Unavailable {
        return "unavailable".to_owned();
    }
    match refusal.source().unwrap().downcast_ref().unwrap() {
        InvalidToken::MissingClaim(claim) => format!("missing_claim:{claim}"),
        InvalidToken::MalformedClaim(claim) => format!("malformed_claim:{claim}"),
        InvalidToken::NotAnAccessToken(_) => "id_token".to_owned(),
        other => other.code().to_owned(),
    }
}

/// Changes one bit of a token's signature.
fn flipped(token: &str) -> String {
    let (message, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    if let Some(byte) = signature.first_mut() {
        *byte ^= 1;
    }
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Stands where an entry names no issuer.
const SOME_ISSUER: &str = "https://id.example.com";

/// `Ed25519` (RFC 9864) says the same as `EdDSA` with an Ed25519 key.
fn algorithm(name: &str) -> Algorithm {
    use Algorithm::{ES256, ES384, ES512, EdDSA, HS256, PS256, PS384, PS512, RS256, RS384, RS512};
    let all = [RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, HS256];
    let name = if name == "Ed25519" { "EdDSA" } else { name };
    all.into_iter().find(|algorithm| algorithm.name() == name).unwrap_or_else(|| panic!("{name}"))
}

fn manifest() -> Vec<Entry> {
    read_json("manifest.json")
}

fn read_json<T: for<'de> Deserialize<'de>>(file: &str) -> T {
    serde_json::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Reads a file, relative to `data/tokens`.
fn read(file: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/tokens/").to_owned() + file;
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
