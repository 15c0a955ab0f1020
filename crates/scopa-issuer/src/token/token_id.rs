//! Names of grants and of tokens (`jti`, RFC 7519 §4.1.7): 128 random bits in base64url.
//!
//! The token of a grant says of which one, and of which generation of it: `{grant}.{generation}.{random}`. So it can be told
//! from the `jti` alone that it ended with its grant.

use crate::crypto::{RandomError, random_text};

/// Makes a name that nothing else has: of a grant, or of a token without one.
pub(crate) fn new() -> Result<String, RandomError> {
    Ok(random_text::<16>()?.as_str().to_owned())
}

/// Makes the name of a token of a grant.
pub(crate) fn of_grant(grant_id: &str, generation: u64) -> Result<String, RandomError> {
    Ok(format!("{grant_id}.{generation}.{}", random_text::<16>()?.as_str()))
}

/// Reads the grant and the generation from the name of a token; `None` for one without a grant.
pub(crate) fn grant_of(token_id: &str) -> Option<(&str, u64)> {
    let (grant_id, rest) = token_id.split_once('.')?;
    let (generation, random) = rest.split_once('.')?;
    let number: u64 = generation.parse().ok()?;
    // One spelling for each: a number is not written with a plus, or zeros in front.
    let is_ours = !grant_id.is_empty() && !random.contains('.') && number.to_string() == generation;
    is_ours.then_some((grant_id, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_new_each_time() {
        assert_ne!(new().unwrap(), new().unwrap());
        assert_eq!(new().unwrap().len(), 22);
        assert_ne!(of_grant("g", 1).unwrap(), of_grant("g", 1).unwrap());
    }

    #[test]
    fn the_grant_is_read_from_what_was_written() {
        let grant = new().unwrap();
        for generation in [0, 1, u64::from(u32::MAX), u64::MAX] {
            let id = of_grant(&grant, generation).unwrap();
            assert_eq!(grant_of(&id), Some((grant.as_str(), generation)));
        }
    }

    #[test]
    fn what_was_not_written_so_belongs_to_no_grant() {
        let own = new().unwrap();
        for id in
            [&own, "", ".", "..", ".1.r", "g.1", "g.1.r.s", "g.01.r", "g.+1.r", "g.-1.r", "g.x.r", "g..r"]
        {
            assert_eq!(grant_of(id), None, "{id}");
        }
        assert_eq!(grant_of(&format!("g.{}0.r", u64::MAX)), None);
    }
}
