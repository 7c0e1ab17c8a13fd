-- What a lease that was given back early goes on to count, and how often a seat or a place may come back early.

-- The latest end of anything that was signed for the session. Settings may shorten later leases, never a signed one.
-- NULL: as long as expires_at, in rows of before this migration.
ALTER TABLE license_session ADD COLUMN signed_until TIMESTAMPTZ;

-- Removed, and still taking its place, because places came back too often this month. NULL: registered.
ALTER TABLE license_machine ADD COLUMN removed_at TIMESTAMPTZ;

-- Seats of sessions that ended while their lease goes on to verify. Organizations with such seats are not deleted.
CREATE TABLE license_held_seat (
    id {{id}},
    organization_id BIGINT NOT NULL REFERENCES scope (id),
    product TEXT NOT NULL,
    user_id BIGINT NOT NULL,
    -- Charged to this team's reservation.
    team_id BIGINT,
    machine_key TEXT NOT NULL,
    hostname TEXT NOT NULL,
    ended_at TIMESTAMPTZ NOT NULL,
    -- As in license_session.
    end_reason TEXT NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX license_held_seat_by_expiry ON license_held_seat (expires_at);
CREATE INDEX license_held_seat_of_user ON license_held_seat (user_id, product);
CREATE INDEX license_held_seat_of_organization ON license_held_seat (organization_id, product, expires_at);

-- How often something came back before its time, by whom, in an hour or a month.
CREATE TABLE license_return (
    -- online, borrowed or machine
    kind TEXT NOT NULL,
    product TEXT NOT NULL,
    -- installation, organization ID, person ID or machine ORGANIZATION KEY
    holder TEXT NOT NULL,
    -- When the hour or the month began.
    period TIMESTAMPTZ NOT NULL,
    returned BIGINT NOT NULL,
    PRIMARY KEY (kind, product, holder, period)
);

CREATE INDEX license_return_by_period ON license_return (period);

DROP VIEW license_fact;

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
       EXISTS (SELECT 1 FROM license_reservation WHERE seats > 0) AS reservations,
       EXISTS (SELECT 1 FROM license_held_seat) AS held
FROM license_count;
