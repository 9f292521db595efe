-- The whole data model. Money is millionths of a US dollar.

CREATE TABLE users (
    id                   uuid PRIMARY KEY,
    name                 varchar(255) NOT NULL,
    description          varchar(1024),
    status               varchar(10) NOT NULL CHECK (status IN ('active', 'inactive', 'deleted')),
    routing_strategy     varchar(20) NOT NULL CHECK (routing_strategy IN ('plan_first', 'bedrock_only')),
    monthly_budget_micro bigint CHECK (monthly_budget_micro >= 0),
    created_at           timestamptz NOT NULL,
    updated_at           timestamptz NOT NULL,
    deleted_at           timestamptz
);

CREATE INDEX users_by_name ON users (name);
CREATE INDEX users_by_created_at ON users (created_at);

CREATE TABLE access_keys (
    id                  uuid PRIMARY KEY,
    user_id             uuid NOT NULL REFERENCES users (id),
    key_hash            varchar(64) NOT NULL UNIQUE,
    key_prefix          varchar(12) NOT NULL,
    status              varchar(10) NOT NULL CHECK (status IN ('active', 'rotating', 'revoked')),
    bedrock_region      varchar(32) NOT NULL,
    bedrock_model       varchar(128),
    bedrock_api         varchar(16),
    created_at          timestamptz NOT NULL,
    last_used_at        timestamptz,
    revoked_at          timestamptz,
    rotation_expires_at timestamptz
);

CREATE INDEX access_keys_by_user ON access_keys (user_id);
CREATE INDEX access_keys_by_prefix ON access_keys (key_prefix);
CREATE INDEX access_keys_by_created_at ON access_keys (created_at);
CREATE INDEX access_keys_rotating ON access_keys (rotation_expires_at)
    WHERE status = 'rotating';

CREATE TABLE bedrock_keys (
    access_key_id uuid PRIMARY KEY REFERENCES access_keys (id),
    encrypted_key bytea NOT NULL,
    key_hash      varchar(64) NOT NULL,
    created_at    timestamptz NOT NULL,
    rotated_at    timestamptz
);

-- Partitioned by month of UTC, see ccproxy_make_usage_month(). No references
-- from usage: a row is never refused, and outlives what it names.
CREATE TABLE token_usage (
    id                         bigserial,
    request_id                 varchar(64) NOT NULL,
    created_at                 timestamptz NOT NULL,
    user_id                    uuid NOT NULL,
    access_key_id              uuid NOT NULL,
    provider                   varchar(10) NOT NULL,
    model                      varchar(128) NOT NULL,
    served_model               varchar(128) NOT NULL,
    input_tokens               bigint NOT NULL,
    output_tokens              bigint NOT NULL,
    cache_read_tokens          bigint NOT NULL,
    cache_write_5m_tokens      bigint NOT NULL,
    cache_write_1h_tokens      bigint NOT NULL,
    total_tokens               bigint NOT NULL,
    is_fallback                boolean NOT NULL,
    fallback_reason            varchar(32),
    is_stream                  boolean NOT NULL,
    status                     varchar(12) NOT NULL,
    http_status                integer NOT NULL,
    error_type                 varchar(40),
    estimated                  boolean NOT NULL,
    latency_ms                 bigint NOT NULL,
    ttft_ms                    bigint,
    overhead_ms                bigint,
    session_id                 varchar(128),
    agent_id                   varchar(128),
    parent_agent_id            varchar(128),
    input_cost_micro           bigint NOT NULL,
    output_cost_micro          bigint NOT NULL,
    cache_write_cost_micro     bigint NOT NULL,
    cache_read_cost_micro      bigint NOT NULL,
    total_cost_micro           bigint NOT NULL,
    price_estimated            boolean NOT NULL,
    pricing_region             varchar(32) NOT NULL,
    pricing_model_id           varchar(128) NOT NULL,
    pricing_effective_date     date,
    price_input_micro          bigint NOT NULL,
    price_output_micro         bigint NOT NULL,
    price_cache_write_micro    bigint NOT NULL,
    price_cache_write_1h_micro bigint NOT NULL,
    price_cache_read_micro     bigint NOT NULL,
    PRIMARY KEY (id, created_at),
    UNIQUE (request_id, created_at)
) PARTITION BY RANGE (created_at);

