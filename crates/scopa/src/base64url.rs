use base64_simd::{AsOut, URL_SAFE_NO_PAD};

/// Bytes that were base64url: up to `N` of them in place, more on the heap.
pub(crate) struct Decoded<const N: usize> {
    short: [u8; N],
    length: usize,
    long: Vec<u8>,
}

impl<const N: usize> Decoded<N> {
    pub(crate) fn empty() -> Self {
        Self { short: [0; N], length: 0, long: Vec::new() }
    }

    /// Decodes base64url in its canonical form: no padding, no white space, no stray bits at the end (RFC 7515 §2,
    /// RFC 4648 §3.5), so that the same bytes are never spelled in two ways. Forgets what was there before.
    pub(crate) fn read(&mut self, part: &str) -> Option<&[u8]> {
        let length = part.len() / 4 * 3 + 2;
        self.length = 0;
        self.long.clear();
        if length <= N {
            self.length =
                URL_SAFE_NO_PAD.decode(part.as_bytes(), self.short.as_mut_slice().as_out()).ok()?.len();
        } else {
            self.long = decode(part)?;
        }
        Some(self.bytes())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        if self.long.is_empty() { self.short.get(..self.length).unwrap_or_default() } else { &self.long }
    }
}

/// Encodes a SHA-256 digest.
pub(crate) fn encoded_digest(digest: &[u8; 32]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(digest)
}

/// Decodes as [`Decoded::read`] does, onto the heap.
pub(crate) fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(part.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose;

    use super::*;

    #[test]
    fn both_ways_decode_what_an_independent_decoder_does() {
        let mut decoded = Decoded::<64>::empty();
        for length in 0..200u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(37) ^ length).collect();
            let text = general_purpose::URL_SAFE_NO_PAD.encode(&bytes);
            assert_eq!(decoded.read(&text), Some(bytes.as_slice()), "{length}");
            assert_eq!(decode(&text), Some(bytes), "{length}");
        }
    }

    #[test]
    fn long_texts_are_decoded_on_either_side_of_the_bound() {
        let mut decoded = Decoded::<1536>::empty();
        for length in (1500..1600).chain([4000, 12_288]) {
            let bytes: Vec<u8> = (0..length).map(|n| (n * 37) as u8).collect();
            let text = general_purpose::URL_SAFE_NO_PAD.encode(&bytes);
            assert_eq!(decoded.read(&text), Some(bytes.as_slice()), "{length}");
            for at in [0, text.len() / 2, text.len() - 40, text.len() - 1] {
                let mut bad = text.clone();
                bad.replace_range(at..=at, "=");
                assert_eq!(decoded.read(&bad), None, "{length} {at}");
                assert_eq!(decoded.bytes(), b"");
            }
        }
    }

    #[test]
    fn every_character_at_every_place_is_judged_as_an_independent_decoder_does() {
        let mut decoded = Decoded::<64>::empty();
        for length in [2, 3, 4, 5, 43, 64, 86, 128] {
            for at in 0..length {
                for character in 0..128u8 {
                    let mut text = vec![b'A'; length];
                    text[at] = character;
                    let text = String::from_utf8(text).unwrap();
                    let expected = general_purpose::URL_SAFE_NO_PAD.decode(&text).ok();
                    assert_eq!(decoded.read(&text).map(<[u8]>::to_vec), expected, "{text:?}");
                    assert_eq!(decode(&text), expected, "{text:?}");
                }
            }
        }
    }
}
