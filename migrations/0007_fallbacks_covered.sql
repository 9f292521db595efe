-- Why requests fell back is told by the index alone, without a look at their rows.
DROP INDEX token_usage_fallbacks;
CREATE INDEX token_usage_fallbacks
    ON token_usage (created_at, fallback_reason, user_id, provider, access_key_id)
    WHERE is_fallback AND status <> 'error';
