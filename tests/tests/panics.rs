//! Two and a half million generated inputs: nothing that a caller or an operator sends makes a parser panic, and
//! only the token that was signed is accepted.
//!
//! The same inputs in every run: the generator starts from a fixed number. `fuzz/` has the same targets for runs
//! without an end.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it fails"
)]

use std::collections::BTreeMap;
use std::error::Error as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopa::{Access, Algorithm, Hierarchy, InvalidToken, KeySet, Policy, Refusal, Scopes, Validator};
use scopa_testing::TestIssuer;
use serde::de::IgnoredAny;

#[test]
fn a_changed_token_is_never_accepted() {
    let (issuer, validator) = shared_secret();
    let original = issuer.token().algorithm(Algorithm::HS256).scope("read team_7").sign();
    assert!(authenticate(&validator, original.as_bytes()).is_ok());
    let mut inputs =
        Inputs::new(1, &[".", "..", "=", "eyJhbGciOiJub25lIn0", " ", "\t", ",", "Bearer ", "\0", "é"]);
    let mut outcomes = BTreeMap::new();
    for _ in 0..400_000 {
        let token = inputs.mutated(original.as_bytes());
        let outcome = survive(&token, || authenticate(&validator, &token));
        // RFC 9110 §5.5: white space behind the value is no part of it. Before the token stand spaces (§11.4).
        let spaces = token.iter().take_while(|byte| **byte == b' ').count();
        let bare = token[spaces..].trim_ascii_end();
        assert_eq!(outcome.is_ok(), bare == original.as_bytes(), "{}", token.escape_ascii());
        count(&mut outcomes, &outcome);
    }
    println!("{outcomes:?}");
    for code in ["accepted", "not_a_jwt", "bad_signature", "invalid_request", "encrypted"] {
        assert!(outcomes.contains_key(code), "no token was {code}");
    }
}

#[test]
fn a_changed_header_is_never_accepted() {
    let (issuer, validator) = shared_secret();
    let original = issuer.token().algorithm(Algorithm::HS256).sign();
    let (header, rest) = original.split_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap();
    let mut inputs = Inputs::new(
        2,
        &[
            r#""alg":"none""#,
            r#""crit":["exp"]"#,
            r#""b64":false"#,
            r#""zip":"DEF""#,
            r#""enc":"A128GCM""#,
            r#""cty":"JWT""#,
            r#""typ":"JWT""#,
            r#""kid":null"#,
            r#""kid":"a""#,
            "\\u0061",
            "{",
            "}",
            "[",
            "]",
            "\"",
            ",",
            ":",
            "null",
            "1e9999",
            "\u{7f}",
        ],
    );
    let mut outcomes = BTreeMap::new();
    for _ in 0..240_000 {
        let changed = inputs.mutated(&header);
        let token = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(&changed));
        let outcome = survive(&changed, || authenticate(&validator, token.as_bytes()));
        assert_eq!(outcome.is_ok(), token == original, "{}", changed.escape_ascii());
        count(&mut outcomes, &outcome);
    }
    println!("{outcomes:?}");
    for code in ["not_a_jwt", "bad_signature", "algorithm_not_allowed", "header_not_allowed"] {
        assert!(outcomes.contains_key(code), "no token was {code}");
    }
}

