use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scopa::Algorithm;
use zeroize::Zeroizing;

use super::kind::{Kind, bits_of_pkcs1, bits_of_pkcs8};

/// A private key as it stood in PEM (RFC 7468), known to be of the right kind.
pub(super) struct PrivateDer {
    pub(super) form: Form,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// How a private key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// RFC 5958: `PRIVATE KEY`.
    Pkcs8,
    /// RFC 5915: `EC PRIVATE KEY`.
    Sec1,
    /// RFC 8017 §A.1.2: `RSA PRIVATE KEY`.
    Pkcs1,
}

impl PrivateDer {
    /// Reads the one private key of a PEM text, for an algorithm. An error says what would be right.
    pub(super) fn read(algorithm: Algorithm, pem: &[u8]) -> Result<Self, String> {
        let wanted = Kind::of(algorithm).ok_or_else(|| {
            format!(
                "{algorithm} signs with a secret and not with a private key: use `SigningKey::from_secret`"
            )
        })?;
        let text = std::str::from_utf8(pem).map_err(|_| NOT_PEM)?;
        let (form, body) = block(text)?;
        let digits: Zeroizing<Vec<u8>> =
            Zeroizing::new(body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect());
        let der = STANDARD.decode(&*digits).map(Zeroizing::new).map_err(|_| NOT_PEM)?;

        let (kind, bits) = match form {
            Form::Pkcs8 => (Kind::of_pkcs8(&der), bits_of_pkcs8(&der)),
            Form::Sec1 => (Kind::of_sec1(&der), None),
            Form::Pkcs1 => (Some(Kind::Rsa), bits_of_pkcs1(&der)),
        };
        let kind = kind.ok_or("not a private key for RSA, P-256, P-384, P-521 or Ed25519")?;
        if kind != wanted {
            return Err(format!(
                "{algorithm} signs with a key of the kind {}, this one is {}, which goes with {}",
                wanted.name(),
                kind.name(),
                kind.algorithms()
            ));
        }
        if let (Kind::Rsa, Some(bits)) = (kind, bits)
            && !(LEAST_RSA_BITS..=super::back_end::MOST_RSA_BITS).contains(&bits)
        {
            // RFC 7518 §3.3: 2048 bits or larger.
            return Err(format!(
                "an RSA key of {bits} bits cannot be used, take one of {LEAST_RSA_BITS} to {} bits",
                super::back_end::MOST_RSA_BITS
            ));
        }
        Ok(Self { form, der })
    }
}

/// Finds the private key in a text, which may hold the parameters of its curve, too: `openssl ecparam` writes both.
fn block(text: &str) -> Result<(Form, &str), String> {
    let mut found = None;
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, after) = after.split_once("-----").ok_or(NOT_PEM)?;
        let end = Zeroizing::new(format!("-----END {label}-----"));
        let (body, after) = after.split_once(end.as_str()).ok_or(NOT_PEM)?;
        rest = after;
        let form = match label {
            "PRIVATE KEY" => Form::Pkcs8,
            "EC PRIVATE KEY" => Form::Sec1,
            "RSA PRIVATE KEY" => Form::Pkcs1,
            "EC PARAMETERS" => continue,
            "ENCRYPTED PRIVATE KEY" => return Err(ENCRYPTED.into()),
            "PUBLIC KEY" | "RSA PUBLIC KEY" | "CERTIFICATE" => {
                return Err(format!(
                    "a {}, expected the private key (`-----BEGIN PRIVATE KEY-----`)",
                    label.to_ascii_lowercase()
                ));
            }
            _ => return Err(NOT_PEM.into()),
        };
        // RFC 1421 §4.6.1.1: what `openssl` once wrote for a key behind a pass phrase.
        if body.contains("ENCRYPTED") {
            return Err(ENCRYPTED.into());
        }
        if found.replace((form, body)).is_some() {
            return Err("expected one private key, found several: give each its own `SigningKey`".into());
        }
    }
    found.ok_or_else(|| NOT_PEM.into())
}

/// Writes PKCS#8 as PEM (RFC 7468 §10): lines of 64 characters.
pub(super) fn write(pkcs8: &[u8]) -> Zeroizing<String> {
    let digits = Zeroizing::new(STANDARD.encode(pkcs8));
    let lines = digits.len().div_ceil(LINE);
    // Made in one piece: a text that grows leaves parts of itself in memory.
    let mut pem = Zeroizing::new(String::with_capacity(BEGIN.len() + digits.len() + lines + END.len()));
    pem.push_str(BEGIN);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place.is_multiple_of(LINE) {
            pem.push('\n');
        }
        pem.push(digit);
    }
    pem.push_str(END);
    pem
}

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----\n";
const END: &str = "\n-----END PRIVATE KEY-----\n";
const LINE: usize = 64;
const LEAST_RSA_BITS: usize = 2048;
const NOT_PEM: &str = "not a private key in PEM (`-----BEGIN PRIVATE KEY-----`): \
                       `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes one for ES256";
const ENCRYPTED: &str =
    "the private key is encrypted: `openssl pkey -in encrypted.pem -out private.pem` decrypts it";
