use scopa::Clock as _;
use scopa_testing::{TestAnswer, TestProvider};
use serde_json::{Value, json};

use crate::kit::{KEYS, METADATA, seconds};

/// Something that befalls a provider while a service runs, as it stands in docs/reliability.md.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// What is answered to a token of a key that nobody has: one status, or the first and then others.
    pub(crate) unknown: &'static str,
    /// What the log calls it: `fetch.outcome` of the keys.
    pub(crate) outcome: &'static str,
    pub(crate) strike: fn(&TestProvider),
    /// Whether the keys came with an `ETag` before.
    pub(crate) has_etag: bool,
}

/// All of them, in the order of the document.
pub(crate) fn all() -> Vec<Fault> {
    let groups = [unreachable(), statuses(), junk(), unusual_but_right(), clocks_and_metadata(), clients()];
    groups.into_iter().flatten().collect()
}

pub(crate) fn unreachable() -> Vec<Fault> {
    vec![
        fault("connection refused", "503", "transport", |it| it.answer_all(TestAnswer::refused())),
        fault("slow, 3 s", "503 or 401", "ok", |it| it.answer_after(seconds(3))),
        fault("hanging", "503", "timeout", |it| it.answer_all(TestAnswer::hanging())),
        fault("connection lost within the key set", "503", "transport", |it| {
            it.answer(KEYS, TestAnswer::json(half(&it.jwks())).cut());
        }),
        fault("an endless answer", "503", "too_long", |it| {
            it.answer(KEYS, TestAnswer::json("[[[[").endless());
        }),
        fault("a key set of 600 KiB", "503", "too_long", |it| {
            it.answer(KEYS, TestAnswer::json(" ".repeat(600 * 1024) + &it.jwks()));
        }),
        fault("flapping, every second answer is 500", "503 or 401", "status", |it| {
            it.answer_in_turn(KEYS, [TestAnswer::status(500), TestAnswer::json(it.jwks())]);
        }),
    ]
}

pub(crate) fn statuses() -> Vec<Fault> {
    vec![
        fault("status 500", "503", "status", |it| it.answer_all(TestAnswer::status(500))),
        fault("status 503", "503", "status", |it| {
            it.answer_all(TestAnswer::status(503).header("retry-after", "3600"));
        }),
        fault("status 429", "503", "status", |it| it.answer_all(TestAnswer::status(429))),
        fault("status 404", "503", "status", |it| it.answer_all(TestAnswer::status(404))),
        fault("status 200 and an error page in HTML", "503", "junk", |it| {
            it.answer_all(TestAnswer::text(200, "<html>Sorry!</html>").header("content-type", "text/html"));
        }),
        fault("a redirect to another host", "503", "redirect", |it| {
            it.answer_all(TestAnswer::status(302).header("location", "https://elsewhere.example.com/"));
        }),
        fault("a redirect to a file", "503", "redirect", |it| {
            it.answer_all(TestAnswer::status(301).header("location", "file:///etc/passwd"));
        }),
        fault("304 that nobody asked for", "503", "status", |it| {
            it.answer(KEYS, TestAnswer::status(304).header("etag", "\"1\""));
        }),
    ]
}

pub(crate) fn junk() -> Vec<Fault> {
    vec![
        fault("an empty answer", "503", "junk", |it| it.answer_all(TestAnswer::json(""))),
        fault("an empty answer with an `ETag`", "503", "junk", |it| {
            it.answer(KEYS, TestAnswer::json("").header("etag", "\"2\""));
        })
        .after_an_etag(),
        fault("a key set that ends in the middle", "503", "junk", |it| {
            it.answer(KEYS, TestAnswer::json(half(&it.jwks())));
        }),
        fault("compressed content that the client did not unpack", "503", "encoded", |it| {
            it.answer_all(TestAnswer::json(GZIP).header("content-encoding", "gzip"));
        }),
        fault("not UTF-8", "503", "junk", |it| {
            it.answer(KEYS, TestAnswer::json(&b"{\"keys\": \"\xff\"}"[..]))
        }),
        fault("nested ten thousand deep", "503", "junk", |it| {
            it.answer_all(TestAnswer::json("{\"keys\":".to_owned() + &"[".repeat(10_000)));
        }),
        fault("an array instead of a key set", "503", "junk", |it| {
            it.answer(KEYS, TestAnswer::json(json!(good_keys(it)).to_string()));
        }),
        fault("`keys` is `null`", "503", "junk", |it| it.answer(KEYS, TestAnswer::json("{\"keys\": null}"))),
        fault("an empty key set", "503", "junk", |it| serve(it, vec![])),
        fault("more than 2048 keys", "503", "junk", |it| {
            serve(it, [good_keys(it), vec![json!({}); 2048]].concat());
        }),
        fault("keys with members of the wrong type", "503", "junk", |it| {
            let wrong = [json!({"kid": 7}), json!({"kty": []}), json!({"x": null}), json!({"alg": 256})];
            serve(it, wrong.map(|wrong| with(&good_key(it), wrong)).into());
        }),
        fault("only keys that cannot verify", "503", "junk", |it| {
            let wrong = [json!({"use": "enc"}), json!({"kty": "AKP"}), json!({"crv": "secp256k1"})];
            serve(it, wrong.map(|wrong| with(&good_key(it), wrong)).into());
        }),
        fault("private keys and secrets", "503", "junk", |it| {
            let private = with(&good_key(it), json!({"d": "AAAA"}));
            serve(it, vec![private, json!({"kty": "oct", "kid": "es256", "k": "c2VjcmV0"})]);
        }),
        fault("only keys of another issuer", "503", "junk", |it| serve(it, foreign_keys(it))),
    ]
}

