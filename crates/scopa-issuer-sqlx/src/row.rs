use std::fmt;

use scopa_issuer::{Digest, StoreError};

/// What one row holds, in the order of the columns that were asked for.
pub(crate) struct Row(std::vec::IntoIter<Cell>);

pub(crate) enum Cell {
    Null,
    Text(String),
    Bytes(Vec<u8>),
    Number(i64),
}

impl Row {
    pub(crate) fn new(cells: Vec<Cell>) -> Self {
        Self(cells.into_iter())
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        match self.0.next() {
            Some(Cell::Text(text)) => Ok(text),
            _ => Err(unexpected("no text")),
        }
    }

    pub(crate) fn maybe_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.0.next() {
            Some(Cell::Text(text)) => Ok(Some(text)),
            Some(Cell::Null) => Ok(None),
            _ => Err(unexpected("no text")),
        }
    }

    pub(crate) fn digest(&mut self) -> Result<Digest, StoreError> {
        match self.0.next() {
            Some(Cell::Bytes(bytes)) => {
                let bytes = <[u8; 32]>::try_from(bytes).map_err(|_| unexpected("no digest"))?;
                Ok(Digest::from(bytes))
            }
            _ => Err(unexpected("no digest")),
        }
    }

    pub(crate) fn number(&mut self) -> Result<u64, StoreError> {
        match self.0.next() {
            Some(Cell::Number(number)) => u64::try_from(number).map_err(|_| unexpected("a negative number")),
            _ => Err(unexpected("no number")),
        }
    }
}

/// Somebody else wrote to the tables.
pub(crate) fn unexpected(what: impl fmt::Display) -> StoreError {
    StoreError::new(format!("a table holds what no issuer writes: {what}"))
}
