-- Shares of a user's month that one process may spend before it asks again.
CREATE TABLE budget_leases (
    user_id       TEXT NOT NULL,
    holder_id     TEXT NOT NULL,
    month_start   INTEGER NOT NULL,
    leased_micro  INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    PRIMARY KEY (user_id, holder_id)
) STRICT;

CREATE INDEX budget_leases_by_holder ON budget_leases (holder_id);

-- One row a user, raised by each lease: who raises it is alone with that user's leases.
CREATE TABLE budget_turns (
    user_id TEXT PRIMARY KEY,
    turn    INTEGER NOT NULL
) STRICT;
