use std::error::Error;
use std::fmt;

/// A store that cannot answer: nobody knows, so the caller is told 503, never that something is wrong with it.
///
/// ```
/// use scopa_issuer::StoreError;
///
/// let error = StoreError::new(std::io::Error::other("disk full"));
/// assert_eq!(error.to_string(), "the store cannot answer: disk full");
/// ```
#[derive(Debug)]
pub struct StoreError {
    source: Box<dyn Error + Send + Sync>,
}

impl StoreError {
    /// Makes one out of whatever the database says.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: source.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store cannot answer: {}", self.source)
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
