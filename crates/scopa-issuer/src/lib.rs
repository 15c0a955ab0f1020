//! Gives out OAuth 2.0 access tokens, as middleware: an authorization server (RFC 6749) that a service mounts.
//!
//! Client credentials, authorization code with PKCE, refresh with rotation, introspection, revocation, metadata. No framework, no
//! sockets, no runtime: [`Issuer::respond`] takes a request and gives an answer, and the adapters of scopa mount it
//! (feature `issuer` of `scopa-tower`, `scopa-axum` and `scopa-actix`).
//!
//! | you want to | look at |
//! |---|---|
//! | give out tokens | [`Issuer`], [`IssuerBuilder`] |
//! | say who may ask for them, and for which | [`Clients`], [`ClientDraft`] |
//! | let people sign in and consent | [`Login`], [`is_from_own_page`] |
//! | sign them, and change the key | [`SigningKey`], [`SigningKeys`], [`TokenShape`] |
//! | keep records | [`Store`], [`MemoryStore`], the crate `scopa-issuer-sqlx` |
//! | have one for local work and tests | [`DevIssuer`] |

mod client;
#[cfg(feature = "conformance")]
pub mod conformance;
mod crypto;
mod endpoints;
mod error;
mod store;

mod json;
mod key;
mod key_file;
mod token;

mod authenticate;
mod param;

mod answer;
mod caller;
mod login;
mod scope;

mod own_keys;
mod own_page;

mod inner;
mod issue;

mod endpoint;

mod build;
mod issuer;

mod issued_token;
mod local;
mod revocation;

mod incoming;
#[cfg(feature = "tower")]
mod tower;

mod dev;

pub use build::IssuerBuilder;
pub use caller::CallerAddress;
pub use client::{
    Client, ClientDraft, ClientError, ClientSecret, Clients, GrantType, SecretRecord, TokenFormat,
};
pub use crypto::DigestKey;
pub use dev::DevIssuer;
pub use endpoints::Endpoints;
pub use issued_token::IssuedToken;
pub use issuer::Issuer;
pub use key::{SigningKey, SigningKeys};
pub use login::{Approval, AuthorizationRequest, Decision, Login};
pub use own_page::is_from_own_page;
pub use store::{AccessToken, Code, Digest, Grant, MemoryStore, Store, StoreError};
pub use token::TokenShape;
