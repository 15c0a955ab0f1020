//! The two forms of an ECDSA signature.

/// Writes a signature of RFC 7518 §3.4 (R and S joined, each of full length) in the form of X9.62: the sequence of two
/// integers that aws-lc works on. Into `space`, since the longest is known.
///
/// `None` for another length. That R and S are in range is for the back end to see.
pub(super) fn der<'s>(joined: &[u8], coordinate: usize, space: &'s mut [u8; LONGEST]) -> Option<&'s [u8]> {
    let (r, s) = joined.split_at_checked(coordinate).filter(|(_, s)| s.len() == coordinate)?;
    let (r, s) = (significant(r), significant(s));
    let content = encoded_length(r) + encoded_length(s);
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        space.get_mut(at..at + bytes.len())?.copy_from_slice(bytes);
        at += bytes.len();
        Some(())
    };
    // X.690 §8.1.3: one byte for lengths below 128, and above that one that says how many follow.
    match u8::try_from(content).ok()? {
        short @ ..0x80 => put(&[SEQUENCE, short])?,
        long => put(&[SEQUENCE, 0x81, long])?,
    }
    for number in [r, s] {
        put(&[INTEGER, u8::try_from(encoded_length(number) - 2).ok()?])?;
        // X.690 §8.3: two's complement, so a number whose first bit is set has a zero before it.
        if needs_zero(number) {
            put(&[0])?;
        }
        put(number)?;
    }
    space.get(..at)
}

/// Drops leading zeros, but for the last byte.
fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros.min(number.len().saturating_sub(1))..).unwrap_or_default()
}

fn needs_zero(number: &[u8]) -> bool {
    number.first().is_some_and(|first| first & 0x80 != 0)
}

/// Counts the bytes of a number with its tag and length.
fn encoded_length(number: &[u8]) -> usize {
    2 + usize::from(needs_zero(number)) + number.len()
}

/// Two numbers of P-521 (66 bytes, whose first bit is never set) and what stands before them; and room for numbers
/// that are out of range.
pub(super) const LONGEST: usize = 3 + 2 * (2 + 1 + 66);

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_short_as_they_can_be_and_never_negative() {
        let joined = |r: &[u8], s: &[u8]| {
            let padded = |number: &[u8]| [vec![0; 32 - number.len()], number.to_vec()].concat();
            [padded(r), padded(s)].concat()
        };
        for (r, s, expected) in [
            (&[1][..], &[2][..], &[0x30, 6, 2, 1, 1, 2, 1, 2][..]),
            (&[0], &[0x7f], &[0x30, 6, 2, 1, 0, 2, 1, 0x7f]),
            (&[0x80], &[1, 0], &[0x30, 8, 2, 2, 0, 0x80, 2, 2, 1, 0]),
        ] {
            assert_eq!(der(&joined(r, s), 32, &mut [0; LONGEST]), Some(expected));
        }
    }

    #[test]
    fn the_longest_of_each_curve_has_room() {
        for (coordinate, length) in [(32, 2 + 2 * 35), (48, 2 + 2 * 51), (66, 3 + 2 * 69)] {
            let written = der(&vec![0xff; 2 * coordinate], coordinate, &mut [0; LONGEST]).unwrap().to_vec();
            assert_eq!(written.len(), length);
            let before = if coordinate == 66 { &[0x30, 0x81, 138][..] } else { &[0x30, length as u8 - 2] };
            assert!(written.starts_with(before), "{written:x?}");
        }
    }

    #[test]
    fn another_length_is_no_signature() {
        for length in [0, 1, 31, 63, 65, 96, 132] {
            assert_eq!(der(&vec![1; length], 32, &mut [0; LONGEST]), None, "{length}");
        }
    }
}
