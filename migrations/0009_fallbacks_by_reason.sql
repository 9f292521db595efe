-- Each reason is sought for and counted in the index alone; SQLite wants its conditions'
-- columns in it for that.
DROP INDEX token_usage_fallbacks;
CREATE INDEX token_usage_fallbacks
    ON token_usage (fallback_reason, created_at, user_id, provider, access_key_id,
        is_fallback, status)
    WHERE is_fallback AND status <> 'error';
