use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use scopa::Algorithm;
use scopa_testing::{TestIssuer, TokenBuilder};

use crate::kit::{Ran, Tested, file, scopa, scopa_with};

/// When the test issuer's clock stands.
const NOW: &str = "2026-11-22T07:46:40Z";

/// Inspects a token on the standard input, with the keys and names of the test issuer.
fn judged(token: &str, more: &[&str]) -> Ran {
    let issuer = TestIssuer::new();
    let jwks = file("inspect-jwks.json", &issuer.jwks());
    let mut arguments = vec!["inspect", "-", "--jwks", &jwks, "--at", NOW];
    for (option, value) in [("--issuer", "https://id.example.com"), ("--audience", "https://api.example.com")]
    {
        if !more.contains(&option) {
            arguments.extend([option, value]);
        }
    }
    arguments.extend(more);
    scopa_with(&arguments, token)
}

/// Returns the codes of the reasons, in order.
fn reasons(ran: &Ran) -> Vec<&str> {
    let lines = ran.out.lines().filter(|line| line.starts_with("  ") && line.contains(". "));
    lines.filter_map(|line| line.rsplit_once('(')?.1.split(')').next()).collect()
}

#[test]
fn header_and_claims_are_shown_with_times_that_people_read_and_without_the_signature() {
    let token = TestIssuer::new().token().subject("alice").scope("read").claim("note", "\u{1b}[2J").sign();
    for input in [
        token.clone(),
        format!("{token}\n"),
        format!("Bearer {token}"),
        format!("Authorization: Bearer {token}\r\n"),
    ] {
        let ran = scopa_with(&["inspect", "-"], &input);
        assert_eq!((ran.code, &*ran.err), (0, ""), "{input:?}");
        for line in [
            "alg",
            "\"at+jwt\"",
            "\"alice\"",
            "1795337200  2026-11-22T08:46:40Z",
            r#""\u001b[2J""#,
            "not judged",
        ] {
            assert!(ran.out.contains(line), "{line} is not in {}", ran.out);
        }
        let signature = token.rsplit('.').next().unwrap();
        assert!(!ran.out.contains(signature));
    }
    let ran = scopa(&["inspect", &token]);
    assert_eq!(ran.code, 0);
}

