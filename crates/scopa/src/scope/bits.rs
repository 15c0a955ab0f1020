use crate::cache::BLOCK;

/// A set of small numbers, one bit each: all sets of one hierarchy have the same width.
///
/// Up to 64 members it is one word, in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bits {
    One(u64),
    Many(Box<[u64]>),
}

impl Bits {
    pub(crate) fn empty(width: usize) -> Self {
        if width <= 64 { Self::One(0) } else { Self::Many(vec![0; width.div_ceil(64)].into()) }
    }

    /// Returns about how much memory it takes beside its own place, in bytes.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::One(_) => 0,
            Self::Many(words) => size_of_val(&**words) + BLOCK,
        }
    }

    fn words(&self) -> &[u64] {
        match self {
            Self::One(word) => std::slice::from_ref(word),
            Self::Many(words) => words,
        }
    }

    fn words_mut(&mut self) -> &mut [u64] {
        match self {
            Self::One(word) => std::slice::from_mut(word),
            Self::Many(words) => words,
        }
    }

    pub(crate) fn insert(&mut self, index: usize) {
        if let Some(word) = self.words_mut().get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    pub(crate) fn contains(&self, index: usize) -> bool {
        self.words().get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        for (word, more) in self.words_mut().iter_mut().zip(other.words()) {
            *word |= more;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words().iter().all(|word| *word == 0)
    }

    pub(crate) fn intersects(&self, other: &Self) -> bool {
        self.words().iter().zip(other.words()).any(|(word, more)| word & more != 0)
    }

    pub(crate) fn is_subset_of(&self, other: &Self) -> bool {
        self.words().iter().zip(other.words()).all(|(word, more)| word & !more == 0)
    }

    pub(crate) fn count(&self) -> u32 {
        self.words().iter().map(|word| word.count_ones()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_and_many_words_agree() {
        for width in [3, 64, 65, 300] {
            let (mut a, mut b) = (Bits::empty(width), Bits::empty(width));
            assert!(a.is_empty() && a.is_subset_of(&b) && !a.intersects(&b));
            a.insert(width - 1);
            assert!(a.contains(width - 1) && !a.contains(0) && !a.contains(width + 640));
            assert!(!a.is_subset_of(&b));
            b.insert(0);
            b.extend(&a);
            assert!(a.is_subset_of(&b) && a.intersects(&b));
            assert_eq!(b.count(), 2);
        }
    }
}
