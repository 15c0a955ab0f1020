use std::fmt;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Params, RESOURCE, malformed};
use crate::error::OAuthError;

impl Params {
    /// Reads one JSON object whose members are strings. Only `resource` may be an array of strings, for it may come more than
    /// once (RFC 8707 §2); a member of that name is still one member.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, OAuthError> {
        let not_ours = |_| malformed("the body is not one JSON object whose members are strings");
        let mut reader = serde_json::Deserializer::from_slice(body);
        let members = reader.deserialize_map(Members).map_err(not_ours)?;
        reader.end().map_err(not_ours)?;

        let mut params = Self::default();
        let mut has_resource = false;
        for (name, texts) in members {
            if name == RESOURCE && std::mem::replace(&mut has_resource, true) {
                return Err(malformed("a parameter comes more than once"));
            }
            match texts {
                Texts::One(text) => params.push(name, text)?,
                Texts::Several(texts) if name == RESOURCE => {
                    for text in texts {
                        params.push(name.clone(), text)?;
                    }
                }
                Texts::Several(_) => return Err(malformed("a parameter is an array")),
            }
        }
        Ok(params)
    }
}

/// Reads the members in the order they came. A map of serde would keep one of those that come twice, and not say so; names are
/// compared as they are when their escapes are read.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Texts)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object whose members are strings")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Self::Value, M::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = members.next_entry()? {
            if pairs.len() >= super::MOST_PARAMETERS {
                return Err(M::Error::custom("too many members"));
            }
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

/// The value of a member.
enum Texts {
    One(String),
    Several(Vec<String>),
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Texts, E> {
        Ok(Texts::One(text.to_owned()))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Texts, S::Error> {
        let mut texts = Vec::new();
        while let Some(text) = items.next_element()? {
            if texts.len() >= super::MOST_PARAMETERS {
                return Err(S::Error::custom("too many values"));
            }
            texts.push(text);
        }
        Ok(Texts::Several(texts))
    }
}