#[test]
fn claims_that_are_signed_are_accepted_only_when_they_say_what_is_demanded() {
    let (issuer, validator) = shared_secret();
    let claims = format!(
        r#"{{"iss":"{}","aud":["{}"],"exp":1795337200,"nbf":1795333600.5,"iat":1795333600,"sub":"a","scope":"read team_7","roles":{{"of":["x"]}}}}"#,
        issuer.issuer(),
        issuer.audience()
    );
    let mut inputs = Inputs::new(
        3,
        &[
            r#""exp":1"#,
            r#""aud":7"#,
            r#""iss":null"#,
            r#""scope":["read",1]"#,
            r#""cnf":{}"#,
            r#""nonce":"""#,
            "1e400",
            "-1",
            "9999999999999999999999",
            "0.1e-9",
            "\\ud800",
            "\\u0000",
            "[[[[[[[[[[[[[[[[[[",
            "{\"a\":",
            "\u{2028}",
            "\"",
            "}",
            "]",
        ],
    );
    let mut outcomes = BTreeMap::new();
    for _ in 0..30_000 {
        let changed = String::from_utf8_lossy(&inputs.mutated(claims.as_bytes())).into_owned();
        let token = issuer.token().algorithm(Algorithm::HS256).raw_claims(changed.as_str()).sign();
        let outcome = survive(changed.as_bytes(), || authenticate(&validator, token.as_bytes()));
        if let Ok(access) = &outcome {
            assert_eq!(access.issuer(), issuer.issuer(), "{changed}");
            assert!(access.audience().any(|audience| audience == issuer.audience()), "{changed}");
            assert!(access.expires_at() > 1_795_333_600 - 30, "{changed}");
            assert!(serde_json::from_str::<IgnoredAny>(&changed).is_ok(), "{changed}");
        }
        count(&mut outcomes, &outcome);
    }
    println!("{outcomes:?}");
    for code in [
        "accepted",
        "not_a_jwt",
        "missing_claim",
        "malformed_claim",
        "wrong_issuer",
        "wrong_audience",
        "expired",
    ] {
        assert!(outcomes.contains_key(code), "no token was {code}");
    }
}

#[test]
fn a_changed_key_set_is_read_or_refused() {
    let set = TestIssuer::new().jwks();
    let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    let words = [
        r#""kty":"oct""#,
        r#""kty":"RSA""#,
        r#""crv":"P-521""#,
        r#""alg":"ES512""#,
        r#""use":"enc""#,
        r#""key_ops":[]"#,
        r#""d":"AA""#,
        r#""x":"AAAA""#,
        r#""n":"""#,
        r#""e":"AQ""#,
        r#""kid":7"#,
        "AAAA",
        "{\"keys\":[",
        "]}",
        "null",
        "==",
        "\"",
        ",",
        "PRIVATE",
        "-----\n",
    ];
    let mut inputs = Inputs::new(4, &words);
    let (mut read, mut dropped, mut refused) = (0, 0, 0);
    for _ in 0..20_000 {
        let text = String::from_utf8_lossy(&inputs.mutated(set.as_bytes())).into_owned();
        match survive(text.as_bytes(), || KeySet::from_jwks(&text)) {
            Ok(keys) => {
                assert!(!keys.is_empty() && keys.len() <= 64, "{text}");
                read += 1;
                dropped += keys.rejected().count();
            }
            Err(error) => {
                assert_eq!(error.setting(), "keys", "{text}");
                refused += 1;
            }
        }
    }
    println!("sets: {read} read, {dropped} keys dropped, {refused} refused");
    assert!(read > 1000 && dropped > 1000 && refused > 1000);

    let (mut read, mut refused) = (0, 0);
    for _ in 0..150_000 {
        let text = String::from_utf8_lossy(&inputs.mutated(pem.as_bytes())).into_owned();
        match survive(text.as_bytes(), || KeySet::from_pem(&text)) {
            Ok(keys) => read += keys.len(),
            Err(_) => refused += 1,
        }
    }
    println!("PEM: {read} read, {refused} refused");
    assert!(read > 1000 && refused > 1000);
}

