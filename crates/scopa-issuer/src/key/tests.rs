use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use scopa::{Algorithm, KeySet};
use serde_json::Value;

use super::pem::PrivateDer;
use super::{Published, SigningKey, SigningKeys, der, pem};

const ASYMMETRIC: [Algorithm; 10] = [
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::ES512,
    Algorithm::EdDSA,
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

/// A key that is there already: to make one of RSA takes long.
fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::from_pem(algorithm, pem_of(algorithm)).unwrap()
}

fn pem_of(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => include_str!("../../../scopa-testing/keys/issuer-p256.pem"),
        Algorithm::ES384 => include_str!("../../../scopa-testing/keys/issuer-p384.pem"),
        Algorithm::ES512 => P521,
        Algorithm::EdDSA => include_str!("../../../scopa-testing/keys/issuer-ed25519.pem"),
        _ => include_str!("../../../scopa-testing/keys/issuer-rsa.pem"),
    }
}

fn reason(algorithm: Algorithm, pem: &str) -> String {
    SigningKey::from_pem(algorithm, pem).unwrap_err().to_string()
}

#[test]
fn each_kind_of_key_is_read_and_written_and_read_again() {
    for algorithm in ASYMMETRIC {
        let first = key(algorithm);
        let written = first.to_pem().unwrap();
        assert!(written.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{algorithm}");
        assert!(written.ends_with("\n-----END PRIVATE KEY-----\n"), "{algorithm}");
        assert!(written.lines().all(|line| line.len() <= 64), "{algorithm}");
        let second = SigningKey::from_pem(algorithm, written.as_str()).unwrap();
        assert_eq!(second.jwk(), first.jwk(), "{algorithm}");
        assert_eq!(second.to_pem(), first.to_pem(), "{algorithm}");
        assert_eq!(second.algorithm(), algorithm);
    }
}

#[test]
fn what_is_written_is_what_other_libraries_take() {
    for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::EdDSA, Algorithm::RS256] {
        let written = PrivateDer::read(algorithm, key(algorithm).to_pem().unwrap().as_bytes()).unwrap();
        let given = PrivateDer::read(algorithm, pem_of(algorithm).as_bytes()).unwrap();
        assert_eq!(written.der, given.der, "{algorithm}");
    }
}

#[test]
fn made_keys_differ_and_can_be_kept() {
    for algorithm in [Algorithm::ES256, Algorithm::ES384, Algorithm::ES512, Algorithm::EdDSA] {
        let (one, other) =
            (SigningKey::generate(algorithm).unwrap(), SigningKey::generate(algorithm).unwrap());
        assert_ne!(one.id(), other.id(), "{algorithm}");
        let again = SigningKey::from_pem(algorithm, one.to_pem().unwrap().as_str()).unwrap();
        assert_eq!(again.id(), one.id(), "{algorithm}");
    }
    let rsa = SigningKey::generate(Algorithm::PS256).unwrap();
    let again = SigningKey::from_pem(Algorithm::PS256, rsa.to_pem().unwrap().as_str()).unwrap();
    assert_eq!(again.jwk(), rsa.jwk());
}

#[test]
fn a_signature_has_the_length_of_its_algorithm() {
    for algorithm in ASYMMETRIC {
        let mut signed = "signed".to_owned();
        key(algorithm).sign(&mut signed).unwrap();
        let length = signed.strip_prefix("signed.").unwrap().len();
        let expected = match algorithm {
            Algorithm::ES256 | Algorithm::EdDSA => 86,
            Algorithm::ES384 => 128,
            Algorithm::ES512 => 176,
            _ => 342,
        };
        assert_eq!(length, expected, "{algorithm}");
    }
}

