-- Licenses in use: who is assigned, which machines are registered, which seats are taken, who waits.

-- One row: whoever changes seats, assignments or machines locks it first, so that quotas hold for every server on this
-- database.
CREATE TABLE license_lock (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    turn BIGINT NOT NULL
);

INSERT INTO license_lock (id, turn) VALUES (1, 0);

-- Counters, kept so that a checkout costs the same in a pool of any size. Counted again from the rows at every start.
CREATE TABLE license_count (
    organization_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    product TEXT NOT NULL,
    -- Live sessions that take a seat, and offline licenses.
    in_use BIGINT NOT NULL DEFAULT 0,
    assigned BIGINT NOT NULL DEFAULT 0,
    machines BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, product)
);

CREATE TABLE license_setting (
    organization_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    product TEXT NOT NULL,
    -- At most so many of the installation's seats; NULL: as many as there are.
    share BIGINT,
    -- NULL: off.
    idle_minutes BIGINT,
    -- KRE: only assigned people may start sessions, not every member.
    assigned_only BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (organization_id, product)
);

CREATE TABLE license_reservation (
    team_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    product TEXT NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    -- Kept free for the team.
    seats BIGINT NOT NULL,
    in_use BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (team_id, product)
);

CREATE TABLE license_assignment (
    organization_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    product TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    assigned_by TEXT NOT NULL,
    assigned_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    PRIMARY KEY (organization_id, product, user_id)
);

CREATE INDEX license_assignment_by_user ON license_assignment (user_id);

CREATE TABLE license_machine (
    id {{id}},
    organization_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    product TEXT NOT NULL,
    machine_key TEXT NOT NULL,
    hostname TEXT NOT NULL,
    -- Who used it last.
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    registered_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL
);

CREATE UNIQUE INDEX license_machine_key ON license_machine (organization_id, product, machine_key);

CREATE TABLE license_session (
    id {{id}},
    organization_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    product TEXT NOT NULL,
    -- KSE, ENGINE or FLOATING_ENGINE
    package TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    team_id BIGINT REFERENCES scope (id) ON DELETE SET NULL,
    machine_key TEXT NOT NULL,
    -- The client's own name for it.
    session_key TEXT NOT NULL,
    hostname TEXT NOT NULL,
    client_version TEXT NOT NULL,
    -- online or borrowed
    kind TEXT NOT NULL,
    -- KSE: of several sessions of one person one takes the seat.
    takes_seat BOOLEAN NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    renewed_at TIMESTAMPTZ NOT NULL,
    -- Nobody's lease is valid after this.
    expires_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    -- released, returned, missed, idle, moved, revoked, machine_removed, expired, left
    end_reason TEXT,
    ended_by TEXT
);

-- The client's own name first: one person may hold very many sessions.
CREATE UNIQUE INDEX license_session_live
    ON license_session (session_key, user_id, organization_id, product, machine_key) WHERE ended_at IS NULL;
CREATE INDEX license_session_of_user ON license_session (user_id, organization_id, product) WHERE ended_at IS NULL;
CREATE INDEX license_session_by_expiry ON license_session (expires_at) WHERE ended_at IS NULL;
CREATE INDEX license_session_of_organization ON license_session (organization_id, product, id) WHERE ended_at IS NULL;
-- With the id, so that the latest session of a name is found in one step.
CREATE INDEX license_session_by_key ON license_session (session_key, user_id, id);
CREATE INDEX license_session_by_start ON license_session (organization_id, product, started_at);

CREATE TABLE license_offline (
    id {{id}},
    organization_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    product TEXT NOT NULL,
    machine_key TEXT NOT NULL,
    -- Whose machine it is, as written by whoever made it.
    holder TEXT NOT NULL,
    content TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    -- Counted as a seat; FALSE once it expired.
    takes_seat BOOLEAN NOT NULL
);

CREATE INDEX license_offline_of_organization ON license_offline (organization_id, product, id);
CREATE INDEX license_offline_by_expiry ON license_offline (expires_at) WHERE takes_seat;

-- Sessions that asked to wait, in their order.
CREATE TABLE license_waiter (
    id {{id}},
    organization_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    product TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    machine_key TEXT NOT NULL,
    session_key TEXT NOT NULL,
    queued_at TIMESTAMPTZ NOT NULL,
    polled_at TIMESTAMPTZ NOT NULL
);

CREATE UNIQUE INDEX license_waiter_key ON license_waiter (user_id, organization_id, product, machine_key, session_key);

-- Askers who found no seat; what one asks again within ten minutes is one row.
CREATE TABLE license_denial (
    id {{id}},
    organization_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    product TEXT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    machine_key TEXT NOT NULL,
    first_at TIMESTAMPTZ NOT NULL,
    last_at TIMESTAMPTZ NOT NULL,
    attempts BIGINT NOT NULL,
    -- How many askers were without a seat at that time, this one among them: so many more seats would have served it.
    short_by BIGINT NOT NULL
);

CREATE INDEX license_denial_by_asker ON license_denial (organization_id, product, user_id, machine_key, last_at);
CREATE INDEX license_denial_by_time ON license_denial (product, last_at);

-- Most seats taken at once in each hour. organization_id 0: the whole installation.
CREATE TABLE license_hour (
    organization_id BIGINT NOT NULL,
    product TEXT NOT NULL,
    hour TIMESTAMPTZ NOT NULL,
    peak BIGINT NOT NULL,
    PRIMARY KEY (organization_id, product, hour)
);

-- What whoever takes the turn has to know of the whole installation, as one row.
CREATE VIEW license_fact AS
SELECT (SELECT COUNT(*) FROM license_file) AS licenses,
       (SELECT value FROM setting WHERE name = 'latest_time_seen') AS latest_time_seen,
       CAST(COALESCE(SUM(CASE WHEN product = 'KSE' THEN in_use END), 0) AS BIGINT) AS kse_in_use,
       CAST(COALESCE(SUM(CASE WHEN product = 'KSE' THEN assigned END), 0) AS BIGINT) AS kse_assigned,
       CAST(COALESCE(SUM(CASE WHEN product = 'KSE' THEN machines END), 0) AS BIGINT) AS kse_machines,
       CAST(COALESCE(SUM(CASE WHEN product = 'KRE' THEN in_use END), 0) AS BIGINT) AS kre_in_use,
       CAST(COALESCE(SUM(CASE WHEN product = 'KRE' THEN assigned END), 0) AS BIGINT) AS kre_assigned,
       CAST(COALESCE(SUM(CASE WHEN product = 'KRE' THEN machines END), 0) AS BIGINT) AS kre_machines,
       EXISTS (SELECT 1 FROM license_waiter) AS waiters,
       EXISTS (SELECT 1 FROM license_reservation WHERE seats > 0) AS reservations
FROM license_count;
