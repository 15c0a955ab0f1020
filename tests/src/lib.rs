//! One service on three frameworks, for requests that mean harm and for those that do not.
//!
//! What the routes are and what each asks for is written once ([`routes()`], [`more_routes`]); how a framework
//! offers them is a [`Mount`]: [`OnTower`], [`OnAxum`] and [`OnActix`]. The programs `target-tower`, `target-axum`
//! and `target-actix` serve them for keys that an identity provider publishes.

mod issuing;
mod mount;
mod on_actix;
mod on_axum;
mod on_tower;
mod routes;
mod target;

pub use issuing::{M2M_SECRET, WEB_SECRET, issuer};
pub use mount::{Judge, Mount};
pub use on_actix::OnActix;
pub use on_axum::OnAxum;
pub use on_tower::OnTower;
pub use routes::{
    Admin, Alpha, Api, ApiV1, Auditor, Beta, Doors, Read, Seat, Symbols, Team, Write, hierarchy, levels,
    more_routes, opaque_route, routes,
};
pub use target::{ALGORITHMS, Target};

/// The code in docs/guide/scopes.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/scopes.md")]
pub struct ScopesGuide;

/// The code in docs/guide/errors.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/errors.md")]
pub struct ErrorsGuide;

/// The code in docs/guide/attaching.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/attaching.md")]
pub struct AttachingGuide;

/// The code in docs/guide/opaque-tokens.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/opaque-tokens.md")]
pub struct OpaqueTokensGuide;

/// The code in docs/guide/issuers.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/issuers.md")]
pub struct IssuersGuide;

/// The code in docs/guide/issuing.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/issuing.md")]
pub struct IssuingGuide;

/// The code in docs/guide/testing.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/testing.md")]
pub struct TestingGuide;

/// The code in docs/guide/providers.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/providers.md")]
pub struct ProvidersGuide;

/// The code in docs/guide/remembered-tokens.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/remembered-tokens.md")]
pub struct RememberedTokensGuide;

/// The code in docs/guide/revocation.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/revocation.md")]
pub struct RevocationGuide;

/// The code in docs/guide/outages.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/outages.md")]
pub struct OutagesGuide;

/// The code in docs/guide/clients.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/clients.md")]
pub struct ClientsGuide;

/// The code in docs/reliability.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/reliability.md")]
pub struct Reliability;

/// The code in README.md.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The code in docs/guide/key-rotation.md.
#[cfg(doctest)]
#[doc = include_str!("../../docs/guide/key-rotation.md")]
pub struct KeyRotationGuide;
