//! What callers of an axum service are answered.

#[cfg(test)]
mod cors;
#[cfg(test)]
mod extractor;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod optional;
#[cfg(test)]
mod path;
#[cfg(test)]
mod public;
#[cfg(test)]
mod rejection;
#[cfg(test)]
mod routing;
#[cfg(test)]
mod validators;
