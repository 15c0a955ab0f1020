//! What outlives the process: a folder with the database and two keys.

use std::error::Error;
use std::fs;
use std::path::Path;

use scopa_axum::issuer::{DigestKey, SigningKey, SigningKeys};
use scopa_axum::{Algorithm, ConfigError};
use scopa_issuer_sqlx::{Database, SqlStore};

/// Opens the database, made at the first start and brought up to date at each.
///
/// # Errors
/// It cannot be opened.
pub async fn store(folder: &Path) -> Result<SqlStore, Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    Ok(Database::sqlite(folder.join("issuer.db")).migrate().await?)
}

/// Returns the key of the digests in the database, made at the first start.
///
/// It belongs to the database: without it no secret in there is known any more. In production it comes from where your secrets are.
pub(crate) fn digest_key(folder: &Path) -> Result<DigestKey, ConfigError> {
    DigestKey::in_file(folder.join("digest.key"))
}

/// Returns the key that signs tokens, made at the first start.
///
/// A second file and `SigningKeys::then` change it without a refused token.
pub(crate) fn signing_keys(folder: &Path) -> Result<SigningKeys, ConfigError> {
    Ok(SigningKeys::new(SigningKey::in_file(Algorithm::ES256, folder.join("signing.pem"))?))
}
