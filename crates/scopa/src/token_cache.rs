use crate::ConfigError;

/// How a [`Validator`](crate::Validator) remembers the tokens that it has verified, so that a token that comes again
/// costs a look-up instead of a signature check. On by default.
///
/// Facts are remembered, never decisions: each request is judged by its own policy. A remembered token is found by its
/// whole text, compared in constant time, and is good no longer than it would be without: until its `exp`, until its key
/// leaves the issuer's set or the set itself is too old, until it is revoked. Only tokens that were accepted are
/// remembered, and no more of them than the bounds say; among many that come once, those that come again stay.
///
/// ```
/// use scopa::{TokenCache, Validator};
///
/// # let keys = scopa_testing::TestIssuer::new().keys();
/// let validator = Validator::builder("https://id.example.com", "https://api.example.com")
///     .keys(keys)
///     .token_cache(TokenCache::new().entries(100_000).bytes(128 * 1024 * 1024))
///     .build()?;
/// # Ok::<(), scopa::ConfigError>(())
/// ```
///
/// # Security
/// A token is in memory at least for as long as it is remembered or its [`Access`](crate::Access) is kept, where a core
/// dump or a debugger finds it; nothing wipes it. [`digests`](Self::digests) keeps no token, for about the cost of one
/// SHA-256 for each request.
#[derive(Debug, Clone)]
pub struct TokenCache {
    pub(crate) mark: Mark,
    pub(crate) entries: usize,
    pub(crate) bytes: usize,
}

/// What is kept of a token, so that it is found again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Nothing,
    Token,
    Digest,
}

impl TokenCache {
    /// Remembers 10,000 tokens in at most 16 MiB: about 14 MiB for tokens of 850 bytes.
    pub fn new() -> Self {
        Self { mark: Mark::Token, entries: DEFAULT_ENTRIES, bytes: DEFAULT_BYTES }
    }

    /// Remembers nothing: each token is verified each time.
    ///
    /// ```
    /// # let issuer = scopa_testing::TestIssuer::new();
    /// let validator = issuer.validator().token_cache(scopa::TokenCache::off()).build()?;
    /// # Ok::<(), scopa::ConfigError>(())
    /// ```
    pub fn off() -> Self {
        Self { mark: Mark::Nothing, ..Self::new() }
    }

    /// Sets how many tokens are remembered at most, 1 to 2^30.
    ///
    /// Room for their places, some 30 bytes for each, is taken when the validator is built.
    pub fn entries(self, most: usize) -> Self {
        Self { entries: most, ..self }
    }

    /// Sets how many bytes remembered tokens take at most, with what was read from them; at least 64 KiB.
    ///
    /// A token that takes more than an eighth of it is not remembered. From 1 MiB on, hot tokens have copies for each
    /// thread, at most 1 MiB beside it.
    pub fn bytes(self, most: usize) -> Self {
        Self { bytes: most, ..self }
    }

    /// Keeps SHA-256 digests of tokens instead of the tokens, for services that must not have tokens in memory.
    ///
    /// The claims are kept all the same. `docs/performance.md` has the cost.
    pub fn digests(self) -> Self {
        match self.mark {
            Mark::Nothing => self,
            _ => Self { mark: Mark::Digest, ..self },
        }
    }

    pub(crate) fn checked(self) -> Result<Self, ConfigError> {
        let problem = |text: String| Err(ConfigError::new("token_cache", text));
        match self {
            Self { mark: Mark::Nothing, .. } => Ok(self),
            Self { entries: 0, .. } => {
                problem("of no entries; use `TokenCache::off()` if that is meant".into())
            }
            Self { entries, .. } if entries > MOST_ENTRIES => {
                problem(format!("of {entries} entries; use at most {MOST_ENTRIES}"))
            }
            Self { bytes, .. } if bytes < LEAST_BYTES => {
                problem(format!("of {bytes} bytes has no room for a long token; use at least {LEAST_BYTES}"))
            }
            _ => Ok(self),
        }
    }
}

impl Default for TokenCache {
    fn default() -> Self {
        Self::new()
    }
}

const DEFAULT_ENTRIES: usize = 10_000;
const DEFAULT_BYTES: usize = 16 * 1024 * 1024;
const MOST_ENTRIES: usize = 1 << 30;
const LEAST_BYTES: usize = 64 * 1024;
