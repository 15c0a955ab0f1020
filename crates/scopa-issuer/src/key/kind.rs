use scopa::Algorithm;

use super::der;

/// A family of private keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl Kind {
    /// Returns what an algorithm signs with; `None` for HMAC, which takes a secret.
    pub(super) fn of(algorithm: Algorithm) -> Option<Self> {
        Some(match algorithm {
            Algorithm::RS256
            | Algorithm::RS384
            | Algorithm::RS512
            | Algorithm::PS256
            | Algorithm::PS384
            | Algorithm::PS512 => Self::Rsa,
            Algorithm::ES256 => Self::P256,
            Algorithm::ES384 => Self::P384,
            Algorithm::ES512 => Self::P521,
            Algorithm::EdDSA => Self::Ed25519,
            _ => return None,
        })
    }

    /// Returns the name as it stands in `crv`, and `RSA`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Ed25519 => "Ed25519",
        }
    }

    /// Returns the algorithms that go with such a key, for an error.
    pub(super) fn algorithms(self) -> &'static str {
        match self {
            Self::Rsa => "RS256, RS384, RS512, PS256, PS384 or PS512",
            Self::P256 => "ES256",
            Self::P384 => "ES384",
            Self::P521 => "ES512",
            Self::Ed25519 => "EdDSA",
        }
    }

    /// Reads it from PKCS#8 (RFC 5958 §2): version, `AlgorithmIdentifier`, the key itself.
    pub(super) fn of_pkcs8(der: &[u8]) -> Option<Self> {
        let (fields, _) = der::element(der, der::SEQUENCE)?;
        let (_, rest) = der::element(fields, der::INTEGER)?;
        let (identifier, _) = der::element(rest, der::SEQUENCE)?;
        let (name, parameters) = der::element(identifier, der::OBJECT_IDENTIFIER)?;
        match name {
            RSA => Some(Self::Rsa),
            ED25519 => Some(Self::Ed25519),
            EC => Self::of_curve(der::element(parameters, der::OBJECT_IDENTIFIER)?.0),
            _ => None,
        }
    }

    /// Reads it from SEC 1 (RFC 5915 §3): version, the key itself, and `[0]` for the curve.
    pub(super) fn of_sec1(der: &[u8]) -> Option<Self> {
        let (fields, _) = der::element(der, der::SEQUENCE)?;
        let (_, rest) = der::element(fields, der::INTEGER)?;
        let (_, rest) = der::element(rest, der::OCTET_STRING)?;
        let (parameters, _) = der::element(rest, der::CONTEXT_0)?;
        Self::of_curve(der::element(parameters, der::OBJECT_IDENTIFIER)?.0)
    }

    fn of_curve(name: &[u8]) -> Option<Self> {
        match name {
            P256 => Some(Self::P256),
            P384 => Some(Self::P384),
            P521 => Some(Self::P521),
            _ => None,
        }
    }
}

/// Returns the bits of the modulus of an RSA key in PKCS#1 (RFC 8017 §A.1.2).
pub(super) fn bits_of_pkcs1(der: &[u8]) -> Option<usize> {
    let (fields, _) = der::element(der, der::SEQUENCE)?;
    let (_, rest) = der::element(fields, der::INTEGER)?;
    let (modulus, _) = der::element(rest, der::INTEGER)?;
    // A zero byte stands before a number whose first bit is set.
    let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
    let first = modulus.get(zeros)?;
    Some((modulus.len() - zeros) * 8 - first.leading_zeros() as usize)
}

/// The same, of one in PKCS#8.
pub(super) fn bits_of_pkcs8(der: &[u8]) -> Option<usize> {
    let (fields, _) = der::element(der, der::SEQUENCE)?;
    let (_, rest) = der::element(fields, der::INTEGER)?;
    let (_, rest) = der::element(rest, der::SEQUENCE)?;
    bits_of_pkcs1(der::element(rest, der::OCTET_STRING)?.0)
}

// RFC 8017 §C, RFC 5480 §2.1.1, RFC 8410 §3.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x2b, 0x81, 4, 0, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 4, 0, 0x23];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
