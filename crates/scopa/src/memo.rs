use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

/// Values that are found again by the two texts they were made of: what is alike in many tokens is worked out once.
///
/// Of fixed size, and read without a lock. Each pair of texts has one place, and the last that was kept there stays.
/// Whatever is kept comes from proven tokens, so a stranger cannot push anything out.
pub(crate) struct Memo<V> {
    places: Box<[ArcSwapOption<Noted<V>>]>,
    seed: u64,
}

/// A value with what it was made of.
pub(crate) struct Noted<V> {
    first: Box<str>,
    second: Box<str>,
    pub(crate) value: V,
}

impl<V> Memo<V> {
    /// Makes room for as many values; a power of two.
    pub(crate) fn new(places: usize) -> Self {
        let places = (0..places.next_power_of_two()).map(|_| ArcSwapOption::empty()).collect();
        Self { places, seed: RandomState::new().hash_one(0) | 1 }
    }

    pub(crate) fn find(&self, first: &str, second: &str) -> Option<Arc<Noted<V>>> {
        let kept = self.place(first, second)?.load();
        let kept = kept.as_ref().filter(|kept| *kept.first == *first && *kept.second == *second)?;
        Some(kept.clone())
    }

    /// Keeps a value, unless the texts are long.
    pub(crate) fn keep(&self, first: &str, second: &str, value: V) -> Arc<Noted<V>> {
        let kept = Arc::new(Noted { first: first.into(), second: second.into(), value });
        if first.len() + second.len() <= LONGEST
            && let Some(place) = self.place(first, second)
        {
            place.store(Some(kept.clone()));
        }
        kept
    }

    fn place(&self, first: &str, second: &str) -> Option<&ArcSwapOption<Noted<V>>> {
        let mixed = mix(mix(self.seed, first.as_bytes()), second.as_bytes());
        self.places.get(mixed as usize & (self.places.len() - 1))
    }
}

impl<V> fmt::Debug for Memo<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memo(…)")
    }
}

impl<V> Noted<V> {
    /// Makes a value that is not kept.
    pub(crate) fn of(value: V) -> Arc<Self> {
        Arc::new(Self { first: Box::default(), second: Box::default(), value })
    }

    /// Returns how many bytes both texts have.
    pub(crate) fn texts(&self) -> usize {
        self.first.len() + self.second.len()
    }
}

/// Mixes a text in, eight bytes at a time. Chooses a place and nothing more: the whole text is compared.
fn mix(seed: u64, text: &[u8]) -> u64 {
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [0; 8];
    last.iter_mut().zip(rest).for_each(|(last, byte)| *last = *byte);
    let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
    words.fold(seed ^ text.len() as u64, |mixed, word| {
        let product = u128::from(mixed ^ word) * u128::from(seed);
        (product as u64) ^ (product >> 64) as u64
    })
}

/// Bytes of both texts. With the number of places it bounds what is kept.
const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_by_both_texts_whole() {
        let memo = Memo::new(64);
        memo.keep("read write", "a", 1);
        assert_eq!(memo.find("read write", "a").map(|kept| kept.value), Some(1));
        for (first, second) in
            [("read write", ""), ("read write", "b"), ("read writ", "a"), ("read writea", "")]
        {
            assert!(memo.find(first, second).is_none(), "{first} {second}");
        }
    }

    #[test]
    fn the_number_of_values_and_their_length_are_bounded() {
        let memo = Memo::new(16);
        let texts: Vec<String> = (0..1000).map(|n| format!("scope{n}")).collect();
        for text in &texts {
            memo.keep(text, "", ());
            // The last one is there.
            assert!(memo.find(text, "").is_some(), "{text}");
        }
        let found = texts.iter().filter(|text| memo.find(text, "").is_some()).count();
        assert!((8..=16).contains(&found), "{found}");

        let long = "a".repeat(LONGEST);
        memo.keep(&long, "", ());
        assert!(memo.find(&long, "").is_some());
        memo.keep(&long, "b", ());
        assert!(memo.find(&long, "b").is_none());
    }

    #[test]
    fn texts_that_differ_anywhere_have_places_of_their_own() {
        // Not by chance: 64 texts in 4096 places fall together in some pair now and then, never all of them.
        let memo: Memo<()> = Memo::new(4096);
        let text = "a".repeat(64);
        let mut places: Vec<u64> = (0..64)
            .map(|at| {
                let mut other = text.clone();
                other.replace_range(at..=at, "b");
                mix(memo.seed, other.as_bytes()) & 4095
            })
            .collect();
        places.sort_unstable();
        places.dedup();
        assert!(places.len() > 48, "{}", places.len());
    }
}
