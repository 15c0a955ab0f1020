//! What strangers send to a token endpoint: the first byte says which content type, the first line is an `Authorization` value
//! if it is not empty, and the rest is the body.

#![no_main]

use std::sync::LazyLock;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use scopa::Algorithm;
use scopa_issuer::{ClientDraft, DigestKey, Issuer, MemoryStore, SigningKey, SigningKeys};

const CONTENT_TYPES: [&str; 4] = [
    "application/x-www-form-urlencoded",
    "application/json",
    "multipart/form-data; boundary=X",
    "text/plain",
];

/// Takes every kind of body, and knows one client, whose secret nobody has.
static ISSUER: LazyLock<Issuer> = LazyLock::new(|| {
    let key = SigningKey::generate(Algorithm::ES256).expect("random numbers");
    let digest_key = DigestKey::generate().expect("random numbers");
    let issuer = Issuer::builder("https://id.example.com", MemoryStore::new(), digest_key)
        .signing_keys(SigningKeys::new(key))
        .audience("https://api.example.com")
        .accept_json()
        .accept_multipart()
        .build()
        .expect("all is set");
    issuer.clients().create(ClientDraft::machine("machine")).now_or_never().expect("in memory").expect("well formed");
    issuer
});

fuzz_target!(|input: &[u8]| {
    let Some((kind, rest)) = input.split_first() else { return };
    let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (credentials, body) = rest.split_at(end);
    let body = body.strip_prefix(b"\n").unwrap_or(body);

    let content_type = CONTENT_TYPES[usize::from(*kind) % CONTENT_TYPES.len()];
    let mut request = Request::post("/oauth2/token").header("content-type", content_type);
    match HeaderValue::from_bytes(credentials) {
        Ok(value) if !credentials.is_empty() => request = request.header("authorization", value),
        _ => {}
    }
    let request = request.body(Bytes::copy_from_slice(body)).expect("well formed");
    let answer = ISSUER.respond(request).now_or_never().expect("nothing to wait for");
    assert!(matches!(answer.status().as_u16(), 400 | 401 | 413 | 415), "{}", answer.status());
    assert_eq!(answer.headers().get("cache-control").map(HeaderValue::as_bytes), Some(&b"no-store"[..]));
});
