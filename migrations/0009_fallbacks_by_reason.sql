-- Each reason is sought for and counted in an index alone, of all and of one user; SQLite
-- wants its conditions' columns in it for that.
DROP INDEX token_usage_fallbacks;
CREATE INDEX token_usage_fallbacks
    ON token_usage (fallback_reason, created_at, provider, is_fallback, status)
    WHERE is_fallback AND status <> 'error';
CREATE INDEX token_usage_fallbacks_by_user
    ON token_usage (user_id, fallback_reason, created_at, access_key_id, provider,
        is_fallback, status)
    WHERE is_fallback AND status <> 'error';
