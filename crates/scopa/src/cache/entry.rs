/// What the table keeps of a verified token.
///
/// Nothing of it changes as long as it is in the table.
pub(crate) trait Entry: Send + Sync + 'static {
    /// Returns the whole token, or its digest where tokens may not be kept: what [`Table::get`](super::table::Table::get)
    /// is asked with.
    fn token(&self) -> &[u8];

    /// Returns how many bytes of memory it takes, all in.
    fn weight(&self) -> usize;

    /// Returns the time from which it is of no use, in seconds since 1970-01-01T00:00:00Z.
    fn ends_at(&self) -> u64;

    /// Makes an entry of the same facts in memory of its own, for one thread's use. It may share the text.
    fn replica(&self) -> Self;

    /// Tells whether both are of one verification: the same entry, or one a replica of the other.
    fn is(&self, other: &Self) -> bool;
}