#[test]
fn a_changed_hierarchy_is_read_or_refused_and_every_scope_covers_itself() {
    let data = r#"{"scopes": {"admin": ["write", "team_{id}"], "write": ["read"], "read": []},
        "templates": {"team_{id}": "[0-9a-f]{24}", "org_{id}": {"values": "[a-z]+", "includes": ["team_{id}"]}},
        "aliases": {"service": "read"}, "bundles": {"ops": ["write"]}, "prefixes": {"read": ":"},
        "wildcards": ["wri*"], "permissions": ["OWNER"]}"#
        .replace("\"prefixes\": {\"read\": \":\"},", "")
        .replace("\"wildcards\": [\"wri*\"],", "");
    let words = [
        "\"admin\"",
        "\"read\"",
        "[]",
        "{}",
        "{id}",
        "{",
        "}",
        "*",
        "[^a]",
        "[a-z]*",
        "{1,9999999}",
        "{24}",
        "-",
        "\\u0020",
        "\"wildcards\": [\"a.*\"],",
        "\"prefixes\": {\"read\": \"r\"},",
        ", ",
        ": ",
        "\"",
        "é",
        "\u{0}",
    ];
    let mut inputs = Inputs::new(5, &words);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..240_000 {
        let text = String::from_utf8_lossy(&inputs.mutated(data.as_bytes())).into_owned();
        let Ok(hierarchy) = survive(text.as_bytes(), || serde_json::from_str::<Hierarchy>(&text)) else {
            refused += 1;
            continue;
        };
        read += 1;
        for scope in hierarchy.scopes().filter(|scope| !scope.contains('{')) {
            assert!(hierarchy.covers(scope, scope), "{scope} of {text}");
            assert!(
                !hierarchy.covers("", scope) && !hierarchy.covers("undeclared?", scope),
                "{scope} of {text}"
            );
        }
    }
    println!("{read} read, {refused} refused");
    assert!(read > 1000 && refused > 1000);
}

#[test]
fn a_list_of_scopes_is_read_as_it_is_written_or_refused() {
    let words = ["read", "team_7", " ", "  ", "\t", "\"", "\\", "\u{7f}", "é", "\u{2003}", "\0", "*", "{id}"];
    let mut inputs = Inputs::new(6, &words);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..1_500_000 {
        let text = String::from_utf8_lossy(&inputs.mutated(b"read team_7 write")).into_owned();
        match survive(text.as_bytes(), || text.parse::<Scopes>()) {
            Ok(scopes) => {
                read += 1;
                let mut expected: Vec<&str> = Vec::new();
                for scope in text.split(' ').filter(|scope| !scope.is_empty()) {
                    if !expected.contains(&scope) {
                        expected.push(scope);
                    }
                }
                assert_eq!(scopes.iter().collect::<Vec<_>>(), expected, "{text:?}");
            }
            Err(error) => {
                refused += 1;
                assert!(error.to_string().is_ascii() || !text.is_ascii(), "{text:?}");
            }
        }
    }
    println!("{read} read, {refused} refused");
    assert!(read > 10_000 && refused > 10_000);
}

#[test]
fn a_policy_of_any_names_is_answered_and_never_opens_to_a_token_without_scopes() {
    let hierarchy = Hierarchy::builder()
        .scopes(["admin", "write", "read"])
        .includes("admin", ["write"])
        .includes("write", ["read"])
        .template("team_{id}", "[0-9]{1,8}")
        .permissions(["OWNER"])
        .build()
        .unwrap();
    let issuer = TestIssuer::new();
    let validator = issuer.validator().hierarchy(hierarchy).build().unwrap();
    let access =
        |scope: &str| authenticate(&validator, issuer.token().scope(scope).sign().as_bytes()).unwrap();
    let (nobody, everybody) = (access(""), access("admin team_7").with_permissions(["OWNER"]));
    let words = [
        "admin",
        "write",
        "read",
        "team_{id}",
        "team_7",
        "team_{",
        "}",
        "OWNER",
        "",
        " ",
        "\"",
        "é",
        "{id}",
        "*",
    ];
    let mut inputs = Inputs::new(7, &words);
    let (mut granted, mut refused, mut faulty) = (0, 0, 0);
    for _ in 0..120_000 {
        let policy = inputs.policy(&words, 3);
        let shown = policy.to_string();
        let value = inputs.mutated(b"7");
        let value = String::from_utf8_lossy(&value);
        survive(shown.as_bytes(), || match validator.prepare(policy.clone()) {
            Err(_) => {
                faulty += 1;
                assert!(validator.authorize(&everybody, &policy, &[("id", &value)]).is_err(), "{shown}");
            }
            Ok(prepared) => {
                let values = [("id", &*value)];
                assert!(validator.authorize(&nobody, &prepared, &values).is_err(), "{shown}");
                match validator.authorize(&everybody, &prepared, &values) {
                    Ok(()) => granted += 1,
                    Err(refusal) => {
                        refused += 1;
                        assert!(!refusal.response().body().contains("é"), "{shown}");
                    }
                }
            }
        });
    }
    println!("{granted} granted, {refused} refused, {faulty} faulty");
    assert!(granted > 1000 && refused > 1000 && faulty > 1000);
}

