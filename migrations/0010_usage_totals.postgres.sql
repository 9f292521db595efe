-- The sums of usage_aggregates of all users: what was used in all is read as fast for a
-- thousand users as for one. One user's sums, and who was active, are found by user.
CREATE TABLE usage_totals (
    bucket_type            varchar(10) NOT NULL
        CHECK (bucket_type IN ('minute', 'hour', 'day', 'week', 'month')),
    bucket_start           timestamptz NOT NULL,
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
    PRIMARY KEY (bucket_type, bucket_start, provider, model_id)
) WITH (fillfactor = 50); -- each second changes the same rows

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
