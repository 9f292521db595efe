-- When each session of a client was used, by UTC day: sessions of a range are found here,
-- without a look at all of the range's rows. A part for each key and provider, to filter by.
CREATE TABLE usage_session_days (
    day           INTEGER NOT NULL,
    session_id    TEXT NOT NULL,
    user_id       TEXT NOT NULL,
    access_key_id TEXT NOT NULL,
    provider      TEXT NOT NULL,
    first_use     INTEGER NOT NULL,
    last_use      INTEGER NOT NULL,
    PRIMARY KEY (day, session_id, user_id, access_key_id, provider)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_session_days
SELECT created_at - created_at % 86400000000, session_id, user_id, access_key_id, provider,
    min(created_at), max(created_at)
FROM token_usage WHERE session_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5;
