use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::{plain, time};

/// Header and claims of a token, as they are written. Nothing of it is proven.
#[derive(Clone)]
pub(crate) struct Decoded {
    pub(crate) header: Members,
    pub(crate) claims: Members,
}

impl Decoded {
    /// Reads the compact form (RFC 7515 §7.1), up to the signature.
    pub(crate) fn read(token: &str) -> Result<Self, &'static str> {
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(match token.split('.').count() {
                1 => "an opaque token, which only its issuer can read, by introspection",
                5 => "an encrypted token (JWE), which only its receiver can read",
                _ => "not the three parts of a signed JWT, with a dot between them",
            });
        };
        Ok(Self {
            header: Members::read(header).ok_or("the header is no JSON object in base64url")?,
            claims: Members::read(claims).ok_or("the claims are no JSON object in base64url")?,
        })
    }
}

impl fmt::Display for Decoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names =
            self.header.0.iter().chain(&self.claims.0).map(|(name, _)| plain::text(name).chars().count());
        let width = names.max().unwrap_or_default();
        for (title, members) in [("header", &self.header), ("claims", &self.claims)] {
            writeln!(f, "{title}")?;
            for (name, value) in &members.0 {
                write!(f, "  {:width$}  {}", plain::text(name), plain::json(value))?;
                // RFC 7519 §2, NumericDate: may have a fraction.
                let seconds = value.as_u64().or_else(|| value.as_f64().map(|seconds| seconds as u64));
                if let Some(iso) = seconds.filter(|_| DATES.contains(&name.as_str())).and_then(time::iso) {
                    write!(f, "  {iso}")?;
                }
                writeln!(f)?;
            }
        }
        Ok(())
    }
}

/// The members of a JSON object in their order, those that stand there twice included.
#[derive(Clone, Default)]
pub(crate) struct Members(pub(crate) Vec<(String, Value)>);

impl Members {
    fn read(part: &str) -> Option<Self> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
    }

    /// Puts a value in the place of the one with this name.
    pub(crate) fn set(&mut self, name: &str, value: Value) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| known != name);
    }

    /// Returns them as a part of a compact form.
    pub(crate) fn encoded(&self) -> String {
        let object: serde_json::Map<String, Value> = self.0.iter().cloned().collect();
        URL_SAFE_NO_PAD.encode(Value::Object(object).to_string())
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        from.deserialize_map(Object)
    }
}

/// Claims that are times (RFC 7519 §4.1, OpenID Connect Core §2 and §5.1).
const DATES: [&str; 5] = ["exp", "nbf", "iat", "auth_time", "updated_at"];
