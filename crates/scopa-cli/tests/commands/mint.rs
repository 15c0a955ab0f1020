use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use scopa_issuer::SigningKey;
use serde_json::Value;

use scopa::Algorithm;

use crate::kit::{Tested, file, scopa, scopa_with};

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn a_token_by_a_throw_away_key_is_good_with_the_keys_on_stderr_and_no_others() {
    let minted = scopa(&[
        "mint",
        "--sub",
        "alice",
        "--scope",
        "read team_7",
        "--claim",
        "team=7",
        "--claim",
        "name=Al",
    ]);
    assert_eq!(minted.code, 0, "{}", minted.err);
    let jwks = file("mint.json", &minted.err);
    let names = ["--issuer", "http://127.0.0.1:9000", "--audience", "https://api.example.com"];
    let ran =
        scopa_with(&[&["inspect", "-", "--rfc9068", "--jwks", &jwks], &names[..]].concat(), &minted.out);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert!(
        ran.out.contains("accepted: subject `alice`, client `scopa-mint`, scopes `read team_7`"),
        "{}",
        ran.out
    );
    let claims = claims(&minted.out);
    assert_eq!((&claims["team"], &claims["name"]), (&Value::from(7), &Value::from("Al")));

    let other = file("mint-other.json", &scopa(&["mint"]).err);
    let ran = scopa_with(&[&["inspect", "-", "--jwks", &other], &names[..]].concat(), &minted.out);
    assert_eq!(ran.code, 1, "{}", ran.out);
    assert!(ran.out.contains("(unknown_key)"), "{}", ran.out);
}

#[test]
fn each_option_is_a_claim() {
    let minted = scopa(&[
        "mint",
        "--iss",
        "https://id.example.com",
        "--aud",
        "one",
        "--aud",
        "two",
        "--client",
        "web",
        "--ttl",
        "90s",
        "--at",
        "2026-11-27T12:00:00Z",
        "--scope",
        "b a",
    ]);
    assert_eq!(minted.code, 0, "{}", minted.err);
    let claims = claims(&minted.out);
    assert_eq!(claims["iss"], "https://id.example.com");
    assert_eq!(claims["aud"], serde_json::json!(["one", "two"]));
    // RFC 9068 §2.2: where nobody is involved, the client is the subject.
    assert_eq!((&claims["sub"], &claims["client_id"]), (&Value::from("web"), &Value::from("web")));
    assert_eq!((&claims["iat"], &claims["exp"]), (&Value::from(1_795_780_800), &Value::from(1_795_780_890)));
    assert_eq!(claims["scope"], "b a");
}

#[test]
fn a_key_of_yours_signs_whatever_kind_it_is_and_stays_unshown() -> Tested {
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        let pem = SigningKey::generate(algorithm)?.to_pem().ok_or("no PEM")?;
        let file = file("mint.pem", &pem);
        let minted = scopa(&["mint", "--key", &file]);
        assert_eq!((minted.code, &*minted.err), (0, ""));
        let inspected = scopa_with(&["inspect", "-"], &minted.out);
        assert!(inspected.out.contains(&format!("\"{}\"", algorithm.name())), "{}", inspected.out);
        // The same key, the same `kid`.
        assert_eq!(scopa(&["mint", "--key", &file]).out.split('.').next(), minted.out.split('.').next());
        let named = scopa(&["mint", "--key", &file, "--alg", "RS256"]);
        assert_eq!(named.code, 2);
        assert!(named.err.contains("mint.pem: "), "{}", named.err);
    }
    Ok(())
}

#[test]
fn what_cannot_be_minted_is_told() {
    let no_key = file("mint-no-key.pem", "nothing");
    for (arguments, fix) in [
        (&["--claim", "exp=1"][..], "`exp`"),
        (&["--sub", "alice", "--claim", "iss=x"], "`iss`"),
        (&["--claim", "team"], "NAME=VALUE"),
        (&["--sub", ""], "`--sub` is empty"),
        (&["--iss", "http://id.example.com"], "`http://id.example.com`"),
        (&["--ttl", "soon"], "use 3600, 90s, 15m, 1h or 30d"),
        (&["--ttl", "0"], "access_lifetime"),
        (&["--client", "a b"], "id"),
        (&["--scope", "a\"b"], "scope"),
        (&["--alg", "none"], "ES256"),
        (&["--key", "/no/such.pem"], "/no/such.pem: "),
        (&["--key", &no_key], "no private key in PEM"),
    ] {
        let ran = scopa(&[&["mint"], arguments].concat());
        assert_eq!((ran.code, &*ran.out), (2, ""), "{arguments:?}");
        assert!(ran.err.contains(fix), "{arguments:?}: {}", ran.err);
    }
}

#[test]
fn a_client_may_be_called_what_has_a_meaning_in_an_address() {
    for client in ["a&client_id=b", "a#b", "a=b"] {
        let minted = scopa(&["mint", "--sub", "alice", "--client", client]);
        assert_eq!(minted.code, 0, "{client}: {}", minted.err);
        assert_eq!(claims(&minted.out)["client_id"], client);
    }
}
