//! Times: seconds since 1970-01-01T00:00:00Z, and how people read them.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use scopa::{Clock, SystemClock};

use crate::outcome::Failure;

/// A clock that stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At(pub(crate) u64);

impl Clock for At {
    fn now(&self) -> u64 {
        self.0
    }
}

/// Returns the time of the machine.
pub(crate) fn now() -> u64 {
    SystemClock.now()
}

/// Returns a time as ISO 8601, such as `2026-11-27T12:00:00Z`, if it is one before the year 10000.
pub(crate) fn iso(seconds: u64) -> Option<String> {
    let time = Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(time.to_string())
}

/// Reads a time: seconds, or ISO 8601 with a zone.
pub(crate) fn read(text: &str) -> Result<u64, Failure> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let time = text.parse::<Timestamp>().ok().and_then(|time| u64::try_from(time.as_second()).ok());
    time.ok_or_else(|| {
        Failure::new(format!(
            "`{}` is no time; use 2026-11-27T12:00:00Z, or seconds since 1970",
            crate::plain::text(text)
        ))
    })
}

/// Reads a span: seconds, or with a unit: `90s`, `15m`, `1h`, `30d`.
pub(crate) fn span(text: &str) -> Result<Duration, Failure> {
    let wrong = || {
        Failure::new(format!(
            "`{}` is no span of time; use 3600, 90s, 15m, 1h or 30d",
            crate::plain::text(text)
        ))
    };
    if let Ok(seconds) = text.parse() {
        return Ok(Duration::from_secs(seconds));
    }
    // Days are no unit of jiff's plain durations: they are 24 hours only where no clock is put back.
    if let Some(days) = text.strip_suffix('d') {
        let days: u64 = days.parse().map_err(|_| wrong())?;
        return days.checked_mul(86_400).map(Duration::from_secs).ok_or_else(wrong);
    }
    let span: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(span).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_are_written() {
        assert_eq!(iso(1_795_780_800).as_deref(), Some("2026-11-27T12:00:00Z"));
        assert_eq!(iso(u64::MAX), None);
        for (text, seconds) in [
            ("1795780800", Some(1_795_780_800)),
            ("2026-11-27T12:00:00Z", Some(1_795_780_800)),
            ("2026-11-27T13:00:00+01:00", Some(1_795_780_800)),
            ("1969-12-31T23:59:59Z", None),
            ("2026-11-27T12:00:00", None),
            ("noon", None),
            ("-1", None),
        ] {
            assert_eq!(read(text).ok(), seconds, "{text}");
        }
    }

    #[test]
    fn a_span_may_have_a_unit() {
        for (text, seconds) in [
            ("3600", Some(3600)),
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("1h", Some(3600)),
            ("1h 30m", Some(5400)),
            ("30d", Some(2_592_000)),
            ("-1h", None),
            ("soon", None),
            ("", None),
            ("300000000000000d", None),
        ] {
            assert_eq!(span(text).ok().map(|span| span.as_secs()), seconds, "{text}");
        }
    }
}
