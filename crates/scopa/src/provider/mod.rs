//! Presets for identity providers: how each writes its issuer, audience, scopes, permissions and client.
//!
//! A preset is the start of a validator. Where its keys come from and what your scopes mean is added to it, and
//! whatever else the builder offers:
//!
//! ```
//! use scopa::{Hierarchy, provider};
//!
//! # let http = scopa_testing::TestProvider::new();
//! # let hierarchy = Hierarchy::builder().scopes(["crashes:read"]).build()?;
//! let validator = provider::auth0("acme.eu.auth0.com", "https://api.example.com")
//!     .discover(http) // an `HttpClient`
//!     .hierarchy(hierarchy)
//!     .build()?;
//!
//! let error = provider::auth0("https://acme.eu.auth0.com/", "https://api.example.com").build().unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "auth0: `https://acme.eu.auth0.com/` is a URL; give the domain alone, such as `acme.eu.auth0.com`"
//! );
//! # Ok::<(), scopa::ConfigError>(())
//! ```
//!
//! | provider | preset | issuer | scopes | permissions | client | audience |
//! |---|---|---|---|---|---|---|
//! | Auth0 | [`auth0`](fn@auth0) | `https://{domain}/` | `scope` | `permissions` | `client_id`, else `azp` | the API's identifier |
//! | Keycloak | [`keycloak`](fn@keycloak) | `https://{host}/realms/{realm}` | `scope` | `realm_access.roles` | `azp` | a client of the realm |
//! | Entra ID | [`entra`](fn@entra) | `https://login.microsoftonline.com/{tenant}/v2.0` | `scp` | `roles` | `azp` | the API's GUID |
//! | Entra ID, v1 tokens | [`entra_v1`] | `https://sts.windows.net/{tenant}/` | `scp` | `roles` | `appid` | the API's URI or GUID |
//! | Okta | [`okta`](fn@okta) | `https://{domain}/oauth2/{server}` | `scp` | none | `cid` | of the server |
//! | Cognito | [`cognito`](fn@cognito) | `https://cognito-idp.{region}.amazonaws.com/{pool}` | `scope` | `cognito:groups` | `client_id`, of a list | none |
//! | Google, ID tokens | [`google`](fn@google) | `https://accounts.google.com` | none | none | `azp` | client or service |
//! | Firebase | [`firebase`] | `https://securetoken.google.com/{project}` | none | none | none | the project |
//! | Zitadel | [`zitadel`](fn@zitadel) | `https://{domain}` | none | roles of the project | `client_id`, else `azp` | the project |
//! | authentik | [`authentik`](fn@authentik) | `https://{host}/application/o/{slug}/` | none | none | `azp`, that of the audience | the client |
//! | Ory | [`ory`](fn@ory) | as configured | `scp` | none | `client_id` | as asked for |
//! | Kinde | [`kinde`](fn@kinde) | `https://{domain}` | `scp` | `permissions` | `azp` | the API's identifier |
//! | Clerk | [`clerk`](fn@clerk) | `https://{host}` | none | none | `azp`, of a list | none |
//! | Supabase | [`supabase`](fn@supabase) | `https://{project}.supabase.co/auth/v1` | none | none | none | `authenticated` |
//!
//! Roles, groups and the like are permissions, never scopes: declare those that you ask for
//! ([`HierarchyBuilder::permissions`](crate::HierarchyBuilder::permissions)), and ask by
//! [`Policy::permission`](crate::Policy::permission).
//!
//! What a preset says of claims, clients and algorithms can be said again after it; the last word counts. Scopes are
//! read from one claim, never from two. The issuer is compared byte for byte.
//!
//! The presets follow the documentation of the providers, and their sources where these are public, as of August 2026.
//! **No live provider was contacted.** Where that left a point open, the function says *not confirmed against a live
//! tenant*: try it before you rely on it. Keys are found by discovery, so that no address of a key set is assumed.

mod argument;
mod auth0;
mod authentik;
mod clerk;
mod cognito;
mod entra;
mod google;
mod keycloak;
mod kinde;
mod okta;
mod ory;
mod supabase;
mod zitadel;

pub use auth0::auth0;
pub use authentik::authentik;
pub use clerk::clerk;
pub use cognito::cognito;
pub use entra::{entra, entra_v1};
pub use google::{firebase, google};
pub use keycloak::keycloak;
pub use kinde::kinde;
pub use okta::okta;
pub use ory::ory;
pub use supabase::supabase;
pub use zitadel::zitadel;
