use std::hash::{BuildHasher, RandomState};

/// What makes the places of one table differ from those of all others.
pub(crate) struct Seeds {
    pub(crate) one: u64,
    pub(crate) other: u64,
}

/// Where a token has its place, if it is there.
#[derive(Clone, Copy)]
pub(crate) struct Hash(u64);

impl Seeds {
    pub(crate) fn random() -> Self {
        // Std has no random numbers but the keys of its hasher.
        let random = RandomState::new();
        Self { one: random.hash_one(1), other: random.hash_one(2) }
    }

    /// Hashes the end of a token, which is its signature; `None` for one that is too short to have any.
    ///
    /// A signature is as good as random, and nobody chooses one for a token that verifies. Others are hashed, too, but
    /// never stored: they find something else, and that is compared.
    #[inline]
    pub(crate) fn hash(&self, token: &[u8]) -> Option<Hash> {
        let (start, end) = token.last_chunk::<16>()?.split_first_chunk()?;
        let end = end.first_chunk()?;
        let start = u64::from_le_bytes(*start) ^ self.one;
        let end = u64::from_le_bytes(*end) ^ self.other ^ token.len() as u64;
        // Every bit of the product's middle depends on all bits, and both halves have some of it.
        let product = u128::from(start) * u128::from(end);
        Some(Hash(product as u64 ^ (product >> 64) as u64))
    }
}

impl Hash {
    /// Returns what tells most other tokens at the same place apart; never zero.
    pub(crate) fn tag(self) -> u16 {
        self.0 as u16 | 1
    }

    /// Returns the same with more bits; never zero.
    pub(crate) fn long_tag(self) -> u32 {
        self.0 as u32 | 1
    }

    /// Returns bits of which a mask can be taken, for up to 2^16 shards.
    pub(crate) fn shard(self) -> usize {
        (self.0 >> 16) as usize & 0xFFFF
    }

    /// Returns two numbers below `most`, which differ if `most` is at least 2. At most 2^32.
    #[inline]
    pub(crate) fn two_below(self, most: usize) -> (usize, usize) {
        let first = below(self.0, most);
        let second = first + 1 + below(self.0.wrapping_mul(MIX), most.saturating_sub(1));
        (first, if second < most { second } else { second - most })
    }

    /// Returns a number below 16, independent of the others.
    pub(crate) fn sixteenth(self) -> usize {
        (self.0.wrapping_mul(MIX) as u32 >> 28) as usize
    }
}

/// Scales the upper half of a hash.
fn below(hash: u64, most: usize) -> usize {
    (((hash >> 32) * most as u64) >> 32) as usize
}

/// An odd number with its bits well spread: 2^64 divided by the golden ratio.
const MIX: u64 = 0x9E37_79B9_7F4A_7C15;

#[cfg(test)]
mod tests {
    use super::*;

    const SEEDS: Seeds = Seeds { one: 0x0123_4567_89AB_CDEF, other: 0x1357_9BDF_0246_8ACE };

    #[test]
    fn a_token_without_a_signature_has_no_place() {
        for length in 0..16 {
            assert!(SEEDS.hash(&[b'a'; 16][..length]).is_none());
        }
        assert!(SEEDS.hash(&[b'a'; 16]).is_some());
    }

    #[test]
    fn each_of_the_last_bytes_and_the_length_count() {
        let token = [b'a'; 40];
        let Hash(hash) = SEEDS.hash(&token).unwrap();
        for at in 0..40 {
            let mut other = token;
            other[at] = b'b';
            assert_eq!(SEEDS.hash(&other).unwrap().0 == hash, at < 24, "{at}");
        }
        assert_ne!(SEEDS.hash(&token[1..]).unwrap().0, hash);
    }

    #[test]
    fn two_tables_have_their_places_elsewhere() {
        let [one, other] = [(); 2].map(|()| Seeds::random());
        assert_ne!(one.hash(&[b'a'; 16]).unwrap().0, other.hash(&[b'a'; 16]).unwrap().0);
    }

    #[test]
    fn both_places_are_in_the_table_and_differ() {
        for most in [2, 3, 58, 1 << 20] {
            for number in 0..1000_u64 {
                let token = format!("a token with the number {number}");
                let (first, second) = SEEDS.hash(token.as_bytes()).unwrap().two_below(most);
                assert!(first < most && second < most && first != second, "{first}, {second} of {most}");
            }
        }
        assert!([0, 1 << 31, u64::MAX].into_iter().all(|hash| Hash(hash).two_below(1) == (0, 0)));
        assert!([0, 1 << 31, u64::MAX].into_iter().all(|hash| {
            let (first, second) = Hash(hash).two_below(7);
            first < 7 && second < 7
        }));
    }
}