#[test]
fn older_forms_of_pem_are_read_too() {
    let sec1 = SigningKey::from_pem(Algorithm::ES256, SEC1).unwrap();
    let again = SigningKey::from_pem(Algorithm::ES256, sec1.to_pem().unwrap().as_str()).unwrap();
    assert_eq!(sec1.jwk(), again.jwk());

    // PKCS#8 holds PKCS#1.
    let pkcs8 = PrivateDer::read(Algorithm::RS256, pem_of(Algorithm::RS256).as_bytes()).unwrap().der;
    let (fields, _) = der::element(&pkcs8, der::SEQUENCE).unwrap();
    let (_, rest) = der::element(fields, der::INTEGER).unwrap();
    let (_, rest) = der::element(rest, der::SEQUENCE).unwrap();
    let (pkcs1, _) = der::element(rest, der::OCTET_STRING).unwrap();
    let text = format!(
        "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\n",
        STANDARD.encode(pkcs1)
    );
    assert_eq!(SigningKey::from_pem(Algorithm::RS256, &text).unwrap().jwk(), key(Algorithm::RS256).jwk());
    assert!(reason(Algorithm::ES256, &text).contains("this one is RSA"));
}

#[test]
fn comments_and_line_ends_do_not_matter() {
    let pem = pem_of(Algorithm::ES256);
    for text in [pem.replace('\n', "\r\n"), format!("# for the API\n{pem}\n\n"), pem.trim().to_owned()] {
        assert_eq!(SigningKey::from_pem(Algorithm::ES256, &text).unwrap().id(), key(Algorithm::ES256).id());
    }
}

