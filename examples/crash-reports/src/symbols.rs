//! Uploads of symbol files: an address that is good once, and what is sent there.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, ETAG};
use axum::response::IntoResponse;
use futures_util::TryStreamExt as _;
use scopa_axum::issuer::{Digest, DigestKey, Store};
use scopa_axum::{Authorized, Clock};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::asked::Asked;
use crate::refused::Refused;
use crate::scopes::Symbols;

/// Makes addresses for uploads, and knows those that it made: on whichever instance, for they share key and store.
#[derive(Clone)]
pub(crate) struct Uploads {
    pub(crate) origin: Arc<str>,
    pub(crate) key: DigestKey,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Uploads {
    /// Makes an address that one file can be put to, within ten minutes.
    fn address(&self) -> Result<String, Refused> {
        let until = self.clock.now().saturating_add(TEN_MINUTES);
        let number = getrandom::u64().map_err(|_| Refused::UNAVAILABLE)?;
        let text = format!("{until}.{number:016x}");
        Ok(format!("{}/s3/put?sig={text}.{}", self.origin, self.key.sign(PURPOSE, &text)))
    }

    /// Knows an address that was made here, while it is good: its digest, and until when.
    fn known(&self, address: &Address) -> Option<(Digest, u64)> {
        let (text, signature) = address.sig.rsplit_once('.')?;
        let digest = self.key.verify(PURPOSE, text, signature)?;
        let until = text.split('.').next()?.parse().ok()?;
        (self.clock.now() < until).then_some((digest, until))
    }
}

/// What stands in an address for an upload.
#[derive(Deserialize)]
pub(crate) struct Address {
    sig: String,
}

/// Where to put a file.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Place {
    #[serde(rename = "Status")]
    status: &'static str,
    /// Good once, within ten minutes.
    url: String,
    database: String,
    app_name: String,
    app_version: String,
}

/// That an upload has come.
#[derive(Serialize, ToSchema)]
pub(crate) struct Complete {
    #[serde(rename = "Status")]
    status: &'static str,
}

pub(crate) async fn upload_url(
    _: Authorized<Symbols>,
    State(uploads): State<Uploads>,
    asked: Asked,
) -> Result<Json<Place>, Refused> {
    let text = |name| asked.field(name).unwrap_or_default().to_owned();
    Ok(Json(Place {
        status: SUCCESS,
        url: uploads.address()?,
        database: asked.database().to_owned(),
        app_name: text("appName"),
        app_version: text("appVersion"),
    }))
}

pub(crate) async fn upload_complete(_: Authorized<Symbols>, _: Asked) -> Json<Complete> {
    Json(Complete { status: SUCCESS })
}

/// Open to whoever has the address: that is the credential. The file is taken piece by piece, and not kept.
pub(crate) async fn put(
    State(uploads): State<Uploads>,
    address: Result<Query<Address>, QueryRejection>,
    fields: HeaderMap,
    file: Body,
) -> Result<impl IntoResponse, Refused> {
    let address = address.ok().and_then(|Query(address)| uploads.known(&address));
    let (digest, until) = address.ok_or(Refused::ADDRESS)?;
    let told = fields.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let mut left = LARGEST_FILE;
    if told.is_some_and(|length: usize| length > left) {
        return Err(Refused::TOO_LARGE);
    }
    // Spent before the first byte: who has an old address costs nothing. Of two at once one comes first, on whichever
    // instance; who was interrupted asks for another address.
    if !uploads.store.use_once(digest, until).await? {
        return Err(Refused::ADDRESS);
    }
    let (mut pieces, mut hash) = (file.into_data_stream(), Sha256::new());
    while let Some(piece) = pieces.try_next().await.map_err(|_| Refused::bad("the file breaks off"))? {
        left = left.checked_sub(piece.len()).ok_or(Refused::TOO_LARGE)?;
        hash.update(&piece);
    }
    Ok([(ETAG, format!("\"{:x}\"", hash.finalize()))])
}

/// Symbol files are large.
const LARGEST_FILE: usize = 64 * 1024 * 1024;

const PURPOSE: &str = "upload of symbols";
const SUCCESS: &str = "Success";
const TEN_MINUTES: u64 = 600;
