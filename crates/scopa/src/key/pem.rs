use jsonwebtoken::DecodingKey;

use super::Reason;
use super::jwk::rsa_algorithms;
use super::modulus::RsaNumbers;
use super::point::{EcPoint, EdPoint};
use super::prepared::PreparedKey;

/// Reads one public key in PEM (RFC 7468 §13, and the older `RSA PUBLIC KEY`) and prepares it.
pub(super) fn read(text: &str) -> Result<PreparedKey, Reason> {
    if text.contains("PRIVATE KEY-----") {
        return Err("a private key, expected the public key: \
                    `openssl pkey -in private.pem -pubout` prints it"
            .into());
    }
    if text.contains("-----BEGIN CERTIFICATE-----") {
        return Err("a certificate, expected the public key: \
                    `openssl x509 -in certificate.pem -noout -pubkey` prints it \
                    (from a private key, `openssl pkey -pubout`)"
            .into());
    }
    match text.matches("-----BEGIN ").count() {
        1 => {}
        count => {
            return Err(
                format!("expected one PEM block (`-----BEGIN PUBLIC KEY-----`), found {count}").into()
            );
        }
    }

    // Each of the three takes only keys of its own kind.
    let pem = text.as_bytes();
    if let Ok(key) = DecodingKey::from_ed_pem(pem) {
        let point = EdPoint::new(bits(&key)?)?;
        return PreparedKey::ed25519(&point).ok_or("not the encoding of an Ed25519 point".into());
    }
    if let Ok(key) = DecodingKey::from_ec_pem(pem) {
        let point = EcPoint::from_sec1(bits(&key)?)?;
        return PreparedKey::ec(&point)
            .ok_or_else(|| format!("the point is not on {}", point.curve().name()).into());
    }
    if let Ok(key) = DecodingKey::from_rsa_pem(pem) {
        let (modulus, exponent) = pkcs1(bits(&key)?).ok_or("not an RSA public key")?;
        let numbers = RsaNumbers::new(modulus, exponent)?;
        return PreparedKey::rsa(&numbers, rsa_algorithms()).ok_or("not an RSA public key".into());
    }
    Err("not a public key in PEM (`-----BEGIN PUBLIC KEY-----`) \
         for RSA, P-256, P-384, P-521 or Ed25519"
        .into())
}

fn bits(key: &DecodingKey) -> Result<&[u8], Reason> {
    key.try_get_as_bytes().map_err(|_| "not a public key".into())
}

/// Reads `RSAPublicKey` of RFC 8017 §A.1.1: a SEQUENCE of two INTEGERs, `n` and `e`.
fn pkcs1(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (numbers, after) = element(der, SEQUENCE)?;
    let (modulus, rest) = element(numbers, INTEGER)?;
    let (exponent, after_exponent) = element(rest, INTEGER)?;
    let negative =
        [modulus, exponent].iter().any(|number| number.first().is_none_or(|&first| first & 0x80 != 0));
    (after.is_empty() && after_exponent.is_empty() && !negative).then_some((modulus, exponent))
}

/// Takes one element with the given tag from the front: its contents, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        // X.690 §8.1.3: the short form, and the long form of one and of two bytes.
        [found, length @ 0..=0x7f, rest @ ..] if *found == tag => (usize::from(*length), rest),
        [found, 0x81, length, rest @ ..] if *found == tag => (usize::from(*length), rest),
        [found, 0x82, high, low, rest @ ..] if *found == tag => {
            (usize::from(*high) << 8 | usize::from(*low), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;

#[cfg(test)]
mod tests {
    use super::super::algorithm::Algorithms;
    use super::super::fixtures::{
        ED448_PEM, ED25519_PEM, P256_PEM, P384_PEM, P521_PEM, PRIVATE_PEM, RSA_PEM, RSA_PKCS1_PEM,
        SECP256K1_PEM,
    };
    use super::*;

    #[test]
    fn each_kind_of_public_key_is_read() {
        let cases = [
            (RSA_PEM, "RS256, RS384, RS512, PS256, PS384, PS512"),
            (RSA_PKCS1_PEM, "RS256, RS384, RS512, PS256, PS384, PS512"),
            (P256_PEM, "ES256"),
            (P384_PEM, "ES384"),
            (P521_PEM, "ES512"),
            (ED25519_PEM, "EdDSA"),
        ];
        for (pem, expected) in cases {
            for text in [pem.to_owned(), pem.replace('\n', "\r\n"), format!("a comment\n{pem}\n\n")] {
                let key = read(&text).unwrap();
                let algorithms: Algorithms = key.algorithms().collect();
                assert_eq!((algorithms.to_string().as_str(), key.kid()), (expected, None), "{text}");
            }
        }
    }

    #[test]
    fn what_is_not_one_public_key_is_refused_with_its_reason() {
        let relabelled = |label: &str| P256_PEM.replace("PUBLIC KEY", label);
        let cases = [
            (PRIVATE_PEM.to_owned(), "openssl pkey -in private.pem -pubout"),
            (relabelled("RSA PRIVATE KEY"), "openssl pkey -in private.pem -pubout"),
            (relabelled("EC PRIVATE KEY"), "openssl pkey -in private.pem -pubout"),
            (relabelled("ENCRYPTED PRIVATE KEY"), "openssl pkey -in private.pem -pubout"),
            (format!("{P256_PEM}{PRIVATE_PEM}"), "a private key"),
            (relabelled("CERTIFICATE"), "openssl x509 -in certificate.pem -noout -pubkey"),
            (format!("{P256_PEM}{P384_PEM}"), "found 2"),
            (String::new(), "found 0"),
            (r#"{"keys": []}"#.to_owned(), "found 0"),
            (relabelled("EC PARAMETERS"), "not a public key in PEM"),
            (P256_PEM.replace("MFkw", "MFkx"), "not a public key in PEM"),
            (P256_PEM.replace("-----END", "-----ENDE"), "not a public key in PEM"),
            (ED448_PEM.to_owned(), "not a public key in PEM"),
            (SECP256K1_PEM.to_owned(), "the point is not on P-256"),
            (relabelled("RSA PUBLIC KEY"), "not an RSA public key"),
        ];
        for (text, expected) in cases {
            let reason = read(&text).err().unwrap_or_default();
            assert!(reason.contains(expected), "`{reason}` for {text}");
        }
    }

    #[test]
    fn the_two_numbers_of_an_rsa_key_are_read_strictly() {
        let cases: [(&[u8], bool); 13] = [
            (&[0x30, 6, 2, 1, 5, 2, 1, 3], true),
            (&[0x30, 0x81, 6, 2, 1, 5, 2, 1, 3], true),
            (&[0x30, 0x82, 0, 6, 2, 1, 5, 2, 1, 3], true),
            (&[], false),
            (&[0x30], false),
            (&[0x30, 0x80, 2, 1, 5, 2, 1, 3, 0, 0], false),
            (&[0x30, 7, 2, 1, 5, 2, 1, 3], false),
            (&[0x30, 5, 2, 1, 5, 2, 1, 3], false),
            (&[0x30, 6, 2, 1, 5, 2, 1, 3, 0], false),
            (&[0x30, 7, 2, 1, 5, 2, 1, 3, 0], false),
            (&[0x30, 6, 2, 1, 0x85, 2, 1, 3], false),
            (&[0x30, 5, 2, 0, 2, 1, 3], false),
            (&[0x31, 6, 2, 1, 5, 2, 1, 3], false),
        ];
        for (der, is_good) in cases {
            assert_eq!(pkcs1(der), is_good.then_some((&[5][..], &[3][..])), "{der:02x?}");
        }
    }
}
