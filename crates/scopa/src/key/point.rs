use super::Reason;
use super::algorithm::Algorithm;

/// An elliptic curve of RFC 7518 §6.2.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Reads a value of `crv`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        CURVES.into_iter().find(|curve| curve.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    /// Returns the only algorithm for keys on this curve (RFC 7518 §3.4).
    pub(super) fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::ES256,
            Self::P384 => Algorithm::ES384,
            Self::P521 => Algorithm::ES512,
        }
    }

    /// Returns the length of one coordinate, in bytes.
    pub(super) fn size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A public key on a [`Curve`] in its uncompressed form (SEC 1 §2.3.3), of the right length.
///
/// That the point lies on the curve is for the back end to find out, which it does when it prepares the key.
pub(super) struct EcPoint {
    curve: Curve,
    uncompressed: Vec<u8>,
}

impl EcPoint {
    /// Joins two coordinates, big-endian.
    pub(super) fn new(curve: Curve, x: &[u8], y: &[u8]) -> Result<Self, Reason> {
        // RFC 7518 §6.2.1.2: the length of this octet string MUST be the full size of a coordinate.
        let size = curve.size();
        if x.len() != size || y.len() != size {
            return Err(format!(
                "`x` and `y` have {} and {} bytes, expected {size} each for {}",
                x.len(),
                y.len(),
                curve.name()
            )
            .into());
        }
        Ok(Self { curve, uncompressed: [&[UNCOMPRESSED], x, y].concat() })
    }

    /// Takes an encoded point; its length tells the curve.
    pub(super) fn from_sec1(encoded: &[u8]) -> Result<Self, Reason> {
        let curve = CURVES.into_iter().find(|curve| encoded.len() == 1 + 2 * curve.size());
        match (curve, encoded.first()) {
            (Some(curve), Some(&UNCOMPRESSED)) => Ok(Self { curve, uncompressed: encoded.to_vec() }),
            _ => Err("expected an uncompressed point on P-256, P-384 or P-521".into()),
        }
    }

    pub(super) fn curve(&self) -> Curve {
        self.curve
    }

    /// Returns 0x04, `x` and `y` as one string.
    pub(super) fn uncompressed(&self) -> &[u8] {
        &self.uncompressed
    }
}

/// An Ed25519 public key (RFC 8032 §5.1.5) that is not of small order.
pub(super) struct EdPoint([u8; 32]);

impl EdPoint {
    /// Checks an encoded point: `y` little-endian, and the sign of `x` in the highest bit.
    pub(super) fn new(encoded: &[u8]) -> Result<Self, Reason> {
        let Ok(point) = <[u8; 32]>::try_from(encoded) else {
            return Err(format!("an Ed25519 key has 32 bytes, this one has {}", encoded.len()).into());
        };
        let mut y = point;
        y[31] &= 0x7f;

        // RFC 8032 §5.1.3, step 1: a `y` of p or more is no point.
        if y.iter().rev().ge(FIELD_PRIME.iter().rev()) {
            return Err("not the encoding of an Ed25519 point".into());
        }
        // Under such a key anyone can make signatures that verify.
        if SMALL_ORDER.contains(&y) {
            return Err("an Ed25519 point of small order: anyone could sign for it".into());
        }
        Ok(Self(point))
    }

