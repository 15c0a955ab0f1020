use std::time::Instant;

/// Numbers that were measured, one for each round.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Adds the number of the next round.
    pub fn push(&mut self, number: f64) {
        self.0.push(number);
    }

    /// Returns the numbers in the order of the rounds.
    pub fn rounds(&self) -> &[f64] {
        &self.0
    }

    /// Returns the one in the middle; NaN if there is none.
    ///
    /// ```
    /// let samples: measure::Samples = [3.0, 1.0, 100.0, 2.0].into_iter().collect();
    /// assert_eq!((samples.median(), samples.minimum()), (2.5, 1.0));
    /// ```
    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => f64::NAN,
            odd if odd % 2 == 1 => sorted[middle],
            _ => (sorted[middle - 1] + sorted[middle]) / 2.0,
        }
    }

    /// Returns the least; NaN if there is none.
    pub fn minimum(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::min)
    }

    /// Combines the numbers of the same rounds of two series.
    ///
    /// ```
    /// let with: measure::Samples = [30.0, 35.0].into_iter().collect();
    /// let without: measure::Samples = [10.0, 10.0].into_iter().collect();
    /// assert_eq!(with.zip(&without, |with, without| with - without).rounds(), [20.0, 25.0]);
    /// ```
    pub fn zip(&self, other: &Self, combine: impl Fn(f64, f64) -> f64) -> Self {
        self.0.iter().zip(&other.0).map(|(one, other)| combine(*one, *other)).collect()
    }
}

impl FromIterator<f64> for Samples {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        Self(numbers.into_iter().collect())
    }
}

/// Returns the median over the rounds of the ratios within each round: what slows a whole round down cancels out.
///
/// ```
/// let one: measure::Samples = [20.0, 40.0, 10.0].into_iter().collect();
/// let other: measure::Samples = [10.0, 20.0, 5.0].into_iter().collect();
/// assert_eq!(measure::median_ratio(&one, &other), 2.0);
/// ```
pub fn median_ratio(one: &Samples, other: &Samples) -> f64 {
    one.zip(other, |one, other| one / other).median()
}

/// Returns the median over the rounds of the differences within each round.
pub fn median_difference(one: &Samples, other: &Samples) -> f64 {
    one.zip(other, |one, other| one - other).median()
}

/// Returns how many nanoseconds the closure took.
pub fn time(what: impl FnOnce()) -> f64 {
    let start = Instant::now();
    what();
    start.elapsed().as_nanos() as f64
}
