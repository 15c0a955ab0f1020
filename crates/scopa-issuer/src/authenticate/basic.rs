use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::param::decode;

/// The client and the secret out of an `Authorization` field with the scheme `Basic` (RFC 7617 §2).
pub(super) struct Basic {
    pub(super) id: String,
    /// The secret as it stands there, and decoded, if that is something else.
    pub(super) readings: Vec<Zeroizing<Vec<u8>>>,
}

impl Basic {
    /// Reads the base64 text.
    ///
    /// RFC 6749 §2.3.1 has id and secret form-encoded first, and many clients leave that out. An id has no character that
    /// the one would write differently (`check_id`), so it is decoded, if it can be; of the secret, either reading may be right.
    pub(super) fn parse(encoded: &[u8]) -> Option<Self> {
        let decoded = Zeroizing::new(STANDARD.decode(encoded).ok()?);
        let at = decoded.iter().position(|byte| *byte == b':')?;
        let (id, secret) = decoded.split_at_checked(at)?;
        let secret = secret.strip_prefix(b":")?;
        let id = decode(id).or_else(|| String::from_utf8(id.to_vec()).ok())?;

        let mut readings = vec![Zeroizing::new(secret.to_vec())];
        readings.extend(
            decode(secret)
                .map(|reading| Zeroizing::new(reading.into_bytes()))
                .filter(|reading| **reading != secret),
        );
        Some(Self { id, readings })
    }
}

/// Returns what follows the scheme `Basic`, which is matched without regard to case (RFC 9110 §11.1).
///
/// An empty field is none: there are clients that write one before they have anything to put into it. Another scheme is not
/// a way for clients to authenticate; some send an access token along wherever they go.
pub(super) fn credentials(field: &[u8]) -> Option<&[u8]> {
    let field = field.trim_ascii();
    let end = field.iter().position(|byte| *byte == b' ').unwrap_or(field.len());
    let (scheme, rest) = field.split_at_checked(end)?;
    scheme.eq_ignore_ascii_case(b"basic").then_some(rest.trim_ascii_start())
}
