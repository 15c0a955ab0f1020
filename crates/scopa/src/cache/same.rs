use std::hint::black_box;

/// Tells whether two texts are the same, in a time that depends on their lengths alone.
///
/// Who sends tokens and measures must not learn how many bytes he guessed. No step depends on a byte: differences are
/// only collected, and looked at once, at the end.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let (Some(end), Some(other_end)) = (one.last_chunk(), other.last_chunk()) else {
        return same_short(one, other);
    };
    let ((blocks, _), (other_blocks, _)) = (one.as_chunks(), other.as_chunks());
    // What no block has is compared with the last bytes, most of them for the second time: that is faster.
    let mut difference = collect([0; _], end, other_end);
    for (block, other) in blocks.iter().zip(other_blocks) {
        difference = collect(difference, block, other);
    }
    black_box(difference.iter().fold(0, |all, one| all | one)) == 0
}

fn same_short(one: &[u8], other: &[u8]) -> bool {
    let difference = one.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other));
    black_box(difference) == 0
}

/// Adds the differences of one block. By value and in words, so that they stay in vector registers.
#[inline(always)]
fn collect(mut difference: [u64; BLOCK / 8], one: &[u8; BLOCK], other: &[u8; BLOCK]) -> [u64; BLOCK / 8] {
    let ((words, _), (other_words, _)) = (one.as_chunks(), other.as_chunks());
    for ((difference, word), other) in difference.iter_mut().zip(words).zip(other_words) {
        *difference |= u64::from_ne_bytes(*word) ^ u64::from_ne_bytes(*other);
    }
    difference
}

/// In bytes: four vector registers at once.
const BLOCK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_the_same_where_every_bit_is() {
        for length in (0..=200).chain([255, 256, 257, 551, 850]) {
            let one: Vec<u8> = (0..length).map(|at| (at * 7 + 13) as u8).collect();
            let mut other = one.clone();
            assert!(same(&one, &other), "{length}");
            for at in 0..length {
                for bit in 0..8 {
                    other[at] ^= 1 << bit;
                    assert!(!same(&one, &other), "{length}: byte {at}, bit {bit}");
                    other[at] ^= 1 << bit;
                }
            }
            // At another alignment.
            let moved: Vec<u8> = [0, 0, 0].into_iter().chain(one.iter().copied()).collect();
            assert!(same(&one, &moved[3..]), "{length}");
        }
    }

    #[test]
    fn differences_do_not_cancel_out() {
        for length in [2, 15, 16, 17, 63, 64, 65, 128, 130, 850] {
            let one = vec![b'a'; length];
            for (first, second) in [(0, length - 1), (0, length / 2), (length / 2, length - 1)] {
                let mut other = one.clone();
                other[first] ^= 0x80;
                other[second] ^= 0x80;
                assert_eq!(same(&one, &other), first == second, "{length}: {first}, {second}");
            }
        }
    }

    #[test]
    fn another_length_is_another_text() {
        let text = [b'a'; 850];
        for length in 0..850 {
            assert!(!same(&text, &text[..length]) && !same(&text[..length], &text), "{length}");
        }
    }
}
