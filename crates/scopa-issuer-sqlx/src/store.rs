use std::fmt;
use std::sync::Arc;

use scopa::BoxFuture;
use scopa_issuer::{AccessToken, Client, Code, Digest, Grant, Store, StoreError};

use crate::document::{self, Document};
use crate::engine::Engine;
use crate::row::Row;
use crate::statements as sql;
use crate::step::{Step, Value};

/// A [`Store`] in a database: opened by [`Database::open`](crate::Database::open). A clone is the same store.
///
/// It works on the tokio runtime that it was opened on.
#[derive(Clone)]
pub struct SqlStore {
    engine: Engine,
    name: Arc<str>,
}

type Answer<'a, T> = BoxFuture<'a, Result<T, StoreError>>;

impl SqlStore {
    pub(crate) fn new(engine: Engine, name: String) -> Self {
        Self { engine, name: name.into() }
    }

    async fn find(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<Row>, StoreError> {
        Ok(self.engine.find(Step { sql, values }).await?.into_iter().next())
    }

    async fn change(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, StoreError> {
        self.engine.change(&[Step { sql, values }]).await
    }

    /// Goes through the steps, if the first one changes a row; then adds the token.
    async fn change_with(&self, steps: &[Step<'_>], token: Option<AccessToken>) -> Result<bool, StoreError> {
        let Some(token) = token else { return Ok(self.engine.change(steps).await? == 1) };
        let document = Document::of_token(&token)?;
        let values = token_values(&token, &document);
        let last = Step { sql: sql::CREATE_TOKEN, values: &values };
        let steps: Vec<_> = steps.iter().copied().chain([last]).collect();
        Ok(self.engine.change(&steps).await? == 1)
    }
}

impl Store for SqlStore {
    fn client<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Arc<Client>>> {
        Box::pin(async move { self.find(sql::CLIENT, &[id.into()]).await?.map(client).transpose() })
    }

    fn clients<'a>(&'a self, after: Option<&'a str>, most: usize) -> Answer<'a, Vec<Arc<Client>>> {
        Box::pin(async move {
            let most = Value::from(most as u64);
            let rows = match after {
                Some(after) => {
                    let after = self.engine.comparable(after);
                    self.engine.find(Step { sql: sql::CLIENTS_AFTER, values: &[after.into(), most] }).await?
                }
                None => self.engine.find(Step { sql: sql::CLIENTS, values: &[most] }).await?,
            };
            rows.into_iter().map(client).collect()
        })
    }

    fn create_client(&self, client: Client) -> Answer<'_, bool> {
        Box::pin(async move {
            let document = document::write(&client)?;
            let values = [client.id().into(), client.version().into(), (&document).into()];
            Ok(self.change(sql::CREATE_CLIENT, &values).await? == 1)
        })
    }

    fn replace_client(&self, from: u64, client: Client) -> Answer<'_, bool> {
        Box::pin(async move {
            let document = document::write(&client)?;
            let values = [client.id().into(), from.into(), client.version().into(), (&document).into()];
            Ok(self.change(sql::REPLACE_CLIENT, &values).await? == 1)
        })
    }

    fn remove_client<'a>(&'a self, id: &'a str) -> Answer<'a, bool> {
        Box::pin(async move { Ok(self.change(sql::REMOVE_CLIENT, &[id.into()]).await? == 1) })
    }

    fn create_code(&self, code: Code) -> Answer<'_, bool> {
        Box::pin(async move {
            let document = Document::of_code(&code)?;
            let (client, subject) = ((&code.client_id).into(), (&code.subject).into());
            let values = [(&code.digest).into(), client, subject, code.expires_at.into(), (&document).into()];
            Ok(self.change(sql::CREATE_CODE, &values).await? == 1)
        })
    }

