use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Outcome;

/// What an OpenAPI document asks of who calls an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "anybody may call, or somebody has to show something")]
pub enum Asked {
    /// Anybody may call.
    Public,
    /// One of these has to be met.
    Alternatives(Vec<Alternative>),
}

impl Asked {
    /// Returns the sets of scopes of which an access token needs one: of the alternatives that ask for nothing but the scheme
    /// `scheme`.
    pub fn scopes(&self, scheme: &str) -> Vec<BTreeSet<String>> {
        let Self::Alternatives(alternatives) = self else { return Vec::new() };
        let alone = alternatives.iter().filter(|alternative| alternative.len() == 1);
        alone.filter_map(|alternative| alternative.get(scheme).cloned()).collect()
    }
}

/// A security requirement: each scheme that is asked for, with its scopes.
pub type Alternative = BTreeMap<String, BTreeSet<String>>;

/// An operation of an OpenAPI document: its method in capitals, its path with its templates, what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "of what tests read nothing is hidden")]
pub struct Operation {
    /// `GET`.
    pub method: String,
    /// `/v1/teams/{team}/notes`.
    pub path: String,
    /// What it asks for.
    pub asked: Asked,
}

/// Returns all operations of an OpenAPI document.
///
/// # Errors
/// It has none, or one that asks for what the document does not declare.
pub fn operations(document: &Value) -> Outcome<Vec<Operation>> {
    let paths = document.get("paths").and_then(Value::as_object).ok_or("no OpenAPI document: no paths")?;
    let mut operations = Vec::new();
    for (path, item) in paths {
        let item = item.as_object().ok_or_else(|| format!("{path} is no object"))?;
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let asked =
                    asked(document, operation).map_err(|wrong| format!("{method} {path}: {wrong}"))?;
                operations.push(Operation { method: method.to_uppercase(), path: path.clone(), asked });
            }
        }
    }
    if operations.is_empty() { Err("the OpenAPI document has no operations".into()) } else { Ok(operations) }
}

/// Returns what an OpenAPI document asks of an operation. `path` is as it stands there, with its templates.
///
/// # Errors
/// The operation is not in the document.
pub fn security(document: &Value, method: &str, path: &str) -> Outcome<Asked> {
    let operations = operations(document)?.into_iter();
    let found = operations.filter(|found| found.method == method.to_uppercase() && found.path == path);
    let found = found.map(|operation| operation.asked).next();
    found.ok_or_else(|| format!("{method} {path} is not in the document").into())
}

/// OpenAPI 3.1 §4.8.10: the operation's own `security` overrides that of the document; an empty list takes it away. §4.8.30: one of
/// the requirements has to be met, `{}` by nobody in particular; within one, all its schemes.
fn asked(document: &Value, operation: &Value) -> Outcome<Asked> {
    let Some(security) = operation.get("security").or_else(|| document.get("security")) else {
        return Ok(Asked::Public);
    };
    let requirements = security.as_array().ok_or("`security` is no array")?;
    let mut alternatives = Vec::new();
    for requirement in requirements {
        let schemes = requirement.as_object().ok_or("a security requirement is no object")?;
        let mut alternative = Alternative::new();
        for (scheme, scopes) in schemes {
            let scopes = scopes.as_array().ok_or_else(|| format!("the scopes of `{scheme}` are no array"))?;
            let scopes: Option<BTreeSet<String>> =
                scopes.iter().map(|scope| scope.as_str().map(str::to_owned)).collect();
            let scopes = scopes.ok_or_else(|| format!("a scope of `{scheme}` is no text"))?;
            let declared = declared(document, scheme)?;
            if let Some(unknown) = scopes.iter().find(|scope| !declared.contains(*scope)) {
                return Err(format!("the scope `{unknown}` is not declared by `{scheme}`").into());
            }
            alternative.insert(scheme.clone(), scopes);
        }
        alternatives.push(alternative);
    }
    let is_public = alternatives.is_empty() || alternatives.iter().any(BTreeMap::is_empty);
    Ok(if is_public { Asked::Public } else { Asked::Alternatives(alternatives) })
}