pub(crate) fn unusual_but_right() -> Vec<Fault> {
    vec![
        fault("junk beside the good keys", "401", "ok", |it| {
            let junk = vec![Value::Null, json!(7), json!("key"), json!([]), json!({}), json!({"kid": 7})];
            serve(it, [junk, good_keys(it), vec![with(&good_key(it), json!({"x": "!"}))]].concat());
        }),
        fault("1000 keys of another issuer beside the good ones", "401", "ok", |it| {
            serve(it, [foreign_keys(it), good_keys(it)].concat());
        }),
        fault("1000 more keys", "401", "ok", |it| {
            let more = (0..1000).map(|number| with(&good_key(it), json!({"kid": format!("key-{number}")})));
            serve(it, more.chain(good_keys(it)).collect());
        }),
        fault("two keys under one `kid`, RSA and EC", "401", "ok", |it| {
            let [ec, rsa] = ["es256", "rs256"].map(|kid| key(it, kid));
            let (rsa, ec) = (with(&rsa, json!({"kid": "es256"})), with(&ec, json!({"kid": "rs256"})));
            serve(it, [vec![rsa, ec], good_keys(it)].concat());
        }),
        fault("a new key beside the old ones", "401", "ok", |it| it.publish(["es256", "rs256", "ed25519"])),
        fault("a key was withdrawn", "401", "ok", |it| it.publish(["es256"])),
        fault("another key under the same `kid`", "401", "ok", |it| {
            it.publish(["es256", "ed25519"]);
            let other = with(&key(it, "ed25519"), json!({"kid": "rs256"}));
            serve(it, vec![good_key(it), other]);
        }),
        fault("304 to our `ETag`", "401", "not_modified", |it| it.answer(KEYS, TestAnswer::status(304)))
            .after_an_etag(),
    ]
}

pub(crate) fn clocks_and_metadata() -> Vec<Fault> {
    vec![
        fault("our clock is set forwards by a day", "401", "ok", |it| {
            it.clock().set(it.clock().now() + DAY);
        }),
        fault("our clock is set back by a day", "401", "ok", |it| it.clock().set(it.clock().now() - DAY)),
        fault("the metadata is out of reach, the keys are not", "401", "ok", |it| {
            it.answer(METADATA, TestAnswer::refused());
        }),
        fault("the metadata is of another issuer, the keys are there", "401", "ok", of_another_issuer),
        fault("the metadata is of another issuer, the keys are gone", "503", "status", |it| {
            of_another_issuer(it);
            it.answer(KEYS, TestAnswer::status(404));
        }),
    ]
}

pub(crate) fn clients() -> Vec<Fault> {
    vec![
        fault("the HTTP client panics", "503", "lost", |it| it.answer_all(TestAnswer::panicking())),
        fault("the runtime drops the fetch", "503", "lost", TestProvider::shut_down),
    ]
}

fn fault(
    name: &'static str,
    unknown: &'static str,
    outcome: &'static str,
    strike: fn(&TestProvider),
) -> Fault {
    Fault { name, unknown, outcome, strike, has_etag: false }
}

impl Fault {
    fn after_an_etag(self) -> Self {
        Self { has_etag: true, ..self }
    }
}

pub(crate) fn of_another_issuer(provider: &TestProvider) {
    let issuer = "https://localhost:8080";
    let metadata = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/jwks.json")});
    provider.answer(METADATA, TestAnswer::json(metadata.to_string()));
}

fn serve(provider: &TestProvider, keys: Vec<Value>) {
    provider.answer(KEYS, TestAnswer::json(json!({ "keys": keys }).to_string()));
}

fn good_keys(provider: &TestProvider) -> Vec<Value> {
    let mut set: Value = serde_json::from_str(&provider.jwks()).unwrap();
    set["keys"].take().as_array_mut().unwrap().drain(..).collect()
}

fn good_key(provider: &TestProvider) -> Value {
    key(provider, "es256")
}

fn key(provider: &TestProvider, kid: &str) -> Value {
    good_keys(provider).into_iter().find(|key| key["kid"] == kid).unwrap()
}

/// Keys that would do for our tokens, were they not said to be of somebody else.
fn foreign_keys(provider: &TestProvider) -> Vec<Value> {
    let foreign = |number| json!({"kid": format!("key-{number}"), "issuer": "https://elsewhere.example.com"});
    (0..1000).map(|number| with(&good_key(provider), foreign(number))).collect()
}

fn with(key: &Value, members: Value) -> Value {
    let mut key = key.clone();
    if let (Value::Object(key), Value::Object(members)) = (&mut key, members) {
        key.extend(members);
    }
    key
}

fn half(text: &str) -> &str {
    text.get(..text.len() / 2).unwrap()
}

const GZIP: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00";
const DAY: u64 = 24 * 60 * 60;