#[test]
fn a_good_token_is_accepted_and_a_bad_one_refused_for_each_of_its_reasons_in_turn() {
    let good = || TestIssuer::new().token().subject("alice").client_id("web").scope("read");
    let refused: [(TokenBuilder, &[&str], &[&str]); 14] = [
        (good().expired(), &[], &["expired"]),
        (good().not_yet_valid(), &[], &["not_yet_valid"]),
        (good().signed_by_a_stranger(), &[], &["bad_signature"]),
        (good().tampered(), &[], &["bad_signature"]),
        (good().unsigned(), &[], &["unsecured"]),
        (good().issuer("https://id.example.com/"), &[], &["wrong_issuer"]),
        (good().header("kid", "gone"), &[], &["unknown_key"]),
        (good().without("exp").without("aud"), &[], &["missing_claim", "missing_claim"]),
        (good().claim("exp", "soon").claim("iat", true), &[], &["malformed_claim", "malformed_claim"]),
        (good().header("typ", "JWT"), &["--rfc9068"], &["wrong_type"]),
        (
            good().header("typ", "JWT").claim("nonce", "n").claim("cnf", ["x"]).without_header("crit"),
            &[],
            &["not_an_access_token", "sender_constrained"],
        ),
        (
            good().audience("other").issuer("https://evil.example").expired().signed_by_a_stranger(),
            &[],
            &["bad_signature", "wrong_issuer", "wrong_audience", "expired"],
        ),
        (good().header("typ", "dpop+jwt").expired(), &[], &["wrong_type", "expired"]),
        (good().header("crit", ["b64"]).audience("other"), &[], &["header_not_allowed", "wrong_audience"]),
    ];
    for (token, more, expected) in refused {
        let ran = judged(&token.sign(), more);
        assert_eq!(reasons(&ran), expected, "{}{}", ran.out, ran.err);
        assert_eq!(ran.code, 1, "{expected:?}");
        assert!(!ran.out.contains("What would be next"), "{}", ran.out);
    }
    let ran = judged(&good().sign(), &[]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let accepted = "accepted: subject `alice`, client `web`, scopes `read`, until 2026-11-22T08:46:40Z\n";
    assert!(ran.out.ends_with(accepted), "{}", ran.out);
    assert_eq!(judged(&good().sign(), &["--rfc9068"]).code, 0);
}

#[test]
fn a_reason_says_what_was_found_what_is_expected_and_when_it_is() {
    let token = TestIssuer::new().token().audience("https://api.example.com/").expired().sign();
    let ran = judged(&token, &[]);
    for words in [
        "the token says `https://api.example.com/`, expected `https://api.example.com`; they differ by the slash",
        ", it is 2026-11-22T07:46:40Z",
    ] {
        assert!(ran.out.contains(words), "{words} is not in {}", ran.out);
    }
    let either = judged(&token, &["--audience", "x", "--audience", "https://api.example.com/"]);
    assert_eq!(reasons(&either), ["expired"]);
    let then = judged(&token, &["--at", "2026-11-22T06:00:00Z", "--audience", "https://api.example.com/"]);
    assert_ne!(reasons(&then), ["expired"], "{}", then.out);
}

#[test]
fn what_a_header_hides_is_said() {
    let hidden = "The signature was not checked";
    let unsigned = judged(&TestIssuer::new().token().unsigned().sign(), &[]);
    assert!(unsigned.out.contains(hidden), "{}", unsigned.out);
    let expired = judged(&TestIssuer::new().token().expired().sign(), &[]);
    assert!(!expired.out.contains(hidden), "{}", expired.out);
}

#[test]
fn what_is_no_token_is_refused_without_a_panic() {
    let twice = TestIssuer::new().token().raw_claims(r#"{"iss":"a","iss":"b"}"#).sign();
    for (text, reason) in [
        ("opaque", "an opaque token"),
        ("", "not readable"),
        ("a.b.c.d.e", "an encrypted token"),
        ("a.b", "not the three parts"),
        ("!.!.!", "no JSON object in base64url"),
        (&*twice, "not_a_jwt"),
    ] {
        let ran = judged(text, &[]);
        assert_ne!(ran.code, 0, "{text}");
        assert!(
            ran.out.contains(reason) || ran.err.contains("no bearer token"),
            "{text}: {}{}",
            ran.out,
            ran.err
        );
    }
    let long = scopa_with(&["inspect", "-"], &"a".repeat(70_000));
    assert_eq!(long.code, 2);
    assert!(long.err.contains("65536 bytes"), "{}", long.err);
}

#[test]
fn keys_may_come_from_a_pem_file_if_they_are_public() -> Tested {
    let token = TestIssuer::new().token().algorithm(Algorithm::EdDSA).without_header("kid").sign();
    let with = |pem: &str| {
        let file = file("inspect.pem", pem);
        let names =
            ["--issuer", "https://id.example.com", "--audience", "https://api.example.com", "--at", NOW];
        scopa_with(&[&["inspect", "-", "--jwks", &file], &names[..]].concat(), &token)
    };
    let jwks: serde_json::Value = serde_json::from_str(&TestIssuer::new().jwks())?;
    let keys = jwks["keys"].as_array().ok_or("no keys")?;
    let x =
        keys.iter().find(|key| key["crv"] == "Ed25519").and_then(|key| key["x"].as_str()).ok_or("no key")?;
    // RFC 8410 §4: the public key after the name of its kind.
    let mut der = vec![0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    der.extend(URL_SAFE_NO_PAD.decode(x)?);
    let public = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
    let ran = with(&public);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    let ran = with("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n");
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("PEM"), "{}", ran.err);
    Ok(())
}

#[test]
fn keys_are_found_by_the_issuers_metadata_or_at_their_address() -> Tested {
    let base = serve_keys()?;
    let issuer = TestIssuer::new().with_issuer(&base);
    let token = issuer.token().sign();
    for keys in [&["--discover"][..], &["--jwks", &format!("{base}/jwks.json")]] {
        let mut arguments =
            vec!["inspect", "-", "--issuer", &base, "--audience", issuer.audience(), "--at", NOW];
        arguments.extend(keys);
        let ran = scopa_with(&arguments, &token);
        assert_eq!(ran.code, 0, "{keys:?}: {}{}", ran.out, ran.err);
    }
    // Bound and let go: nobody listens there.
    let nobody = format!("http://{}", TcpListener::bind("127.0.0.1:0")?.local_addr()?);
    let token = issuer.clone().with_issuer(&nobody).token().sign();
    let ran = scopa_with(
        &["inspect", "-", "--issuer", &nobody, "--audience", issuer.audience(), "--at", NOW, "--discover"],
        &token,
    );
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("the keys cannot be had"), "{}", ran.err);
    Ok(())
}

/// Serves metadata and keys of the test issuer on loopback, to the end of the test.
fn serve_keys() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}", listener.local_addr()?);
    let metadata = format!(r#"{{"issuer": "{base}", "jwks_uri": "{base}/jwks.json"}}"#);
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let asked = lines.next().unwrap_or_default();
            let _ = lines.find(String::is_empty);
            let body = if asked.contains("jwks.json") { TestIssuer::new().jwks() } else { metadata.clone() };
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            // A client that hangs up is no concern of this server.
            let _ = (&stream).write_all(format!("{head}{body}").as_bytes());
        }
    });
    Ok(base)
}
