use base64_simd::URL_SAFE_NO_PAD;

use super::kind::Kind;

/// The public half of a key, as members of a JWK.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicJwk {
    /// The required members alone, in the order of their names and without white space: what RFC 7638 §3 digests, but for
    /// the braces.
    members: String,
}

impl PublicJwk {
    /// RFC 7518 §6.3.1: numbers as big-endian bytes, without zeros in front.
    pub(super) fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        let (n, e) = (encoded(modulus), encoded(exponent));
        Self { members: format!(r#""e":"{e}","kty":"RSA","n":"{n}""#) }
    }

    /// RFC 7518 §6.2.1, from the uncompressed point (SEC 1 §2.3.3); `None` if it is not of the curve's length.
    pub(super) fn ec(kind: Kind, point: &[u8]) -> Option<Self> {
        let coordinate = match kind {
            Kind::P256 => 32,
            Kind::P384 => 48,
            Kind::P521 => 66,
            Kind::Rsa | Kind::Ed25519 => return None,
        };
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(coordinate)?;
        let (curve, x, y) = (kind.name(), encoded(x), (y.len() == coordinate).then(|| encoded(y))?);
        Some(Self { members: format!(r#""crv":"{curve}","kty":"EC","x":"{x}","y":"{y}""#) })
    }

    /// RFC 8037 §2.
    pub(super) fn ed25519(point: &[u8]) -> Self {
        let x = encoded(point);
        Self { members: format!(r#""crv":"Ed25519","kty":"OKP","x":"{x}""#) }
    }

    /// Returns the SHA-256 thumbprint (RFC 7638 §3).
    pub(super) fn thumbprint(&self) -> String {
        encoded(&crate::crypto::sha256(format!("{{{}}}", self.members).as_bytes()))
    }

    /// Returns the members, separated by commas, without braces.
    pub(super) fn members(&self) -> &str {
        &self.members
    }
}

fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7638_has_its_thumbprint() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj\
                 hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajr\
                 n1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let modulus = URL_SAFE_NO_PAD.decode_to_vec(n).unwrap();
        let jwk = PublicJwk::rsa(&modulus, &[1, 0, 1]);
        assert_eq!(jwk.thumbprint(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }

    #[test]
    fn the_example_of_rfc_8037_has_its_thumbprint() {
        let point = URL_SAFE_NO_PAD.decode_to_vec("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        // RFC 8037 §A.3.
        assert_eq!(PublicJwk::ed25519(&point).thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_point_of_another_length_is_none() {
        for length in [0, 1, 64, 66, 97] {
            assert_eq!(PublicJwk::ec(Kind::P256, &vec![4; length]), None, "{length}");
        }
        assert!(PublicJwk::ec(Kind::P256, &[4; 65]).is_some());
        assert_eq!(PublicJwk::ec(Kind::P256, &[2; 65]), None);
    }
}
