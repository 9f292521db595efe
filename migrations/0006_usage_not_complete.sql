-- The few rows that did not end well, found among millions that did.
CREATE INDEX token_usage_not_complete ON token_usage (status, created_at)
    WHERE status <> 'complete';
