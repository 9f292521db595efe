-- The sums of usage_aggregates of all users: what was used in all is read as fast for a
-- thousand users as for one. One user's sums, and who was active, are found by user.
CREATE TABLE usage_totals (
    bucket_type            TEXT NOT NULL
        CHECK (bucket_type IN ('minute', 'hour', 'day', 'week', 'month')),
    bucket_start           INTEGER NOT NULL,
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
    PRIMARY KEY (bucket_type, bucket_start, provider, model_id)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_totals
SELECT bucket_type, bucket_start, provider, model_id,
    sum(requests), sum(errors), sum(fallbacks), sum(input_tokens), sum(output_tokens),
    sum(total_tokens), sum(cache_write_tokens), sum(cache_read_tokens),
    sum(input_cost_micro), sum(output_cost_micro), sum(cache_write_cost_micro),
    sum(cache_read_cost_micro), sum(total_cost_micro)
FROM usage_aggregates GROUP BY bucket_type, bucket_start, provider, model_id;

DROP INDEX usage_aggregates_by_user;
CREATE INDEX usage_aggregates_by_user
    ON usage_aggregates (bucket_type, user_id, bucket_start, provider);
