//! The keys of the Query API: the one credential here that stands in the address.
//!
//! A key is an opaque token for an API of its own, which no client can ask for: so it ends on all instances at once, and the store has no more
//! than its digest.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::guard::GuardContext;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use scopa_actix::issuer::{Approval, ClientDraft, ClientError, Issuer, TokenFormat};
use scopa_actix::{Clock, ConfigError, HttpClient, Refusal, RefusalKind, Rejection, Validator};

use crate::fault::Fault;
use crate::service::TEAM_CLAIM;
use crate::{scopes, team_of};

/// The keys of all teams.
#[derive(Debug)]
pub(crate) struct QueryKeys {
    issuer: Issuer,
    auth: Validator,
    clock: Arc<dyn Clock>,
}

impl QueryKeys {
    pub(crate) fn new(issuer: Issuer, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let asking = issuer.local(HttpClient::new()?);
        let auth = issuer.validator(AUDIENCE).introspect(issuer.introspection(), asking).build()?;
        Ok(Self { issuer, auth, clock })
    }

    /// Makes a key for a team. A `primary` or a `secondary` one, equal in power, so that one lives while the other is changed, ends the one of
    /// its kind. A `temporary` one ends after an hour. Returns the key, which is shown this once, and when it ends.
    pub(crate) async fn regenerate(&self, team: &str, kind: &str) -> Result<(String, Option<u64>), Fault> {
        let lifetime = match kind {
            "primary" | "secondary" => TEN_YEARS,
            "temporary" => HOUR,
            _ => return Err(Fault::NotFound),
        };
        let client = format!("query-keys-{kind}");
        let scopes = scopes::QueryRead::SCOPE.parse().map_err(ClientError::Invalid)?;
        let draft = ClientDraft::host("Keys of the Query API").scopes(scopes);
        let draft = draft.audience(AUDIENCE).token_format(TokenFormat::Opaque).access_lifetime(lifetime);
        self.issuer.clients().declare(&client, draft).await?;
        if kind != "temporary" {
            self.issuer.end_grants(team, Some(&client)).await.map_err(ClientError::from)?;
        }
        let key = self.issuer.issue(&client, Approval::new(team).claim(TEAM_CLAIM, team)).await?;
        let end = self.clock.now().saturating_add(key.expires_in());
        Ok((key.as_str().to_owned(), (kind == "temporary").then_some(end)))
    }
}

/// The team whose key stands in the address: all that a key says.
#[derive(Debug)]
pub(crate) struct ByKey {
    pub(crate) team: String,
}

/// Tells whether a request brings a key, for the choice of the route.
pub(crate) fn has_key(request: &GuardContext<'_>) -> bool {
    request.head().uri.query().is_some_and(|query| keys(query).next().is_some())
}

impl FromRequest for ByKey {
    type Error = Rejection;
    type Future = LocalBoxFuture<'static, Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { judge(&request).await.map_err(Rejection::from) })
    }
}

async fn judge(request: &HttpRequest) -> Result<ByKey, Refusal> {
    let Some(QueryKeys { auth, .. }) = request.app_data::<Data<QueryKeys>>().map(|known| known.as_ref())
    else {
        return Err(Refusal::misconfigured("no keys in `app_data`; configure the gateway"));
    };
    let mut brought = keys(request.query_string());
    let (Some(key), None) = (brought.next(), brought.next()) else {
        return Err(auth.invalid_request("more than one key"));
    };
    // RFC 6750 §2: one way to authenticate in each request.
    if request.headers().contains_key(AUTHORIZATION) {
        return Err(auth.invalid_request("a key and an Authorization field"));
    }
    match auth.authenticate([format!("Bearer {key}").as_bytes()]).await {
        Ok(access) => Ok(ByKey { team: team_of(&access)? }),
        Err(refusal) if refusal.kind() == RefusalKind::Unavailable => Err(refusal),
        // Whoever has no good key is told what those are told who bring nothing.
        Err(refusal) => Err(auth.authenticate([]).await.err().unwrap_or(refusal)),
    }
}

/// Returns the values of all `key` in a query, decoded.
fn keys(query: &str) -> impl Iterator<Item = Cow<'_, str>> {
    form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "key").map(|(_, value)| value)
}

/// What the Query API calls itself to those who have a key.
const AUDIENCE: &str = "query-keys";
const HOUR: Duration = Duration::from_secs(3600);
/// The longest time that there is.
const TEN_YEARS: Duration = Duration::from_secs(3650 * 24 * 3600);
