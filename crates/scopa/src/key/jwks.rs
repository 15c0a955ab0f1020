use serde_json::Value;

use crate::invalid::quoted;

use super::{KeySet, Reason, can_all_be_tried, jwk};

impl KeySet {
    fn parse(text: &str, is_ours: impl Fn(&Value) -> bool) -> Result<Self, Reason> {
        if text.len() > MAX_SET_BYTES {
            return Err(format!("the JWK Set is longer than {MAX_SET_BYTES} bytes").into());
        }
        let set: Value =
            serde_json::from_str(text).map_err(|error| format!("the JWK Set is not JSON: {error}"))?;
        let Some(Value::Array(entries)) = set.get("keys") else {
            let hint = if set.get("kty").is_some() { "; this is a single JWK" } else { "" };
            return Err(format!("expected a JWK Set, `{{\"keys\": [...]}}`{hint}").into());
        };
        if entries.len() > MAX_SET_KEYS {
            return Err(format!("the JWK Set has {} keys, at most {MAX_SET_KEYS}", entries.len()).into());
        }

        let (mut keys, mut rejected) = (Vec::new(), Vec::new());
        for (index, entry) in entries.iter().enumerate() {
            let key = if is_ours(entry) { jwk::read(entry) } else { Err("it is of another issuer".into()) };
            match key {
                Ok(key) => keys.push(key),
                Err(reason) => rejected.push(format!("{}: {reason}", label(index, entry))),
            }
        }
        if keys.is_empty() {
            return Err(format!("the JWK Set holds no usable key: {}", reasons(&rejected)).into());
        }
        can_all_be_tried(&keys)?;
        Ok(Self::new(keys, rejected))
    }

    /// Reads the set that the `jwks_uri` of an issuer serves.
    ///
    /// A key that names another issuer is not one of ours: Entra ID publishes those of all tenants in one set.
    pub(crate) fn of_issuer(body: &[u8], issuer: &str) -> Result<Self, Reason> {
        let text = std::str::from_utf8(body).map_err(|_| "the JWK Set is not UTF-8")?;
        let keys = Self::parse(text, |entry| jwk::is_of(entry, issuer))?;
        // Every ten minutes the same: keys for encryption, of other tenants. How many there are is told with the rest.
        for reason in keys.rejected() {
            tracing::debug!(target: "scopa", { issuer, reason }, "dropped a key of the JWK Set");
        }
        Ok(keys)
    }

    /// Reads the set that the operator gives. Each key of it is meant.
    pub(super) fn of_operator(text: &str) -> Result<Self, Reason> {
        let keys = Self::parse(text, |_| true)?;
        for reason in keys.rejected() {
            tracing::warn!(target: "scopa", { reason }, "dropped a key of the JWK Set");
        }
        Ok(keys)
    }
}

/// Lists why each key was dropped, for one line of a log: the first few, and how many there are besides.
fn reasons(rejected: &[String]) -> String {
    let first = rejected.get(..MOST_REASONS).unwrap_or(rejected).join("; ");
    match rejected.len().saturating_sub(MOST_REASONS) {
        0 if rejected.is_empty() => "it is empty".to_owned(),
        0 => first,
        more => format!("{first}; and {more} more"),
    }
}

/// Names an entry of a JWK Set for a log: by its `kid`, else by its place, counted from one.
fn label(index: usize, entry: &Value) -> String {
    match entry.get("kid") {
        Some(Value::String(kid)) => format!("`{}`", quoted(kid)),
        _ => format!("key {} of the set", index + 1),
    }
}

/// A set of a thousand RSA keys is read: the good ones among junk are still good.
pub(super) const MAX_SET_BYTES: usize = 512 * 1024;
const MAX_SET_KEYS: usize = 2048;
const MOST_REASONS: usize = 4;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fixtures::{jwks, p256, p384, p521, rsa};
    use super::*;

    fn of(issuer: Option<&str>, kid: &str, mut jwk: Value) -> Value {
        jwk["kid"] = kid.into();
        if let Some(issuer) = issuer {
            jwk["issuer"] = issuer.into();
        }
        jwk
    }

    /// A set as Entra ID publishes it for all tenants.
    fn of_many_tenants() -> String {
        jwks([
            of(Some("https://login.microsoftonline.com/{tenantid}/v2.0"), "any", rsa()),
            of(Some("https://login.microsoftonline.com/1/v2.0"), "first", p256()),
            of(Some("https://login.microsoftonline.com/2/v2.0"), "second", p384()),
            of(None, "silent", p521()),
        ])
    }

    #[test]
    fn of_a_set_for_many_tenants_each_issuer_has_its_own_keys() {
        for (issuer, expected) in [
            ("https://login.microsoftonline.com/1/v2.0", ["any", "first", "silent"].as_slice()),
            ("https://login.microsoftonline.com/2/v2.0", &["any", "second", "silent"]),
            ("https://login.microsoftonline.com/3/v2.0", &["any", "silent"]),
            ("https://sts.windows.net/1/", &["silent"]),
        ] {
            let keys = KeySet::of_issuer(of_many_tenants().as_bytes(), issuer).unwrap();
            let kids = ["any", "first", "second", "silent"].into_iter().filter(|kid| keys.names(kid));
            assert_eq!(kids.collect::<Vec<_>>(), expected, "{issuer}");
            assert_eq!(keys.len(), expected.len(), "{issuer}");
            for dropped in keys.rejected() {
                assert!(dropped.ends_with(": it is of another issuer"), "{dropped}");
            }
            assert_eq!(keys.rejected().count(), 4 - expected.len(), "{issuer}");
        }
    }

    #[test]
    fn a_set_of_other_issuers_alone_is_no_set() {
        let other = of(Some("https://login.microsoftonline.com/2/v2.0"), "a", rsa());
        let set = json!({ "keys": [other] }).to_string();
        let reason =
            KeySet::of_issuer(set.as_bytes(), "https://login.microsoftonline.com/1/v2.0").err().unwrap();
        assert_eq!(reason, "the JWK Set holds no usable key: `a`: it is of another issuer");
        // An operator who chose the set by hand meant all of it.
        assert_eq!(KeySet::from_jwks(&set).unwrap().len(), 1);
    }
}
