use std::collections::BTreeMap;

use axum::body::HttpBody as _;
use axum::extract::{FromRef, FromRequest, FromRequestParts, Multipart, Query, Request};
use axum::http::Method;
use scopa_axum::{Authorized, Validator};

use crate::refused::Refused;

/// What a caller asks about a database that is their own: the parameters of the address, and the fields of a form.
///
/// Whoever has one of these need not think of the tenant any more. A handler names it after its [`Authorized`], so that scopes are
/// judged before a body is read; the token is not looked at again.
#[derive(Debug)]
pub(crate) struct Asked {
    fields: BTreeMap<String, String>,
}

impl Asked {
    /// Returns a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// Returns the database, which is the caller's.
    pub(crate) fn database(&self) -> &str {
        self.field("database").unwrap_or_default()
    }

    fn add(&mut self, name: String, value: String) -> Result<(), Refused> {
        // Of two values the one that is judged might not be the one that is used.
        match self.fields.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(Refused::bad("a field stands there twice")),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Asked
where
    Validator: FromRef<S>,
{
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        let caller: Authorized =
            Authorized::from_request_parts(&mut parts, state).await.map_err(Refused::Caller)?;
        let mut asked = Self { fields: BTreeMap::new() };
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(&mut parts, state).await?;
        for (name, value) in pairs {
            asked.add(name, value)?;
        }
        // Whatever the method: of what is sent nothing is passed over.
        if parts.method == Method::POST || !body.is_end_stream() {
            let mut form = Multipart::from_request(Request::from_parts(parts, body), state).await?;
            while let Some(field) = form.next_field().await? {
                if field.file_name().is_some() {
                    return Err(Refused::bad("a file stands in place of a field"));
                }
                let name = field.name().ok_or_else(|| Refused::bad("a field has no name"))?.to_owned();
                asked.add(name, field.text().await?)?;
            }
        }
        let named = asked.field("database").ok_or_else(|| Refused::bad("name the `database`"))?;
        if named != database_of(&caller)? {
            return Err(caller.forbidden().into());
        }
        Ok(asked)
    }
}

/// Returns the database that a caller belongs to.
pub(crate) fn database_of<R>(caller: &Authorized<R>) -> Result<String, Refused> {
    Ok(caller.claim("database")?.ok_or_else(|| caller.forbidden())?)
}
