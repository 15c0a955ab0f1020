CREATE TABLE scopa_clients (
    id TEXT COLLATE "C" PRIMARY KEY,
    version BIGINT NOT NULL,
    document TEXT NOT NULL
);

CREATE TABLE scopa_codes (
    digest BYTEA PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES scopa_clients (id) ON DELETE CASCADE,
    subject TEXT COLLATE "C" NOT NULL,
    spent BOOLEAN NOT NULL,
    expires_at BIGINT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX scopa_codes_client ON scopa_codes (client_id);
CREATE INDEX scopa_codes_subject ON scopa_codes USING hash (subject);
CREATE INDEX scopa_codes_end ON scopa_codes (expires_at);

CREATE TABLE scopa_grants (
    id TEXT COLLATE "C" PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES scopa_clients (id) ON DELETE CASCADE,
    subject TEXT COLLATE "C" NOT NULL,
    seed BYTEA NOT NULL,
    generation BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX scopa_grants_client ON scopa_grants (client_id);
CREATE INDEX scopa_grants_subject ON scopa_grants USING hash (subject);
CREATE INDEX scopa_grants_end ON scopa_grants (expires_at);

CREATE TABLE scopa_access_tokens (
    digest BYTEA PRIMARY KEY,
    client_id TEXT COLLATE "C" NOT NULL REFERENCES scopa_clients (id) ON DELETE CASCADE,
    grant_id TEXT COLLATE "C" REFERENCES scopa_grants (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX scopa_access_tokens_client ON scopa_access_tokens (client_id);
CREATE INDEX scopa_access_tokens_grant ON scopa_access_tokens (grant_id);
CREATE INDEX scopa_access_tokens_end ON scopa_access_tokens (expires_at);

CREATE TABLE scopa_revoked_ids (
    id TEXT COLLATE "C" PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX scopa_revoked_ids_end ON scopa_revoked_ids (expires_at);

CREATE TABLE scopa_used_words (
    digest BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX scopa_used_words_end ON scopa_used_words (expires_at);
