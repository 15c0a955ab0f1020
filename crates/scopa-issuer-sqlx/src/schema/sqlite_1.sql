CREATE TABLE scopa_clients (
    id TEXT PRIMARY KEY NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL
);

CREATE TABLE scopa_codes (
    digest BLOB PRIMARY KEY NOT NULL,
    client_id TEXT NOT NULL REFERENCES scopa_clients (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    spent BOOLEAN NOT NULL,
    expires_at INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX scopa_codes_client ON scopa_codes (client_id);
CREATE INDEX scopa_codes_subject ON scopa_codes (subject);
CREATE INDEX scopa_codes_end ON scopa_codes (expires_at);

CREATE TABLE scopa_grants (
    id TEXT PRIMARY KEY NOT NULL,
    client_id TEXT NOT NULL REFERENCES scopa_clients (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    seed BLOB NOT NULL,
    generation INTEGER NOT NULL,
    rotated_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX scopa_grants_client ON scopa_grants (client_id);
CREATE INDEX scopa_grants_subject ON scopa_grants (subject);
CREATE INDEX scopa_grants_end ON scopa_grants (expires_at);

CREATE TABLE scopa_access_tokens (
    digest BLOB PRIMARY KEY NOT NULL,
    client_id TEXT NOT NULL REFERENCES scopa_clients (id) ON DELETE CASCADE,
    grant_id TEXT REFERENCES scopa_grants (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX scopa_access_tokens_client ON scopa_access_tokens (client_id);
CREATE INDEX scopa_access_tokens_grant ON scopa_access_tokens (grant_id);
CREATE INDEX scopa_access_tokens_end ON scopa_access_tokens (expires_at);

CREATE TABLE scopa_revoked_ids (
    id TEXT PRIMARY KEY NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX scopa_revoked_ids_end ON scopa_revoked_ids (expires_at);

CREATE TABLE scopa_used_words (
    digest BLOB PRIMARY KEY NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX scopa_used_words_end ON scopa_used_words (expires_at);
