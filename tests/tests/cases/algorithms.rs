//! Which algorithms count, and that a key is for its own alone (RFC 8725 §3.1).

use aws_lc_rs::hmac;
use scopa::Algorithm;
use scopa_testing::TestIssuer;

use super::Group;
use super::client::get;
use super::forge::{
    as_der, encode, hmac_token, hs256, parts, public_key_as_secret, shared, with_part, with_signature,
};
use super::structure::NOW;
use super::want::{bad_token, page};

const ALL: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Honest tokens, taken where the list names their algorithm.
pub(crate) fn accepted(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("algorithms: accepted");
    for algorithm in ALL {
        let token = issuer.token().algorithm(algorithm).sign();
        let listed = scopa_tests::ALGORITHMS.contains(&algorithm);
        let want = if listed { page() } else { bad_token("algorithm_not_allowed") };
        group.row(format!("{algorithm} and a list of five"), get("/any").bearer(&token), want);
        group.row(format!("{algorithm} without a list"), get("/every-algorithm").bearer(token), page());
    }
    let other_name = issuer.token().algorithm(Algorithm::EdDSA).header("alg", "Ed25519").sign();
    group.row("EdDSA by the name of RFC 9864", get("/any").bearer(other_name), page());

    let shared_secret = |algorithm| issuer.token().algorithm(algorithm).sign();
    let refused = || bad_token("algorithm_not_allowed");
    group.row("HS256 with the shared secret", get("/secret").bearer(shared_secret(Algorithm::HS256)), page());
    group.row(
        "HS384 where the secret is for HS256",
        get("/secret").bearer(shared_secret(Algorithm::HS384)),
        refused(),
    );
    group.row(
        "HS512 where the secret is for HS256",
        get("/secret").bearer(shared_secret(Algorithm::HS512)),
        refused(),
    );
    group.row(
        "a public key where a secret is shared",
        get("/secret").bearer(issuer.token().sign()),
        refused(),
    );
    group.row(
        "the shared secret where keys are public",
        get("/any").bearer(shared_secret(Algorithm::HS256)),
        refused(),
    );
    group
}

