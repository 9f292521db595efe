-- The whole data model. Times are Unix microseconds, money is millionths of a
-- US dollar, ids are UUIDs in lower-case text, booleans are 0 and 1.

CREATE TABLE users (
    id                   TEXT PRIMARY KEY,
    name                 TEXT NOT NULL,
    description          TEXT,
    status               TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'deleted')),
    routing_strategy     TEXT NOT NULL CHECK (routing_strategy IN ('plan_first', 'bedrock_only')),
    monthly_budget_micro INTEGER CHECK (monthly_budget_micro >= 0),
    created_at           INTEGER NOT NULL,
    updated_at           INTEGER NOT NULL,
    deleted_at           INTEGER
) STRICT;

CREATE INDEX users_by_name ON users (name);
CREATE INDEX users_by_created_at ON users (created_at);

CREATE TABLE access_keys (
    id                  TEXT PRIMARY KEY,
    user_id             TEXT NOT NULL REFERENCES users (id),
    key_hash            TEXT NOT NULL UNIQUE,
    key_prefix          TEXT NOT NULL,
    status              TEXT NOT NULL CHECK (status IN ('active', 'rotating', 'revoked')),
    bedrock_region      TEXT NOT NULL,
    bedrock_model       TEXT,
    bedrock_api         TEXT,
    created_at          INTEGER NOT NULL,
    last_used_at        INTEGER,
    revoked_at          INTEGER,
    rotation_expires_at INTEGER
) STRICT;

CREATE INDEX access_keys_by_user ON access_keys (user_id);
CREATE INDEX access_keys_by_prefix ON access_keys (key_prefix);
CREATE INDEX access_keys_by_created_at ON access_keys (created_at);
CREATE INDEX access_keys_rotating ON access_keys (rotation_expires_at)
    WHERE status = 'rotating';

CREATE TABLE bedrock_keys (
    access_key_id TEXT PRIMARY KEY REFERENCES access_keys (id),
    encrypted_key BLOB NOT NULL,
    key_hash      TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    rotated_at    INTEGER
) STRICT;

-- No references from usage: a row is never refused, and outlives what it names.
CREATE TABLE token_usage (
    id                           INTEGER PRIMARY KEY,
    request_id                   TEXT NOT NULL,
    created_at                   INTEGER NOT NULL,
    user_id                      TEXT NOT NULL,
    access_key_id                TEXT NOT NULL,
    provider                     TEXT NOT NULL,
    model                        TEXT NOT NULL,
    served_model                 TEXT NOT NULL,
    input_tokens                 INTEGER NOT NULL,
    output_tokens                INTEGER NOT NULL,
    cache_read_tokens            INTEGER NOT NULL,
    cache_write_5m_tokens        INTEGER NOT NULL,
    cache_write_1h_tokens        INTEGER NOT NULL,
    total_tokens                 INTEGER NOT NULL,
    is_fallback                  INTEGER NOT NULL,
    fallback_reason              TEXT,
    is_stream                    INTEGER NOT NULL,
    status                       TEXT NOT NULL,
    http_status                  INTEGER NOT NULL,
    error_type                   TEXT,
    estimated                    INTEGER NOT NULL,
    latency_ms                   INTEGER NOT NULL,
    ttft_ms                      INTEGER,
    overhead_ms                  INTEGER,
    session_id                   TEXT,
    agent_id                     TEXT,
    parent_agent_id              TEXT,
    input_cost_micro             INTEGER NOT NULL,
    output_cost_micro            INTEGER NOT NULL,
    cache_write_cost_micro       INTEGER NOT NULL,
    cache_read_cost_micro        INTEGER NOT NULL,
    total_cost_micro             INTEGER NOT NULL,
    price_estimated              INTEGER NOT NULL,
    pricing_region               TEXT NOT NULL,
    pricing_model_id             TEXT NOT NULL,
    pricing_effective_date       TEXT,
    price_input_micro            INTEGER NOT NULL,
    price_output_micro           INTEGER NOT NULL,
    price_cache_write_micro      INTEGER NOT NULL,
    price_cache_write_1h_micro   INTEGER NOT NULL,
    price_cache_read_micro       INTEGER NOT NULL,
    UNIQUE (request_id, created_at)
) STRICT;

CREATE INDEX token_usage_by_time ON token_usage (created_at);
-- With what a budget asks for, so that it reads the index alone.
CREATE INDEX token_usage_by_user
    ON token_usage (user_id, created_at, provider, total_cost_micro);
CREATE INDEX token_usage_by_key ON token_usage (access_key_id, created_at);
CREATE INDEX token_usage_by_session ON token_usage (session_id, created_at)
    WHERE session_id IS NOT NULL;

CREATE TABLE usage_aggregates (
    id                     INTEGER PRIMARY KEY,
    bucket_type            TEXT NOT NULL
        CHECK (bucket_type IN ('minute', 'hour', 'day', 'week', 'month')),
    bucket_start           INTEGER NOT NULL,
    user_id                TEXT NOT NULL,
    access_key_id          TEXT NOT NULL,
    provider               TEXT NOT NULL,
    model_id               TEXT NOT NULL,
    requests               INTEGER NOT NULL,
    errors                 INTEGER NOT NULL,
    fallbacks              INTEGER NOT NULL,
    input_tokens           INTEGER NOT NULL,
    output_tokens          INTEGER NOT NULL,
    total_tokens           INTEGER NOT NULL,
    cache_write_tokens     INTEGER NOT NULL,
    cache_read_tokens      INTEGER NOT NULL,
    input_cost_micro       INTEGER NOT NULL,
    output_cost_micro      INTEGER NOT NULL,
    cache_write_cost_micro INTEGER NOT NULL,
    cache_read_cost_micro  INTEGER NOT NULL,
    total_cost_micro       INTEGER NOT NULL,
    UNIQUE (bucket_type, bucket_start, user_id, access_key_id, provider, model_id)
) STRICT;

CREATE INDEX usage_aggregates_by_user
    ON usage_aggregates (bucket_type, bucket_start, user_id, provider);

CREATE TABLE model_mappings (
    id            TEXT PRIMARY KEY,
    claude_model  TEXT NOT NULL UNIQUE,
    bedrock_model TEXT NOT NULL,
    description   TEXT,
    is_active     INTEGER NOT NULL DEFAULT 1,
    created_at    INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER) * 1000000),
    updated_at    INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER) * 1000000)
) STRICT;

CREATE TABLE admin_sessions (
    jti        TEXT PRIMARY KEY,
    username   TEXT NOT NULL,
    address    TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE INDEX admin_sessions_by_expiry ON admin_sessions (expires_at);

CREATE TABLE admin_tokens (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    token_hash   TEXT NOT NULL UNIQUE,
    scope        TEXT NOT NULL CHECK (scope IN ('read', 'write')),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
) STRICT;

CREATE TABLE audit_log (
    id          TEXT PRIMARY KEY,
    created_at  INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    address     TEXT NOT NULL,
    action      TEXT NOT NULL,
    target_type TEXT NOT NULL,
    target_id   TEXT,
    detail      TEXT
) STRICT;

CREATE INDEX audit_log_by_time ON audit_log (created_at);

-- One row, raised by every write that other processes' caches must follow.
CREATE TABLE change_counter (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL
) STRICT;

INSERT INTO change_counter (id, version) VALUES (1, 1);
