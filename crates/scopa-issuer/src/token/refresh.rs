use std::fmt;

use base64_simd::{AsOut as _, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::crypto::{DigestKey, RandomError, random, same};
use crate::store::Digest;

/// A refresh token, which carries its own proof: no store keeps it.
///
/// Its text is base64url of 68 bytes: the id of its grant (16), its generation (4, big-endian), a random part that all tokens of
/// the grant share (32), and a code over these that only the issuer can make (16).
pub(crate) struct RefreshToken {
    grant: [u8; GRANT],
    generation: u32,
    seed: Zeroizing<[u8; SEED]>,
}

impl RefreshToken {
    /// Makes the first one of a grant; `None` if its id is none of [`token_id`](super::token_id).
    pub(crate) fn start(grant_id: &str) -> Result<Option<Self>, RandomError> {
        // The length is checked first: what is decoded has room.
        if grant_id.len() != URL_SAFE_NO_PAD.encoded_length(GRANT) {
            return Ok(None);
        }
        let mut grant = [0; GRANT];
        if URL_SAFE_NO_PAD.decode(grant_id.as_bytes(), grant.as_mut_slice().as_out()).is_err() {
            return Ok(None);
        }
        Ok(Some(Self { grant, generation: 0, seed: Zeroizing::new(random()?) }))
    }

    /// Reads one; `None` unless this very text was made under the key.
    pub(crate) fn parse(key: &DigestKey, text: &str) -> Option<Self> {
        // The length is checked first: what is decoded has room, and no second spelling.
        if text.len() != URL_SAFE_NO_PAD.encoded_length(LENGTH) {
            return None;
        }
        let mut bytes = Zeroizing::new([0; LENGTH]);
        URL_SAFE_NO_PAD.decode(text.as_bytes(), bytes.as_mut_slice().as_out()).ok()?;
        let (grant, rest) = bytes.split_first_chunk::<GRANT>()?;
        let (generation, rest) = rest.split_first_chunk::<4>()?;
        let (seed, code) = rest.split_first_chunk::<SEED>()?;
        let token =
            Self { grant: *grant, generation: u32::from_be_bytes(*generation), seed: Zeroizing::new(*seed) };
        same(&token.code(key), code).then_some(token)
    }

    /// Returns the one that comes after it: always the same. `None` after four thousand million.
    pub(crate) fn next(&self) -> Option<Self> {
        let generation = self.generation.checked_add(1)?;
        Some(Self { grant: self.grant, generation, seed: self.seed.clone() })
    }

    /// Returns the text for the client.
    pub(crate) fn text(&self, key: &DigestKey) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(LENGTH));
        bytes.extend_from_slice(&self.grant);
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(self.seed.as_slice());
        bytes.extend_from_slice(&self.code(key));
        Zeroizing::new(URL_SAFE_NO_PAD.encode_to_string(bytes.as_slice()))
    }

    /// Returns the id of its grant.
    pub(crate) fn grant_id(&self) -> String {
        URL_SAFE_NO_PAD.encode_to_string(self.grant)
    }

    /// Returns how many came before it.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.into()
    }

    /// Returns what the store knows of the part that all tokens of the grant share.
    pub(crate) fn seed_digest(&self, key: &DigestKey) -> Digest {
        key.digest("refresh seed", self.seed.as_slice())
    }

    /// HMAC-SHA-256, cut to 128 bits (RFC 2104 §5).
    fn code(&self, key: &DigestKey) -> [u8; CODE] {
        let parts: [&[u8]; 3] = [&self.grant, &self.generation.to_be_bytes(), self.seed.as_slice()];
        let digest = key.digest_all("refresh token", &parts);
        digest.as_bytes().first_chunk().copied().unwrap_or_default()
    }
}

/// Which grant, and how old; nothing that would help to make one.
impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RefreshToken({}, {})", self.grant_id(), self.generation)
    }
}