    pub(super) fn encoded(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Tells whether the second half of a signature by Ed25519 is the one spelling of its number: below the order of the base
/// point (RFC 8032 §5.1.7, step 1). A feature of ed25519-dalek that any crate can switch on would take others, too.
pub(super) fn has_one_spelling(signature: &[u8]) -> bool {
    let number = signature.get(32..).unwrap_or_default();
    number.len() == 32 && number.iter().rev().lt(ORDER.iter().rev())
}

const CURVES: [Curve; 3] = [Curve::P256, Curve::P384, Curve::P521];

/// SEC 1 §2.3.3, step 3.4.
const UNCOMPRESSED: u8 = 4;

/// p = 2^255 - 19, little-endian.
const FIELD_PRIME: [u8; 32] = [
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
];

/// 2^252 + 27742317777372353535851937790883648493, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The `y` of all eight points whose order divides 8; the sign of `x` makes no difference.
const SMALL_ORDER: [[u8; 32]; 5] = [
    // Order 4: y = 0.
    [0; 32],
    // Order 1: y = 1.
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    // Order 2: y = -1.
    [
        0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
    ],
    // Order 8.
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    // Order 8: the negative of the one above.
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

#[cfg(test)]
mod tests {
    use super::super::fixtures::{ED25519_X, base64url};
    use super::*;

    #[test]
    fn coordinates_have_exactly_the_size_of_the_curve() {
        for (curve, size) in [(Curve::P256, 32), (Curve::P384, 48), (Curve::P521, 66)] {
            let fits = |x: usize, y: usize| EcPoint::new(curve, &vec![1; x], &vec![1; y]).is_ok();
            assert!(fits(size, size));
            for (x, y) in [(size - 1, size), (size, size - 1), (size + 1, size), (size, size + 1), (0, 0)] {
                assert!(!fits(x, y), "{curve:?} {x} {y}");
            }
        }
    }

    #[test]
    fn an_encoded_point_is_uncompressed() {
        for (length, first, curve) in [
            (65, 4, Some(Curve::P256)),
            (97, 4, Some(Curve::P384)),
            (133, 4, Some(Curve::P521)),
            (33, 2, None),
            (33, 3, None),
            (65, 6, None),
            (1, 0, None),
            (64, 4, None),
            (0, 4, None),
        ] {
            let mut encoded = vec![1; length];
            encoded.iter_mut().take(1).for_each(|byte| *byte = first);
            assert_eq!(
                EcPoint::from_sec1(&encoded).ok().map(|point| point.curve()),
                curve,
                "{length} {first}"
            );
        }
    }

    #[test]
    fn an_ed25519_key_has_32_bytes() {
        let key = base64url(ED25519_X);
        assert!(EdPoint::new(&key).is_ok());
        for length in [0, 3, 31] {
            assert!(EdPoint::new(&key[..length]).is_err(), "{length}");
        }
        assert!(EdPoint::new(&[key, vec![0]].concat()).is_err());
    }

    #[test]
    fn a_number_has_one_spelling_below_the_order() {
        let signature = |number: [u8; 32]| [[7; 32], number].concat();
        let mut below = ORDER;
        below[0] -= 1;
        let mut above = ORDER;
        above[0] += 1;
        for (number, expected) in
            [([0; 32], true), (below, true), (ORDER, false), (above, false), ([0xff; 32], false)]
        {
            assert_eq!(has_one_spelling(&signature(number)), expected, "{number:x?}");
        }
        assert!(!has_one_spelling(&[0; 63]) && !has_one_spelling(&[0; 65]) && !has_one_spelling(&[]));
    }

    #[test]
    fn points_of_small_order_are_refused_with_either_sign() {
        for y in SMALL_ORDER {
            let mut negative = y;
            negative[31] |= 0x80;
            assert!(EdPoint::new(&y).is_err_and(|reason| reason.contains("small order")), "{y:02x?}");
            assert!(EdPoint::new(&negative).is_err_and(|reason| reason.contains("small order")), "{y:02x?}");
        }
    }

    #[test]
    fn encodings_that_are_not_canonical_are_refused() {
        // From p, which reads as 0, to 2^255 - 1, which reads as 18; with both signs.
        for low in 0xed..=0xff {
            for high in [0x7f, 0xff] {
                let mut encoded = [0xff; 32];
                (encoded[0], encoded[31]) = (low, high);
                assert!(EdPoint::new(&encoded).is_err(), "{low:02x} {high:02x}");
            }
        }
    }
}
