//! What is said to either database. `$1` is understood by both; the few statements that differ stand in their own files.

pub(crate) const CLIENT: &str = "SELECT document FROM scopa_clients WHERE id = $1";
pub(crate) const CLIENTS: &str = "SELECT document FROM scopa_clients ORDER BY id LIMIT $1";
pub(crate) const CLIENTS_AFTER: &str =
    "SELECT document FROM scopa_clients WHERE id > $1 ORDER BY id LIMIT $2";
pub(crate) const CREATE_CLIENT: &str =
    "INSERT INTO scopa_clients (id, version, document) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
pub(crate) const REPLACE_CLIENT: &str =
    "UPDATE scopa_clients SET version = $3, document = $4 WHERE id = $1 AND version = $2";
/// Its codes, grants and tokens go with it, by their foreign keys.
pub(crate) const REMOVE_CLIENT: &str = "DELETE FROM scopa_clients WHERE id = $1";

pub(crate) const CREATE_CODE: &str = "INSERT INTO scopa_codes (digest, client_id, subject, spent, expires_at, document) \
    VALUES ($1, $2, $3, FALSE, $4, $5)";
pub(crate) const CODE: &str =
    "SELECT digest, client_id, subject, spent, expires_at, document FROM scopa_codes WHERE digest = $1";
pub(crate) const SPEND_CODE: &str = "UPDATE scopa_codes SET spent = TRUE WHERE digest = $1 AND NOT spent";
pub(crate) const SPEND_CODES_OF: &str = "UPDATE scopa_codes SET spent = TRUE \
    WHERE subject = $1 AND (CAST($2 AS TEXT) IS NULL OR client_id = $2) AND NOT spent";

pub(crate) const CREATE_GRANT: &str = "INSERT INTO scopa_grants \
    (id, client_id, subject, seed, generation, rotated_at, expires_at, document) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
pub(crate) const GRANT: &str = "SELECT id, client_id, subject, seed, generation, rotated_at, expires_at, document \
    FROM scopa_grants WHERE id = $1";
/// Its tokens go with it, by their foreign key.
pub(crate) const END_GRANT: &str = "DELETE FROM scopa_grants WHERE id = $1";
pub(crate) const END_GRANTS_OF: &str = "DELETE FROM scopa_grants \
    WHERE subject = $1 AND (CAST($2 AS TEXT) IS NULL OR client_id = $2)";

pub(crate) const CREATE_TOKEN: &str = "INSERT INTO scopa_access_tokens \
    (digest, client_id, grant_id, expires_at, document) VALUES ($1, $2, $3, $4, $5)";
pub(crate) const TOKEN: &str = "SELECT digest, client_id, grant_id, expires_at, document \
    FROM scopa_access_tokens WHERE digest = $1";
pub(crate) const REMOVE_TOKEN: &str = "DELETE FROM scopa_access_tokens WHERE digest = $1";
pub(crate) const REMOVE_TOKENS_OF: &str = "DELETE FROM scopa_access_tokens WHERE grant_id = $1";

pub(crate) const REVOKE_ID: &str = "INSERT INTO scopa_revoked_ids (id, expires_at) VALUES ($1, $2) \
    ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at \
    WHERE scopa_revoked_ids.expires_at < excluded.expires_at";
pub(crate) const REVOKED_ID: &str = "SELECT expires_at FROM scopa_revoked_ids WHERE id = $1";
pub(crate) const USE_WORD: &str =
    "INSERT INTO scopa_used_words (digest, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";

pub(crate) const CREATE_SCHEMA: &str = "CREATE TABLE IF NOT EXISTS scopa_schema (version BIGINT NOT NULL)";
pub(crate) const SCHEMA: &str = "SELECT version FROM scopa_schema";
pub(crate) const CLEAR_SCHEMA: &str = "DELETE FROM scopa_schema";
pub(crate) const WRITE_SCHEMA: &str = "INSERT INTO scopa_schema (version) VALUES ($1)";

/// What the databases word differently.
pub(crate) struct Dialect {
    /// Spends the code `$1` of the client `$2`, which stays in place until the end of the transaction.
    pub(crate) redeem_code: &'static str,
    /// Takes the grant `$1` from the generation `$2` to the next, at `$3`, until `$4`.
    pub(crate) rotate_grant: &'static str,
    /// Remove up to `$2` records that have expired at `$1`, those first that others belong to.
    pub(crate) purge: [&'static str; 5],
    /// Says by a row that there is a table `scopa_schema`.
    pub(crate) has_schema: &'static str,
    /// Each brings the tables from one version to the next.
    pub(crate) migrations: &'static [&'static str],
}