    fn code(&self, digest: Digest) -> Answer<'_, Option<Code>> {
        Box::pin(
            async move { self.find(sql::CODE, &[(&digest).into()]).await?.map(document::code).transpose() },
        )
    }

    fn spend_code(&self, digest: Digest) -> Answer<'_, bool> {
        Box::pin(async move { Ok(self.change(sql::SPEND_CODE, &[(&digest).into()]).await? == 1) })
    }

    fn redeem_code(&self, digest: Digest, grant: Grant, token: Option<AccessToken>) -> Answer<'_, bool> {
        Box::pin(async move {
            let document = Document::of_grant(&grant)?;
            let spend = [(&digest).into(), (&grant.client_id).into()];
            let add = [
                (&grant.id).into(),
                (&grant.client_id).into(),
                (&grant.subject).into(),
                (&grant.seed).into(),
                grant.generation.into(),
                grant.rotated_at.into(),
                grant.expires_at.into(),
                (&document).into(),
            ];
            let steps = [
                Step { sql: self.engine.dialect().redeem_code, values: &spend },
                Step { sql: sql::CREATE_GRANT, values: &add },
            ];
            self.change_with(&steps, token).await
        })
    }

    fn grant<'a>(&'a self, id: &'a str) -> Answer<'a, Option<Grant>> {
        Box::pin(async move { self.find(sql::GRANT, &[id.into()]).await?.map(document::grant).transpose() })
    }

    fn rotate_grant<'a>(
        &'a self,
        id: &'a str,
        from: u64,
        rotated_at: u64,
        expires_at: u64,
        token: Option<AccessToken>,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let rotate = [id.into(), from.into(), rotated_at.into(), expires_at.into()];
            let steps = [
                Step { sql: self.engine.dialect().rotate_grant, values: &rotate },
                Step { sql: sql::REMOVE_TOKENS_OF, values: &[id.into()] },
            ];
            self.change_with(&steps, token).await
        })
    }

    fn end_grant<'a>(&'a self, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move { self.change(sql::END_GRANT, &[id.into()]).await.map(drop) })
    }

    fn end_grants_of<'a>(&'a self, subject: &'a str, client: Option<&'a str>) -> Answer<'a, u64> {
        Box::pin(async move {
            let values = [subject.into(), client.into()];
            // Codes first: one that is being redeemed is waited for, and its grant seen by the second statement.
            let steps = [sql::SPEND_CODES_OF, sql::END_GRANTS_OF].map(|sql| Step { sql, values: &values });
            let counts = self.engine.change_all(&steps).await?;
            Ok(counts.last().copied().unwrap_or_default())
        })
    }

    fn create_access_token(&self, token: AccessToken) -> Answer<'_, bool> {
        Box::pin(async move {
            let document = Document::of_token(&token)?;
            Ok(self.change(sql::CREATE_TOKEN, &token_values(&token, &document)).await? == 1)
        })
    }

    fn access_token(&self, digest: Digest) -> Answer<'_, Option<AccessToken>> {
        Box::pin(async move {
            self.find(sql::TOKEN, &[(&digest).into()]).await?.map(document::access_token).transpose()
        })
    }

    fn remove_access_token(&self, digest: Digest) -> Answer<'_, ()> {
        Box::pin(async move { self.change(sql::REMOVE_TOKEN, &[(&digest).into()]).await.map(drop) })
    }

    fn revoke_token_id<'a>(&'a self, id: &'a str, expires_at: u64) -> Answer<'a, ()> {
        Box::pin(async move { self.change(sql::REVOKE_ID, &[id.into(), expires_at.into()]).await.map(drop) })
    }

    fn is_token_id_revoked<'a>(&'a self, id: &'a str) -> Answer<'a, bool> {
        Box::pin(async move { Ok(self.find(sql::REVOKED_ID, &[id.into()]).await?.is_some()) })
    }

    fn use_once(&self, digest: Digest, expires_at: u64) -> Answer<'_, bool> {
        Box::pin(
            async move { Ok(self.change(sql::USE_WORD, &[(&digest).into(), expires_at.into()]).await? == 1) },
        )
    }

    fn purge(&self, now: u64, most: usize) -> Answer<'_, u64> {
        Box::pin(async move {
            let values = [now.into(), (most as u64).into()];
            let steps = self.engine.dialect().purge.map(|sql| Step { sql, values: &values });
            Ok(self.engine.change_all(&steps).await?.iter().sum())
        })
    }
}

impl fmt::Debug for SqlStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlStore({})", self.name)
    }
}

fn client(mut row: Row) -> Result<Arc<Client>, StoreError> {
    document::read(&row.text()?).map(Arc::new)
}

/// In the order of `sql::CREATE_TOKEN`.
fn token_values<'a>(token: &'a AccessToken, document: &'a str) -> [Value<'a>; 5] {
    let (client, grant) = ((&token.client_id).into(), token.grant_id.as_deref().into());
    [(&token.digest).into(), client, grant, token.expires_at.into(), document.into()]
}