const GRANT: usize = 16;
const SEED: usize = 32;
const CODE: usize = 16;
const LENGTH: usize = GRANT + 4 + SEED + CODE;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::token_id;

    fn key() -> DigestKey {
        DigestKey::new([7; 32]).unwrap()
    }

    fn started() -> RefreshToken {
        RefreshToken::start(&token_id::new().unwrap()).unwrap().unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        let grant = token_id::new().unwrap();
        let first = RefreshToken::start(&grant).unwrap().unwrap();
        let third = first.next().unwrap().next().unwrap();
        for (token, generation) in [(&first, 0), (&third, 2)] {
            let text = token.text(&key());
            assert_eq!(text.len(), 91);
            let read = RefreshToken::parse(&key(), &text).unwrap();
            assert_eq!((read.grant_id(), read.generation()), (grant.clone(), generation));
            assert_eq!(read.seed_digest(&key()), first.seed_digest(&key()));
            assert_eq!(read.text(&key()), text);
        }
    }

    #[test]
    fn no_bit_can_be_changed() {
        let text = started().text(&key());
        let bytes = URL_SAFE_NO_PAD.decode_to_vec(text.as_bytes()).unwrap();
        for bit in 0..LENGTH * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let changed = URL_SAFE_NO_PAD.encode_to_string(changed);
            assert!(RefreshToken::parse(&key(), &changed).is_none(), "bit {bit}");
        }
    }

    #[test]
    fn no_character_can_be_changed_so_there_is_one_spelling() {
        let text = started().text(&key());
        for place in 0..text.len() {
            for character in ('\0'..='\u{7f}').chain(['é']) {
                let mut changed = text.to_string();
                changed.replace_range(place..=place, &character.to_string());
                let is_good = RefreshToken::parse(&key(), &changed).is_some();
                assert_eq!(is_good, changed == *text, "{place} {character:?}");
            }
        }
        let mut shorter = text.to_string();
        shorter.pop();
        for other in [String::new(), shorter, format!("{}=", *text), format!(" {}", *text), "A".repeat(91)] {
            assert!(RefreshToken::parse(&key(), &other).is_none(), "{other}");
        }
    }

    #[test]
    fn another_key_did_not_make_it() {
        let text = started().text(&key());
        assert!(RefreshToken::parse(&DigestKey::new([8; 32]).unwrap(), &text).is_none());
    }

    #[test]
    fn the_next_one_is_always_the_same_and_differs_from_the_one_before() {
        let token = started();
        let (one, other) = (token.next().unwrap(), token.next().unwrap());
        assert_eq!(one.text(&key()), other.text(&key()));
        assert_ne!(one.text(&key()), token.text(&key()));
        assert_eq!(one.grant_id(), token.grant_id());
    }

    #[test]
    fn two_grants_share_nothing() {
        let grant = token_id::new().unwrap();
        let (one, other) =
            (RefreshToken::start(&grant).unwrap().unwrap(), RefreshToken::start(&grant).unwrap().unwrap());
        assert_ne!(one.seed_digest(&key()), other.seed_digest(&key()));
    }

    #[test]
    fn the_last_generation_has_no_next() {
        let last = RefreshToken { generation: u32::MAX, ..started() };
        assert_eq!(
            RefreshToken::parse(&key(), &last.text(&key())).unwrap().generation(),
            u64::from(u32::MAX)
        );
        assert!(last.next().is_none());
    }

    #[test]
    fn an_id_that_is_none_of_ours_starts_nothing() {
        for id in ["", "grant", "AAAAAAAAAAAAAAAAAAAAAB", "AAAAAAAAAAAAAAAAAAAAA=", &"A".repeat(43)] {
            assert!(RefreshToken::start(id).unwrap().is_none(), "{id}");
        }
    }

    #[test]
    fn its_debug_form_helps_nobody() {
        let token = started();
        assert_eq!(format!("{token:?}"), format!("RefreshToken({}, 0)", token.grant_id()));
    }
}
