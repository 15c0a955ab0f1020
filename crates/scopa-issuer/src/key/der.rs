//! As much of DER (X.690) as it takes to tell keys apart.

/// Takes one element with the given tag from the front: its contents, and what follows it.
pub(super) fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
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

/// Reads `RSAPublicKey` (RFC 8017 §A.1.1), as a back end writes it: modulus and exponent, without the zero byte of a sign.
#[cfg(feature = "aws-lc-rs")]
pub(super) fn rsa_public_key(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (fields, _) = element(der, SEQUENCE)?;
    let (modulus, rest) = element(fields, INTEGER)?;
    let (exponent, _) = element(rest, INTEGER)?;
    Some((modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent))
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const CONTEXT_0: u8 = 0xa0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_is_cut_off_by_its_own_length() {
        for (der, expected) in [
            (&[2, 1, 5, 9][..], Some((&[5][..], &[9][..]))),
            (&[2, 0x81, 1, 5], Some((&[5], &[]))),
            (&[2, 0x82, 0, 1, 5], Some((&[5], &[]))),
            (&[2, 0], Some((&[], &[]))),
            (&[3, 1, 5], None),
            (&[2, 2, 5], None),
            (&[2, 0x80, 5, 0, 0], None),
            (&[], None),
        ] {
            assert_eq!(element(der, INTEGER), expected, "{der:x?}");
        }
    }
}
