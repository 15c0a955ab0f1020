//! Revokes access tokens before their end, for services on many machines: the list of revocations on Redis.
//!
//! [`RedisRevocationList`] does what `scopa::RevocationList` does for one process, with methods of the same names that
//! are waited for. Each token that is accepted otherwise costs one round trip. What happens to it while Redis is away
//! is yours to say, with [`WhenAway`].
//!
//! ```
//! use std::time::Duration;
//! use scopa::{Revocation, Revoked};
//! use scopa_redis::{RedisRevocationList, WhenAway};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! # let issuer = scopa_testing::TestIssuer::new();
//! # let bearer = issuer.token().bearer();
//! # let access = issuer.validator().build()?.authenticate([bearer.as_bytes()]).await?;
//! # let redis = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
//! # let url = format!("redis://{redis}");
//! // No token lives longer than an hour. Nothing is connected yet, and Redis need not be there.
//! let list = RedisRevocationList::new(&url, WhenAway::Refuse, Duration::from_secs(3600))?;
//!
//! // There is no Redis: nobody knows, and the caller is told to come again (503).
//! let Revoked::Later(answer) = list.revoked(&access) else { panic!("a round trip takes time") };
//! assert!(answer.await.is_err());
//! assert!(list.revoke_token(&access).await.is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The connection
//!
//! One connection carries all that is asked at the same time. It is made when it is first needed, and made anew when
//! it breaks or an answer is late; while that fails it is tried once a second and not for each request. It belongs to
//! a thread of its own and to no runtime of the service: actix-web has a runtime for each worker, and with a worker
//! would go what it connected. So the answers can be waited for anywhere.
//!
//! # In Redis
//!
//! One server of Redis or Valkey, or several behind one name; not a cluster. An entry is one key,
//! `scopa:revoked:sub:22:https://id.example.com:user-1`: what it is about (`jti`, `sub` or `client`), the length of the
//! issuer, the issuer and the name. Its value is `issued_until:ends_at`, and it expires at `ends_at`, when no token
//! that it refuses can still be good. Commands: `MGET` to check; `EVAL`, with `GET`, `SET` and `EXPIREAT` in it, to
//! revoke.
//!
//! # Security
//! Whoever can write to this Redis can lock callers out, and let revoked ones in: give it a password, and TLS where
//! the way is not yours. Its `maxmemory-policy` must be `noeviction`, or it forgets revocations when memory is short;
//! without persistence it forgets them at a restart.
//!
//! # Features
//!
//! `aws-lc-rs` (default) or `rust-crypto` chooses who checks signatures, as in `scopa`. `tls` adds addresses with
//! `rediss`. `redis-server-tests` is for the tests of this crate.

mod entry;
mod link;
mod list;
mod when_away;

pub use list::RedisRevocationList;
pub use when_away::WhenAway;
