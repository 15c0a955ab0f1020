use scopa_issuer::{AccessToken, Code, Grant, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::row::{Row, unexpected};

/// What a record holds that nobody searches by: one column of JSON, so that a new member needs no new table.
#[derive(Serialize, Deserialize)]
pub(crate) struct Document {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    grant_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code_challenge: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issued_at: Option<u64>,
    scope: String,
    audience: Vec<String>,
    claims: Map<String, Value>,
}

impl Document {
    fn new(scope: &str, audience: &[String], claims: &Map<String, Value>) -> Self {
        Self {
            grant_id: None,
            subject: None,
            redirect_uri: None,
            code_challenge: None,
            issued_at: None,
            scope: scope.to_owned(),
            audience: audience.to_owned(),
            claims: claims.clone(),
        }
    }

    pub(crate) fn of_code(code: &Code) -> Result<String, StoreError> {
        write(&Self {
            grant_id: Some(code.grant_id.clone()),
            redirect_uri: code.redirect_uri.clone(),
            code_challenge: Some(code.code_challenge.clone()),
            ..Self::new(&code.scope, &code.audience, &code.claims)
        })
    }

    pub(crate) fn of_grant(grant: &Grant) -> Result<String, StoreError> {
        write(&Self::new(&grant.scope, &grant.audience, &grant.claims))
    }

    pub(crate) fn of_token(token: &AccessToken) -> Result<String, StoreError> {
        write(&Self {
            subject: Some(token.subject.clone()),
            issued_at: Some(token.issued_at),
            ..Self::new(&token.scope, &token.audience, &token.claims)
        })
    }
}

/// Reads the columns of `statements::CODE`.
pub(crate) fn code(mut row: Row) -> Result<Code, StoreError> {
    let (digest, client_id, subject) = (row.digest()?, row.text()?, row.text()?);
    let (spent, expires_at) = (row.number()? != 0, row.number()?);
    let document: Document = read(&row.text()?)?;
    Ok(Code {
        digest,
        grant_id: there(document.grant_id, "grant_id")?,
        client_id,
        subject,
        redirect_uri: document.redirect_uri,
        code_challenge: there(document.code_challenge, "code_challenge")?,
        scope: document.scope,
        audience: document.audience,
        claims: document.claims,
        expires_at,
        spent,
    })
}

/// Reads the columns of `statements::GRANT`.
pub(crate) fn grant(mut row: Row) -> Result<Grant, StoreError> {
    let (id, client_id, subject, seed) = (row.text()?, row.text()?, row.text()?, row.digest()?);
    let (generation, rotated_at, expires_at) = (row.number()?, row.number()?, row.number()?);
    let document: Document = read(&row.text()?)?;
    Ok(Grant {
        id,
        client_id,
        subject,
        scope: document.scope,
        audience: document.audience,
        claims: document.claims,
        seed,
        generation,
        rotated_at,
        expires_at,
    })
}

/// Reads the columns of `statements::TOKEN`.
pub(crate) fn access_token(mut row: Row) -> Result<AccessToken, StoreError> {
    let (digest, client_id, grant_id) = (row.digest()?, row.text()?, row.maybe_text()?);
    let expires_at = row.number()?;
    let document: Document = read(&row.text()?)?;
    Ok(AccessToken {
        digest,
        grant_id,
        client_id,
        subject: there(document.subject, "subject")?,
        scope: document.scope,
        audience: document.audience,
        claims: document.claims,
        issued_at: there(document.issued_at, "issued_at")?,
        expires_at,
    })
}

pub(crate) fn write(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::new)
}

/// Reads a document. What is wrong with it is told by its place, not by what stands there.
pub(crate) fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| {
        unexpected(format_args!("a document that ends early or is wrong at byte {}", error.column()))
    })
}

fn there<T>(member: Option<T>, name: &str) -> Result<T, StoreError> {
    member.ok_or_else(|| unexpected(format_args!("a document without `{name}`")))
}
