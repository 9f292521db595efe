-- When each session of a client was used, by UTC day: sessions of a range are found here,
-- without a look at all of the range's rows. A part for each key and provider, to filter by.
CREATE TABLE usage_session_days (
    day           timestamptz NOT NULL,
    session_id    varchar(128) NOT NULL,
    user_id       uuid NOT NULL,
    access_key_id uuid NOT NULL,
    provider      varchar(10) NOT NULL,
    first_use     timestamptz NOT NULL,
    last_use      timestamptz NOT NULL,
    PRIMARY KEY (day, session_id, user_id, access_key_id, provider)
);

INSERT INTO usage_session_days
SELECT date_trunc('day', created_at, 'UTC'), session_id, user_id, access_key_id, provider,
    min(created_at), max(created_at)
FROM token_usage WHERE session_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
