-- Few rows are fallbacks: why they were is counted without a look at the others.
CREATE INDEX token_usage_fallbacks ON token_usage (created_at) WHERE is_fallback;