/// Names that count nowhere, and a public key taken for a secret.
pub(crate) fn refused(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("algorithms: refused");
    for name in ["none", "None", "NONE", "nOnE"] {
        let token = issuer.token().unsigned().header("alg", name).sign();
        group.row(format!("{name} without a signature"), get("/any").bearer(&token), bad_token("unsecured"));
    }
    group.row(
        "none with a good signature",
        get("/any").bearer(issuer.token().header("alg", "none").sign()),
        bad_token("unsecured"),
    );
    let stripped = format!("{}.{}.", encode(r#"{"alg":"none"}"#), parts(&issuer.token().sign())[1]);
    group.row("none in place of the header", get("/any").bearer(&stripped), bad_token("unsecured"));
    group.row("none where a secret is shared", get("/secret").bearer(&stripped), bad_token("unsecured"));
    group.row(
        "none where every algorithm is taken",
        get("/every-algorithm").bearer(&stripped),
        bad_token("unsecured"),
    );
    group.row("none on the optional route", get("/optional").bearer(stripped), bad_token("unsecured"));

    for name in [
        "",
        "es256",
        "ES256 ",
        " ES256",
        "ES256\u{0}",
        "ES256K",
        "ES512",
        "RSA1_5",
        "dir",
        "HS1",
        "none ",
        "null",
    ] {
        let token = issuer.token().header("alg", name).sign();
        group.row(
            format!("alg {name:?}, signed with ES256"),
            get("/any").bearer(token),
            bad_token("algorithm_not_allowed"),
        );
    }
    for (name, json) in
        [("null", "null"), ("a number", "256"), ("an array", r#"["ES256"]"#), ("an object", r#"{"a":1}"#)]
    {
        let token = issuer.token().raw_header(format!(r#"{{"alg":{json},"kid":"es256"}}"#)).sign();
        group.row(format!("alg that is {name}"), get("/any").bearer(token), bad_token("not_a_jwt"));
    }

    let claims = parts(&issuer.token().sign())[1].clone();
    let header = |alg: &str| encode(format!(r#"{{"alg":"{alg}","kid":"rs256","typ":"at+jwt"}}"#));
    for (form, secret) in public_key_as_secret() {
        let token = hs256(&secret, &header("HS256"), &claims);
        group.row(
            format!("HS256 with the public key as {form}"),
            get("/any").bearer(&token),
            bad_token("algorithm_not_allowed"),
        );
        group.row(
            format!("HS256 with the public key as {form}, every algorithm"),
            get("/every-algorithm").bearer(token),
            bad_token("algorithm_not_allowed"),
        );
        let called_rsa = hs256(&secret, &header("RS256"), &claims);
        group.row(
            format!("the same, called RS256: {form}"),
            get("/any").bearer(called_rsa),
            bad_token("bad_signature"),
        );
    }
    let (_, pem) = public_key_as_secret().remove(0);
    let long = hmac_token(hmac::HMAC_SHA512, &pem, &header("HS512"), &claims);
    group.row(
        "HS512 with the public key as PEM",
        get("/any").bearer(long),
        bad_token("algorithm_not_allowed"),
    );
    for secret in ["", "secret", "undefined"] {
        let token = hs256(secret.as_bytes(), &encode(r#"{"alg":"HS256"}"#), &claims);
        group.row(
            format!("HS256 with the secret {secret:?}"),
            get("/any").bearer(&token),
            bad_token("algorithm_not_allowed"),
        );
        group.row(
            format!("HS256 with {secret:?} for another secret"),
            get("/secret").bearer(token),
            bad_token("bad_signature"),
        );
    }
    group
}

/// Good names over bad signatures.
pub(crate) fn signatures(issuer: &TestIssuer) -> Group {
    let mut group = Group::new("algorithms: signatures");
    let t = issuer.token().sign();

    // The key decides what it is for, whatever the token says.
    for (name, token, reason) in [
        (
            "PS256 with a key for RS256",
            issuer.token().algorithm(Algorithm::PS256).header("kid", "rs256"),
            "key_algorithm_mismatch",
        ),
        (
            "RS256 with a key for PS256",
            issuer.token().algorithm(Algorithm::RS256).header("kid", "ps256"),
            "key_algorithm_mismatch",
        ),
        ("ES256 with a key for ES384", issuer.token().header("kid", "es384"), "key_algorithm_mismatch"),
        (
            "RS256 with a key for ES256",
            issuer.token().algorithm(Algorithm::RS256).header("kid", "es256"),
            "key_algorithm_mismatch",
        ),
        ("ES256 with a key for EdDSA", issuer.token().header("kid", "ed25519"), "key_algorithm_mismatch"),
        (
            "called RS256, signed with PS256",
            issuer.token().algorithm(Algorithm::PS256).header("alg", "RS256").header("kid", "rs256"),
            "bad_signature",
        ),
        (
            "called PS256, signed with RS256",
            issuer.token().algorithm(Algorithm::RS256).header("alg", "PS256").header("kid", "ps256"),
            "bad_signature",
        ),
        (
            "called ES256, signed with ES384",
            issuer.token().algorithm(Algorithm::ES384).header("alg", "ES256").header("kid", "es256"),
            "bad_signature",
        ),
        (
            "called RS256, signed with RS512",
            issuer.token().algorithm(Algorithm::RS512).header("alg", "RS256").header("kid", "rs256"),
            "bad_signature",
        ),
    ] {
        group.row(name, get("/any").bearer(token.sign()), bad_token(reason));
    }
    for algorithm in scopa_tests::ALGORITHMS {
        let stranger = issuer.token().algorithm(algorithm).signed_by_a_stranger().sign();
        group.row(
            format!("{algorithm} by a stranger"),
            get("/any").bearer(stranger),
            bad_token("bad_signature"),
        );
        let honest = issuer.token().algorithm(algorithm).sign();
        let flipped = with_signature(&honest, |mut bytes| {
            bytes[0] ^= 1;
            bytes
        });
        group.row(
            format!("{algorithm} with one bit flipped"),
            get("/any").bearer(flipped),
            bad_token("bad_signature"),
        );
        let zeros = with_signature(&honest, |bytes| vec![0; bytes.len()]);
        group.row(format!("{algorithm} all zeros"), get("/any").bearer(zeros), bad_token("bad_signature"));
        let short = with_signature(&honest, |bytes| bytes[1..].to_vec());
        group.row(
            format!("{algorithm} one byte short"),
            get("/any").bearer(short),
            bad_token("bad_signature"),
        );
        let long = with_signature(&honest, |bytes| [&bytes[..], &[0]].concat());
        group.row(format!("{algorithm} one byte long"), get("/any").bearer(long), bad_token("bad_signature"));
        let tampered = issuer.token().algorithm(algorithm).tampered().sign();
        group.row(
            format!("{algorithm} over other claims"),
            get("/any").bearer(tampered),
            bad_token("bad_signature"),
        );
    }
    let tag = with_signature(&shared(format!(r#"{{"exp":{}}}"#, NOW + 60)), |bytes| bytes[..16].to_vec());
    group.row("HS256 cut to 16 bytes", get("/secret").bearer(tag), bad_token("bad_signature"));
    group.row(
        "ES256 as DER",
        get("/any").bearer(with_signature(&t, |bytes| as_der(&bytes))),
        bad_token("bad_signature"),
    );
    let wide = with_signature(&t, |bytes| [&[0; 34], &bytes[..32], &[0; 34], &bytes[32..]].concat());
    group.row("ES256 as wide as ES512", get("/any").bearer(wide), bad_token("bad_signature"));
    let ones = with_signature(&t, |bytes| (0..bytes.len()).map(|at| u8::from(at % 32 == 31)).collect());
    group.row("ES256 with r = s = 1", get("/any").bearer(ones), bad_token("bad_signature"));
    group.row(
        "ES256 without a signature",
        get("/any").bearer(with_signature(&t, |_| Vec::new())),
        bad_token("bad_signature"),
    );
    let swapped = with_signature(&t, |bytes| [&bytes[32..], &bytes[..32]].concat());
    group.row("ES256 with r and s swapped", get("/any").bearer(swapped), bad_token("bad_signature"));

    // Parts of honest tokens, put together anew.
    let admin = issuer.token().scope("alpha").sign();
    let mixed = with_part(&t, 1, |_| parts(&admin)[1].clone());
    group.row("the claims of another token", get("/alpha").bearer(mixed), bad_token("bad_signature"));
    let mixed = with_part(&t, 0, |_| parts(&issuer.token().header("x", 1).sign())[0].clone());
    group.row("the header of another token", get("/any").bearer(mixed), bad_token("bad_signature"));
    let mixed = with_part(&t, 2, |_| parts(&admin)[2].clone());
    group.row("the signature of another token", get("/any").bearer(mixed), bad_token("bad_signature"));
    // RFC 7515 §5.2: forged and expired is forged; nothing in the claims is read before.
    let late = issuer.token().expired().signed_by_a_stranger().sign();
    group.row("forged and expired", get("/any").bearer(late), bad_token("bad_signature"));
    group
}