CREATE INDEX token_usage_by_time ON token_usage (created_at);
-- With what a budget asks for, so that it reads the index alone.
CREATE INDEX token_usage_by_user
    ON token_usage (user_id, created_at, provider) INCLUDE (total_cost_micro);
CREATE INDEX token_usage_by_key ON token_usage (access_key_id, created_at);
CREATE INDEX token_usage_by_session ON token_usage (session_id, created_at)
    WHERE session_id IS NOT NULL;

-- Makes the partition that holds a moment, unless it is there.
CREATE FUNCTION ccproxy_make_usage_month(moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    month     timestamp := date_trunc('month', moment AT TIME ZONE 'UTC');
    partition text := 'token_usage_' || to_char(month, 'YYYYMM');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ccproxy_make_usage_month'));
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF token_usage'
                   ' FOR VALUES FROM (%L) TO (%L)',
                   partition,
                   month AT TIME ZONE 'UTC',
                   (month + interval '1 month') AT TIME ZONE 'UTC');
END
$$;

CREATE TABLE usage_aggregates (
    id                     bigserial PRIMARY KEY,
    bucket_type            varchar(10) NOT NULL
        CHECK (bucket_type IN ('minute', 'hour', 'day', 'week', 'month')),
    bucket_start           timestamptz NOT NULL,
    user_id                uuid NOT NULL,
    access_key_id          uuid NOT NULL,
    provider               varchar(10) NOT NULL,
    model_id               varchar(128) NOT NULL,
    requests               bigint NOT NULL,
    errors                 bigint NOT NULL,
    fallbacks              bigint NOT NULL,
    input_tokens           bigint NOT NULL,
    output_tokens          bigint NOT NULL,
    total_tokens           bigint NOT NULL,
    cache_write_tokens     bigint NOT NULL,
    cache_read_tokens      bigint NOT NULL,
    input_cost_micro       bigint NOT NULL,
    output_cost_micro      bigint NOT NULL,
    cache_write_cost_micro bigint NOT NULL,
    cache_read_cost_micro  bigint NOT NULL,
    total_cost_micro       bigint NOT NULL,
    UNIQUE (bucket_type, bucket_start, user_id, access_key_id, provider, model_id)
);

CREATE INDEX usage_aggregates_by_user
    ON usage_aggregates (bucket_type, bucket_start, user_id, provider);

CREATE TABLE model_mappings (
    id            uuid PRIMARY KEY,
    claude_model  varchar(128) NOT NULL UNIQUE,
    bedrock_model varchar(128) NOT NULL,
    description   varchar(1024),
    is_active     boolean NOT NULL DEFAULT true,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE admin_sessions (
    jti        varchar(64) PRIMARY KEY,
    username   varchar(255) NOT NULL,
    address    varchar(64) NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

CREATE INDEX admin_sessions_by_expiry ON admin_sessions (expires_at);

CREATE TABLE admin_tokens (
    id           uuid PRIMARY KEY,
    name         varchar(255) NOT NULL,
    token_hash   varchar(64) NOT NULL UNIQUE,
    scope        varchar(10) NOT NULL CHECK (scope IN ('read', 'write')),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz
);

CREATE TABLE audit_log (
    id          uuid PRIMARY KEY,
    created_at  timestamptz NOT NULL,
    actor       varchar(255) NOT NULL,
    address     varchar(64) NOT NULL,
    action      varchar(64) NOT NULL,
    target_type varchar(32) NOT NULL,
    target_id   varchar(128),
    detail      varchar(1024)
);

CREATE INDEX audit_log_by_time ON audit_log (created_at);

-- One row, raised by every write that other processes' caches must follow.
CREATE TABLE change_counter (
    id      integer PRIMARY KEY CHECK (id = 1),
    version bigint NOT NULL
);

INSERT INTO change_counter (id, version) VALUES (1, 1);

CREATE FUNCTION ccproxy_tell_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('ccproxy_invalidate', NEW.version::text);
    RETURN NULL;
END
$$;

CREATE TRIGGER change_counter_told AFTER UPDATE ON change_counter
    FOR EACH ROW EXECUTE FUNCTION ccproxy_tell_change();