#[test]
fn what_is_not_one_private_key_is_refused_with_what_would_be_right() {
    let p256 = pem_of(Algorithm::ES256);
    let relabelled = |label: &str| p256.replace("PRIVATE KEY", label);
    let cases = [
        (String::new(), "not a private key in PEM"),
        ("secret".to_owned(), "openssl genpkey"),
        (r#"{"kty":"EC"}"#.to_owned(), "not a private key in PEM"),
        (relabelled("PUBLIC KEY"), "a public key, expected the private key"),
        (relabelled("CERTIFICATE"), "a certificate, expected the private key"),
        (relabelled("ENCRYPTED PRIVATE KEY"), "openssl pkey -in encrypted.pem"),
        (ENCRYPTED_SEC1.to_owned(), "openssl pkey -in encrypted.pem"),
        (relabelled("OPENSSH PRIVATE KEY"), "not a private key in PEM"),
        (format!("{p256}{p256}"), "found several"),
        (p256.replace("-----END", "-----ENDE"), "not a private key in PEM"),
        (p256.replace("MIG", "*IG"), "not a private key in PEM"),
        (p256.replace("MIG", "AAA"), "not a private key for RSA"),
        (SECP256K1.to_owned(), "not a private key for RSA, P-256"),
        (ED448.to_owned(), "not a private key for RSA, P-256"),
        (pem_of(Algorithm::ES384).to_owned(), "ES256 signs with a key of the kind P-256, this one is P-384"),
        (pem_of(Algorithm::EdDSA).to_owned(), "this one is Ed25519, which goes with EdDSA"),
        (pem_of(Algorithm::RS256).to_owned(), "this one is RSA, which goes with RS256"),
    ];
    for (text, expected) in cases {
        let reason = reason(Algorithm::ES256, &text);
        assert!(reason.starts_with("signing_key: ") && reason.contains(expected), "`{reason}` for {text}");
    }
    assert!(SigningKey::from_pem(Algorithm::ES256, [0xff; 8]).is_err());
    assert!(reason(Algorithm::RS256, RSA_1024).contains("an RSA key of 1024 bits"));
    assert!(reason(Algorithm::HS256, p256).contains("use `SigningKey::from_secret`"));
}

#[test]
fn a_damaged_key_is_an_error_and_no_panic() {
    for algorithm in [Algorithm::ES256, Algorithm::EdDSA] {
        let der = PrivateDer::read(algorithm, pem_of(algorithm).as_bytes()).unwrap().der;
        for length in 0..der.len() {
            let text = pem::write(&der[..length]);
            assert!(SigningKey::from_pem(algorithm, text.as_str()).is_err(), "{algorithm} cut at {length}");
        }
        for place in 0..der.len() {
            let mut changed = der.to_vec();
            changed[place] ^= 0x55;
            let read = SigningKey::from_pem(algorithm, pem::write(&changed).as_str());
            // Some bytes say nothing about the key; none makes two halves that do not fit.
            if let Ok(key) = read {
                assert!(key.sign(&mut "signed".to_owned()).is_ok(), "{algorithm} changed at {place}");
            }
        }
    }
}

#[test]
fn secrets_are_as_long_as_their_hash_and_have_no_name() {
    for (algorithm, least) in [(Algorithm::HS256, 32), (Algorithm::HS384, 48), (Algorithm::HS512, 64)] {
        let key = SigningKey::from_secret(algorithm, vec![7; least]).unwrap();
        assert_eq!((key.id(), key.to_pem(), key.jwk()), (None, None, None), "{algorithm}");
        let error = SigningKey::from_secret(algorithm, vec![7; least - 1]).unwrap_err().to_string();
        assert!(error.contains(&format!("at least {least} bytes")), "{error}");
        let error = SigningKey::generate(algorithm).unwrap_err().to_string();
        assert!(error.contains("use `SigningKey::from_secret`"), "{error}");
    }
    let error = SigningKey::from_secret(Algorithm::ES256, [7; 64]).unwrap_err().to_string();
    assert!(error.contains("use `SigningKey::from_pem` or `generate`"), "{error}");
}

#[test]
fn the_debug_form_shows_nothing_of_the_key() {
    let key = SigningKey::from_secret(Algorithm::HS256, [b'x'; 32]).unwrap().kid("a");
    assert_eq!(format!("{key:?}"), r#"SigningKey { algorithm: HS256, kid: Some("a"), .. }"#);
    assert_eq!(
        format!("{:?}", SigningKeys::new(key)),
        r#"{0: SigningKey { algorithm: HS256, kid: Some("a"), .. }}"#
    );
}

#[test]
fn a_published_key_is_called_by_its_thumbprint_and_says_what_it_is_for() {
    for algorithm in ASYMMETRIC {
        let key = key(algorithm);
        let jwk: Value = serde_json::from_str(&key.jwk().unwrap()).unwrap();
        assert_eq!((&jwk["use"], &jwk["alg"]), (&"sig".into(), &algorithm.name().into()));
        assert_eq!(jwk["kid"], key.id().unwrap());
        assert_eq!(key.id().unwrap().len(), 43);
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            assert_eq!(jwk.get(private), None, "{algorithm}");
        }
    }
    let named: Value = serde_json::from_str(&key(Algorithm::ES256).kid("a \"b\"\n").jwk().unwrap()).unwrap();
    assert_eq!(named["kid"], "a \"b\"\n");
    let unnamed: Value = serde_json::from_str(&key(Algorithm::ES256).without_kid().jwk().unwrap()).unwrap();
    assert_eq!(unnamed.get("kid"), None);
}

#[test]
fn numbers_stand_in_a_jwk_at_their_full_length() {
    // RFC 7518 §6.2.1.2: a coordinate has as many bytes as the curve, zeros in front included.
    for _ in 0..600 {
        let key = SigningKey::generate(Algorithm::ES256).unwrap();
        let jwk: Value = serde_json::from_str(&key.jwk().unwrap()).unwrap();
        for coordinate in ["x", "y"] {
            assert_eq!(URL_SAFE_NO_PAD.decode(jwk[coordinate].as_str().unwrap()).unwrap().len(), 32);
        }
    }
}

/// Three keys, of which the second signs from 1000 on and the third from 2000 on.
fn three() -> SigningKeys {
    let key = |name: &str| SigningKey::generate(Algorithm::EdDSA).unwrap().kid(name);
    SigningKeys::new(key("a")).then(key("c"), 2000).unwrap().then(key("b"), 1000).unwrap()
}

#[test]
fn each_key_signs_from_its_time_on() {
    let keys = three();
    for (now, expected) in [(0, "a"), (999, "a"), (1000, "b"), (1999, "b"), (2000, "c"), (u64::MAX, "c")] {
        assert_eq!(keys.current(now).id(), Some(expected), "{now}");
    }
}

#[test]
fn a_key_is_published_before_its_time_and_until_its_last_token_is_dead() {
    let published = Published::new(three()).unwrap();
    let named = |now: u64| {
        let set: Value = serde_json::from_str(published.jwks(now, 60)).unwrap();
        let keys = set["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<String>()
    };
    // A token that `a` signed at 999 lives until 1059, and with the leeway of a validator until 1359.
    for (now, expected) in
        [(0, "abc"), (1000, "abc"), (1360, "abc"), (1361, "bc"), (2360, "bc"), (2361, "c"), (u64::MAX, "c")]
    {
        assert_eq!(named(now), expected, "{now}");
        assert_eq!(published.key_set(now, 60).unwrap().len(), expected.len(), "{now}");
    }
    // No lifetime is too long.
    let set: Value = serde_json::from_str(published.jwks(5000, u64::MAX)).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 3);
}

#[test]
fn secrets_are_never_published_but_kept_for_this_process() {
    let secret =
        |byte: u8, name: &str| SigningKey::from_secret(Algorithm::HS256, [byte; 32]).unwrap().kid(name);
    let keys = SigningKeys::new(secret(1, "a")).then(secret(2, "b"), 1000).unwrap();
    let published = Published::new(keys).unwrap();
    assert_eq!(published.jwks(500, 60), r#"{"keys":[]}"#);
    assert_eq!(published.key_set(500, 60).unwrap().len(), 2);
    assert_eq!(published.key_set(1361, 60).unwrap().len(), 1);
}

#[test]
fn a_schedule_that_cannot_be_is_refused() {
    let key = |name: &str| SigningKey::generate(Algorithm::EdDSA).unwrap().kid(name);
    let unnamed = || SigningKey::generate(Algorithm::EdDSA).unwrap().without_kid();
    let secret = |byte: u8| SigningKey::from_secret(Algorithm::HS256, [byte; 32]).unwrap();
    let cases = [
        (SigningKeys::new(key("a")).then(key("b"), 0), "from 0 on"),
        (SigningKeys::new(key("a")).then(key("b"), 5).unwrap().then(key("c"), 5), "from 5 on"),
        (SigningKeys::new(key("a")).then(key("a"), 5), "two keys have the `kid` \"a\""),
        (SigningKeys::new(key("a")).then(secret(1), 5), "never beside private keys"),
        (SigningKeys::new(secret(1)).then(key("a"), 5), "never beside private keys"),
        (SigningKeys::new(secret(1)).then(secret(2), 5), "two secrets have no `kid`"),
    ];
    for (keys, expected) in cases {
        let error = keys.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    // Those who check try each key without a name, four at most.
    let mut keys = SigningKeys::new(unnamed());
    for from in 1..4 {
        keys = keys.then(unnamed(), from).unwrap();
    }
    assert!(keys.then(unnamed(), 4).unwrap_err().to_string().contains("without `kid`"));
}

#[test]
fn a_key_set_is_the_one_that_was_published() {
    let published = Published::new(three()).unwrap();
    let read = KeySet::from_jwks(published.jwks(0, 60)).unwrap();
    assert_eq!((read.len(), read.rejected().count()), (3, 0));
}

// By `openssl`, for these tests.
const SEC1: &str = "-----BEGIN EC PARAMETERS-----
BggqhkjOPQMBBw==
-----END EC PARAMETERS-----
-----BEGIN EC PRIVATE KEY-----
MHcCAQEEICit7DUn91s/Sl8nk/WLSDMbjJFT3PFGrD8jPP7WfamUoAoGCCqGSM49
AwEHoUQDQgAEJ/aYPvcYPDz4aBI+gofgAfTlMT+tMF7TTtEjIUINnpwZS0HdPJkR
RwL+3zZwmzbzqcGHQQUvBKb8vJY7Gb8g6g==
-----END EC PRIVATE KEY-----
";
const ENCRYPTED_SEC1: &str = "-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,A83C0086CB509DE2354EF469E6918036

ODNaRpVuV4QOymvsqWwH5QxEewl5JlVncjs4qS95uzoiIkdUtCJy0aGyjQRMnZsY
-----END EC PRIVATE KEY-----
";
const SECP256K1: &str = "-----BEGIN PRIVATE KEY-----
MIGEAgEAMBAGByqGSM49AgEGBSuBBAAKBG0wawIBAQQgubQ5GRON5rf494OR85vN
ViJYaK42yL0Hns9n9EPVm3ShRANCAASe+U01ypcebTTAli+lZ+PqFDj1zqhH4fCf
SlYPMwUl2tqMRYb2tGZWKh6bI3i5ytRashrjhuUIq4/gCFY+HuoW
-----END PRIVATE KEY-----
";
const ED448: &str = "-----BEGIN PRIVATE KEY-----
MEcCAQAwBQYDK2VxBDsEOeT5ur3cxpFfo9fMCEaNWTcc4nA7/vRxMNRAFws9+ify
JyZ0Mil3m1UxlSFS+2TonrxIDROwCV+NRw==
-----END PRIVATE KEY-----
";
const P521: &str = "-----BEGIN PRIVATE KEY-----
MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIBa5uDyllyMQ/HuADW
6rdHoMKpKeYB5aeVmLQ+gmXIobCXA5ughcsFZt9TfT/TekjARCzsATmikttPeAKC
FdYdWgChgYkDgYYABABANAfZeL+s9apzlaEN/Hsea6SKd5usZGtU+FbWCaT6lHFG
McLOoqtnwE0J8X1o66WWuQAzNVKmtil8JPfBd+TcZAEzKmoC3gd6+Kmh+4dL3b6E
cnrXHoP7+41yjv57B6hHhEh5Ucwo2pwPfVfWnRu67WWGJ7zsdUn71oNut7s6aG0O
0A==
-----END PRIVATE KEY-----
";
const RSA_1024: &str = "-----BEGIN PRIVATE KEY-----
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAM8devBrTOKLF/wh
PhrKCqZ98cq1d0FhAbl8AXbjbwCm+O2vf7Akqw/39nb3t+yExYRXsWK0G3gTVIbB
AeytPr/mS0uyxZnVZ5z5fWMCBBgCQxNcSq5yf7orGV6Y034N1AF8jZ2S+PF51ZnW
S5zmygWS2do7de+RP6XL3S36jmOHAgMBAAECgYBoazN9HIvBt2CbQ+M8vFoMQHjz
uvNp6c9lxWgzmUxwZr4fjxhwJLx9q4T9y7xVqUavh0quOaGTsyMtYQdoXJvCWVWF
l/38MlT4AenhfnmXRMJJp4CIf0tK3lu5AVh2WGyjEfXMRac3hoVPiqw8oRQL33bL
kGPaB/joQqEJdGNHYQJBAPYcO7Qq2QG29eV/oYFfMuaHuw38zFQ00U/7CwW1JDEZ
EN5JuVV76FzOd+guIq9jNIRvB4uJMDzU63e/6o5syBECQQDXcBltdSqdbgx0Ay8c
KQnIzxddO6r4QnKUFKd6COozHL0LEhf8OUFRrSutXAgx9RO9LML/BThKx2gyNvht
O8oXAkEA3EFQPWHLbHltf8LFq56jUyVOBqqjwwix+r5VkvoWNcqVChs4voRx4/zz
2trPN9+09IDZY8uXXBnB0h3zsRsxwQJANZX3bSdggyn1RQHpvNpkSaNhD1qhCwEU
GMsOYSdIgZAbYV6NwrnHCnbFT2h9zVdFIp+4nNACkW8J9rt/jUP63wJACaa9iFrb
Ff3+ubEfG8/ur2ecVypR2Q9mIrh9qFpLnLV+aPj0BbwnxKeTDUD+1ED7byVtTTuL
o6j5X2gtWq7JEQ==
-----END PRIVATE KEY-----
";
