//! Access tokens and refresh tokens: what stands in them, and how they are made.

mod claims;
mod mint;
pub(crate) mod opaque;
mod refresh;
mod shape;
pub(crate) mod token_id;

pub(crate) use claims::TokenClaims;
pub(crate) use mint::Mint;
pub(crate) use refresh::RefreshToken;
pub use shape::TokenShape;

#[cfg(test)]
mod tests;
