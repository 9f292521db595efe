-- Shares of a user's month that one process may spend before it asks again.
CREATE TABLE budget_leases (
    user_id       uuid NOT NULL,
    holder_id     uuid NOT NULL,
    month_start   timestamptz NOT NULL,
    leased_micro  bigint NOT NULL,
    expires_at    timestamptz NOT NULL,
    PRIMARY KEY (user_id, holder_id)
);

CREATE INDEX budget_leases_by_holder ON budget_leases (holder_id);

-- One row a user, raised by each lease: who raises it is alone with that user's leases.
CREATE TABLE budget_turns (
    user_id uuid PRIMARY KEY,
    turn    bigint NOT NULL
);