/// Returns the scopes that a scheme declares, by all of its flows.
fn declared(document: &Value, scheme: &str) -> Outcome<BTreeSet<String>> {
    let schemes = document.pointer("/components/securitySchemes").and_then(Value::as_object);
    let found = schemes.and_then(|schemes| schemes.get(scheme));
    let found = found.ok_or_else(|| format!("the scheme `{scheme}` is not declared"))?;
    let flows = found.get("flows").and_then(Value::as_object).into_iter().flat_map(|flows| flows.values());
    let scopes = flows.filter_map(|flow| flow.get("scopes")?.as_object());
    Ok(scopes.flat_map(|scopes| scopes.keys().cloned()).collect())
}

/// OpenAPI 3.1 §4.8.9: what else a path item holds is no operation.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(all: Option<Value>, own: Option<Value>) -> Value {
        let flow = |scopes: Value| json!({"tokenUrl": "/t", "scopes": scopes});
        let schemes = json!({
            "oauth": {"type": "oauth2", "flows": {
                "clientCredentials": flow(json!({"a": "", "b": ""})),
                "authorizationCode": flow(json!({"c": ""})),
            }},
            "key": {"type": "apiKey", "in": "query", "name": "key"},
        });
        let mut document = json!({"paths": {"/x/{y}": {"parameters": [], "get": {}}}, "components": {"securitySchemes": schemes}});
        let set = |place: &mut Value, security: Option<Value>| {
            if let Some(security) = security {
                place["security"] = security;
            }
        };
        set(&mut document, all);
        set(&mut document["paths"]["/x/{y}"]["get"], own);
        document
    }

    #[test]
    fn what_an_operation_asks_for_is_read_as_openapi_says() -> Outcome {
        let asked = |all, own| security(&document(all, own), "get", "/x/{y}");
        assert_eq!(asked(None, None)?, Asked::Public);
        assert_eq!(asked(Some(json!([{"oauth": ["a"]}])), Some(json!([])))?, Asked::Public);
        assert_eq!(asked(None, Some(json!([{"oauth": ["a"]}, {}])))?, Asked::Public);

        let scopes = |asked: &Asked| -> Vec<String> {
            asked
                .scopes("oauth")
                .iter()
                .map(|set| set.iter().cloned().collect::<Vec<_>>().join(" "))
                .collect()
        };
        let document_wide = asked(Some(json!([{"oauth": ["a"]}])), None)?;
        assert_eq!(scopes(&document_wide), ["a"]);
        let either = asked(None, Some(json!([{"oauth": ["a", "b"]}, {"oauth": ["c"]}, {"key": []}])))?;
        assert_eq!(scopes(&either), ["a b", "c"]);
        assert!(matches!(&either, Asked::Alternatives(all) if all.len() == 3));
        // Any token at all is something else than nothing at all, and a key beside it is no token alone.
        assert_eq!(scopes(&asked(None, Some(json!([{"oauth": []}])))?), [""]);
        let both = asked(None, Some(json!([{"oauth": ["a"], "key": []}])))?;
        assert!(both != Asked::Public && scopes(&both).is_empty());
        Ok(())
    }

    #[test]
    fn a_document_that_asks_for_what_it_does_not_declare_is_wrong() {
        for own in [
            json!([{"other": []}]),
            json!([{"oauth": ["d"]}]),
            json!([{"key": ["a"]}]),
            json!([{"oauth": "a"}]),
            json!([{"oauth": [1]}]),
            json!(["oauth"]),
            json!({}),
        ] {
            assert!(operations(&document(None, Some(own.clone()))).is_err(), "{own}");
        }
        let document = document(None, None);
        assert_eq!(operations(&document).unwrap().len(), 1);
        assert!(security(&document, "post", "/x/{y}").is_err() && security(&document, "get", "/x").is_err());
        assert!(operations(&json!({})).is_err() && operations(&json!({"paths": {}})).is_err());
    }
}
