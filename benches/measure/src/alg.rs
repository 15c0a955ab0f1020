use std::fmt;

/// The algorithms that are measured (RFC 7518 §3.1, RFC 8037 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alg {
    /// RSASSA-PKCS1-v1_5 with SHA-256, 2048 bits.
    RS256,
    /// ECDSA on P-256 with SHA-256.
    ES256,
    /// Ed25519.
    EdDSA,
    /// HMAC with SHA-256.
    HS256,
}

impl Alg {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 4] = [Self::RS256, Self::ES256, Self::EdDSA, Self::HS256];

    /// Returns the name that stands in `alg`.
    pub fn name(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::ES256 => "ES256",
            Self::EdDSA => "EdDSA",
            Self::HS256 => "HS256",
        }
    }

    /// Returns the `kid` of its key.
    pub fn kid(self) -> &'static str {
        match self {
            Self::RS256 => "2026-11-22T07:46:40Z-rs256",
            Self::ES256 => "2026-11-22T07:46:40Z-es256",
            Self::EdDSA => "2026-11-22T07:46:40Z-eddsa",
            Self::HS256 => "2026-11-22T07:46:40Z-hs256",
        }
    }
}

impl fmt::Display for Alg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
