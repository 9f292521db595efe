-- Drops the partitions of months that ended before a moment, and says how many.
CREATE FUNCTION ccproxy_drop_usage_months(moment timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    month   timestamp;
    part    text;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ccproxy_make_usage_month'));
    FOR part IN
        SELECT child.relname FROM pg_inherits
        JOIN pg_class child ON child.oid = pg_inherits.inhrelid
        WHERE pg_inherits.inhparent = 'token_usage'::regclass
        ORDER BY child.relname
    LOOP
        CONTINUE WHEN part !~ '^token_usage_[0-9]{6}$';
        month := to_date(right(part, 6) || '01', 'YYYYMMDD')::timestamp;
        IF (month + interval '1 month') AT TIME ZONE 'UTC' <= moment THEN
            EXECUTE format('DROP TABLE %I', part);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END
$$;
