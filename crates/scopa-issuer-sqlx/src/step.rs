use scopa_issuer::Digest;

/// A statement and what stands for `$1`, `$2` and so on.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) sql: &'static str,
    pub(crate) values: &'a [Value<'a>],
}

/// Something that is kept in a column.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    MaybeText(Option<&'a str>),
    Digest(&'a Digest),
    Number(i64),
}

impl Step<'_> {
    /// Tells whether a text has a zero character, which PostgreSQL cannot keep: so nothing that it keeps is like it.
    #[cfg(feature = "postgres")]
    pub(crate) fn has_zero(&self) -> bool {
        self.values.iter().any(|value| match value {
            Value::Text(text) | Value::MaybeText(Some(text)) => text.contains('\0'),
            _ => false,
        })
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(text: Option<&'a str>) -> Self {
        Self::MaybeText(text)
    }
}

impl<'a> From<&'a Digest> for Value<'a> {
    fn from(digest: &'a Digest) -> Self {
        Self::Digest(digest)
    }
}

/// What is larger than a database can tell is as good as for ever.
impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
