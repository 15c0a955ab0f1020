use std::str;

use scopa::RevokeError;

/// What an entry is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Token,
    Subject,
    Client,
}

impl Kind {
    /// Writes the key for a name of an issuer. No two names share one: the length says where the issuer ends, and all
    /// before it is ours.
    pub(crate) fn key(self, prefix: &str, issuer: &str, name: &str) -> String {
        let kind = match self {
            Self::Token => "jti",
            Self::Subject => "sub",
            Self::Client => "client",
        };
        format!("{prefix}{kind}:{}:{issuer}:{name}", issuer.len())
    }
}

/// The value of an entry: which tokens it refuses, and until when there can be any. In seconds since
/// 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) issued_until: u64,
    pub(crate) ends_at: u64,
}

impl Entry {
    /// Refuses one token, which is good until `expires_at`.
    pub(crate) fn token(expires_at: u64) -> Result<Self, RevokeError> {
        Ok(Self { issued_until: LAST_SECOND, ends_at: end(expires_at, 0)? })
    }

    /// Refuses the tokens of a holder that were issued by then. They live `longest_life` seconds at most.
    pub(crate) fn holder(issued_until: u64, longest_life: u64) -> Result<Self, RevokeError> {
        Ok(Self { issued_until, ends_at: end(issued_until, longest_life)? })
    }

    /// Reads what [`REVOKE`] wrote.
    pub(crate) fn parse(value: &[u8]) -> Option<Self> {
        let (issued_until, ends_at) = str::from_utf8(value).ok()?.split_once(':')?;
        Some(Self { issued_until: issued_until.parse().ok()?, ends_at: ends_at.parse().ok()? })
    }

    /// Tells whether a token of this issue is refused. One that does not say when it was issued is.
    pub(crate) fn refuses(self, issued_at: Option<u64>) -> bool {
        issued_at.is_none_or(|issued_at| issued_at <= self.issued_until)
    }
}

/// Returns the time from which no token that is meant can still be good: `life` after `time`.
fn end(time: u64, life: u64) -> Result<u64, RevokeError> {
    if time > LAST_SECOND {
        return Err(RevokeError::NotSeconds(time));
    }
    Ok(time.saturating_add(life).min(LAST_SECOND).saturating_add(MOST_LEEWAY))
}

/// Writes an entry, or widens the one that is there, so that the later of both times stays whoever comes first.
///
/// Redis carries out a script as one step. An end that is past deletes the key.
pub(crate) const REVOKE: &str = "\
local issued_until, ends_at = ARGV[1], ARGV[2]
local known = redis.call('GET', KEYS[1])
if known then
  local until_then, end_then = string.match(known, '^(%d+):(%d+)$')
  if until_then and tonumber(until_then) > tonumber(issued_until) then issued_until = until_then end
  if end_then and tonumber(end_then) > tonumber(ends_at) then ends_at = end_then end
end
redis.call('SET', KEYS[1], issued_until .. ':' .. ends_at)
redis.call('EXPIREAT', KEYS[1], ends_at)
return 1
";

/// A validator accepts a token this many seconds past its end, if it is told to.
const MOST_LEEWAY: u64 = 300;

/// 9999-12-31T23:59:59Z, as in `scopa`: no token is issued later, or good for longer.
const LAST_SECOND: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_names_share_a_key() {
        let texts =
            ["", "a", "b", "a:b", ":", "::", "1:a", "3:a:b", "a:1:b", "sub", "jti:1", "é", "\0", "\n"];
        let mut keys = HashSet::new();
        for kind in [Kind::Token, Kind::Subject, Kind::Client] {
            for issuer in texts {
                for name in texts {
                    let key = kind.key("scopa:revoked:", issuer, name);
                    assert!(keys.insert(key.clone()), "{key} stands for two");
                }
            }
        }
    }

    #[test]
    fn a_key_can_be_read_by_an_operator() {
        let key = Kind::Subject.key("scopa:revoked:", "https://id.example.com", "user-1");
        assert_eq!(key, "scopa:revoked:sub:22:https://id.example.com:user-1");
    }

    #[test]
    fn an_entry_ends_when_the_last_token_it_refuses_cannot_be_good_any_more() {
        assert_eq!(Entry::token(1000).unwrap().ends_at, 1300);
        let holder = Entry::holder(1000, 3600).unwrap();
        assert_eq!(holder, Entry { issued_until: 1000, ends_at: 4900 });
        assert!(holder.refuses(Some(1000)));
        assert!(!holder.refuses(Some(1001)));
        assert!(holder.refuses(None));
        assert!(Entry::token(1000).unwrap().refuses(Some(LAST_SECOND)));
    }

    #[test]
    fn times_are_seconds_that_redis_can_count() {
        for time in [LAST_SECOND + 1, u64::MAX] {
            assert!(matches!(Entry::token(time), Err(RevokeError::NotSeconds(_))));
            assert!(matches!(Entry::holder(time, 1), Err(RevokeError::NotSeconds(_))));
        }
        assert_eq!(Entry::holder(LAST_SECOND, u64::MAX).unwrap().ends_at, LAST_SECOND + 300);
    }

    #[test]
    fn only_what_was_written_is_read() {
        assert_eq!(Entry::parse(b"7:9"), Some(Entry { issued_until: 7, ends_at: 9 }));
        for value in ["", "7", ":", "7:", ":9", "7:9:1", "-7:9", "7: 9", "7:x", "99999999999999999999:1"] {
            assert_eq!(Entry::parse(value.as_bytes()), None, "{value}");
        }
        assert_eq!(Entry::parse(b"\xff:9"), None);
    }
}