/// Runs a parser; a panic stops the test with the input that led to it.
fn survive<T>(input: &[u8], parse: impl FnOnce() -> T) -> T {
    match catch_unwind(AssertUnwindSafe(parse)) {
        Ok(outcome) => outcome,
        Err(_) => panic!("panicked over {}", input.escape_ascii()),
    }
}

/// A validator with a secret, whose signatures cost little.
fn shared_secret() -> (TestIssuer, Validator) {
    let issuer = TestIssuer::new();
    let keys = KeySet::from_secret(Algorithm::HS256, TestIssuer::secret()).unwrap();
    let validator = issuer.validator().keys(keys).build().unwrap();
    (issuer, validator)
}

fn authenticate(validator: &Validator, token: &[u8]) -> Result<Access, Refusal> {
    let field = [b"Bearer ", token].concat();
    validator.authenticate([&field[..]]).now_or_later().unwrap()
}

/// Counts an outcome under its code.
fn count(outcomes: &mut BTreeMap<&'static str, usize>, outcome: &Result<Access, Refusal>) {
    let code = match outcome {
        Ok(_) => "accepted",
        Err(refusal) => match refusal.source().and_then(|source| source.downcast_ref::<InvalidToken>()) {
            Some(why) => why.code(),
            None => refusal.error().unwrap_or("missing_token"),
        },
    };
    *outcomes.entry(code).or_default() += 1;
}

/// Makes inputs of an original: bytes changed, dropped, repeated, moved, or words put in.
struct Inputs<'w> {
    state: u64,
    words: &'w [&'w str],
}

impl<'w> Inputs<'w> {
    fn new(seed: u64, words: &'w [&'w str]) -> Self {
        Self { state: 0x9e37_79b9_7f4a_7c15 ^ seed, words }
    }

    /// Xorshift, as by Marsaglia.
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// Returns a number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 8) as usize % end.max(1)
    }

    /// Changes the original in one to four places, and once in a while in none.
    fn mutated(&mut self, original: &[u8]) -> Vec<u8> {
        let mut bytes = original.to_vec();
        if self.below(1000) == 0 {
            return bytes;
        }
        let places = if self.below(3) == 0 { 4 } else { 1 };
        for _ in 0..=self.below(places) {
            let at = self.below(bytes.len());
            match self.below(16) {
                0..=2 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                3 | 4 if !bytes.is_empty() => bytes[at] = self.next() as u8,
                5 | 6 if !bytes.is_empty() => drop(bytes.remove(at)),
                7 | 8 => bytes.insert(at, b"\"\\{}[],:.-_ =0aA"[self.below(16)]),
                9 => bytes.truncate(at),
                10 => {
                    let end = (at + self.below(40)).min(bytes.len());
                    let piece = bytes[at.min(end)..end].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
                11 => {
                    let end = (at + self.below(40)).min(bytes.len());
                    bytes.drain(at.min(end)..end);
                }
                _ => {
                    let word = self.words[self.below(self.words.len())];
                    let end = if self.below(2) == 0 { at } else { (at + word.len()).min(bytes.len()) };
                    bytes.splice(at..end, word.bytes());
                }
            }
        }
        bytes
    }

    /// Makes a policy of words, combined up to `depth` times.
    fn policy(&mut self, words: &[&'static str], depth: usize) -> Policy {
        let word = words[self.below(words.len())];
        match self.below(if depth == 0 { 4 } else { 8 }) {
            0 => Policy::permission(word),
            1 => Policy::bound(word, words[self.below(words.len())]),
            2 | 3 => Policy::from(word),
            4 | 5 => self.policy(words, depth - 1).and(self.policy(words, depth - 1)),
            6 => self.policy(words, depth - 1).or(self.policy(words, depth - 1)),
            _ => Policy::any_of((0..self.below(3)).map(|at| words[at])),
        }
    }
}
