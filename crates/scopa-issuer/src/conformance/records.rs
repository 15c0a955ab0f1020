use scopa::Scopes;
use serde_json::{Map, Value, json};

use crate::client::{Client, ClientDraft, SecretCheck, SecretRecord};
use crate::store::{AccessToken, Code, Digest, Grant};

/// A moment, in seconds since 1970-01-01T00:00:00Z.
pub(super) const NOW: u64 = 1_795_333_600;
/// When the records below expire.
pub(super) const END: u64 = NOW + 3600;

/// Returns a digest that shares most of its bytes with the others.
pub(super) fn digest(number: u32) -> Digest {
    let [.., third, fourth] = number.to_be_bytes();
    Digest::from(std::array::from_fn(|at| match at {
        0 | 31 => fourth,
        30 => third,
        _ => 0xa5,
    }))
}

/// Returns a client in its first version.
pub(super) fn client(id: &str) -> Client {
    named(id, 1, "a client")
}

/// Returns a client with something to know it by.
pub(super) fn named(id: &str, version: u64, name: &str) -> Client {
    let check = SecretCheck::Digest(digest(4711));
    let secret = SecretRecord { id: "s1".to_owned(), created_at: NOW, expires_at: Some(END), check };
    let secrets = [secret].into();
    let draft = ClientDraft::machine(name).scopes(scopes()).audience("https://api.example.com");
    let draft = draft
        .jwks(json!({ "keys": [] }))
        .claim("team", json!({ "id": 7, "names": ["red", null] }))
        .metadata("owner", json!(["alice", { "since": 7 }]));
    Client { id: id.to_owned(), version, created_at: NOW, secrets, draft }
}

fn scopes() -> Scopes {
    "crashes:read crashes:write".parse().unwrap_or_default()
}

pub(super) fn code(number: u32, client: &str, subject: &str) -> Code {
    Code {
        digest: digest(number),
        grant_id: format!("grant-{number}"),
        client_id: client.to_owned(),
        subject: subject.to_owned(),
        redirect_uri: Some("https://app.example.com/callback?a=b&c=d".to_owned()),
        code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
        scope: "crashes:read".to_owned(),
        audience: ["https://api.example.com", "urn:example"].map(str::to_owned).into(),
        claims: claims(),
        expires_at: END,
        spent: false,
    }
}

/// Returns the grant that the code with this number becomes.
pub(super) fn grant(number: u32, client: &str, subject: &str) -> Grant {
    Grant {
        id: format!("grant-{number}"),
        client_id: client.to_owned(),
        subject: subject.to_owned(),
        scope: "crashes:read".to_owned(),
        audience: ["https://api.example.com".to_owned()].into(),
        claims: claims(),
        seed: digest(number + 1000),
        generation: 0,
        rotated_at: NOW,
        expires_at: END,
    }
}

/// Returns an access token that belongs to no grant.
pub(super) fn token(number: u32, client: &str) -> AccessToken {
    AccessToken {
        digest: digest(number),
        grant_id: None,
        client_id: client.to_owned(),
        subject: client.to_owned(),
        scope: "crashes:read crashes:write".to_owned(),
        audience: ["https://api.example.com".to_owned()].into(),
        claims: claims(),
        issued_at: NOW,
        expires_at: END,
    }
}

/// Returns an access token of a grant.
pub(super) fn token_of(grant: &Grant, number: u32) -> AccessToken {
    AccessToken {
        grant_id: Some(grant.id.clone()),
        subject: grant.subject.clone(),
        ..token(number, &grant.client_id)
    }
}

fn claims() -> Map<String, Value> {
    let claims = json!({
        "team": "blue", "admin": false, "nothing": null, "largest": u64::MAX, "smallest": i64::MIN,
        "half": 0.5, "list": [1, "two", { "three": [] }], "": "no name",
    });
    claims.as_object().cloned().unwrap_or_default()
}
