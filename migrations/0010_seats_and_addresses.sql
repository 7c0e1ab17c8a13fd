-- Seats that a clock ahead of time freed count again when the clock comes back; and whose address is proven.

-- The latest time by which a seat became free because its lease had ended. NULL: none so far.
ALTER TABLE license_lock ADD COLUMN freed_until TIMESTAMPTZ;

-- Its seat became free because every lease signed for it had ended, by the clock of then.
ALTER TABLE license_session ADD COLUMN freed_by_time BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE license_held_seat ADD COLUMN freed_by_time BOOLEAN NOT NULL DEFAULT FALSE;

CREATE INDEX license_session_freed_by_time ON license_session (signed_until) WHERE freed_by_time;
DROP INDEX license_held_seat_by_expiry;
CREATE INDEX license_held_seat_by_expiry ON license_held_seat (expires_at) WHERE NOT freed_by_time;
CREATE INDEX license_held_seat_freed_by_time ON license_held_seat (expires_at) WHERE freed_by_time;
CREATE INDEX license_offline_expired ON license_offline (expires_at) WHERE NOT takes_seat;

DROP VIEW license_fact;

-- What a turn has to know of the whole installation, as one row.
CREATE VIEW license_fact AS
SELECT (SELECT COUNT(*) FROM license_file) AS licenses,
       (SELECT value FROM setting WHERE name = 'latest_time_seen') AS latest_time_seen,
       (SELECT freed_until FROM license_lock WHERE id = 1) AS freed_until,
       CAST(COALESCE(SUM(CASE WHEN product = 'KSE' THEN in_use END), 0) AS BIGINT) AS kse_in_use,
       CAST(COALESCE(SUM(CASE WHEN product = 'KSE' THEN assigned END), 0) AS BIGINT) AS kse_assigned,
       CAST(COALESCE(SUM(CASE WHEN product = 'KSE' THEN machines END), 0) AS BIGINT) AS kse_machines,
       CAST(COALESCE(SUM(CASE WHEN product = 'KRE' THEN in_use END), 0) AS BIGINT) AS kre_in_use,
       CAST(COALESCE(SUM(CASE WHEN product = 'KRE' THEN assigned END), 0) AS BIGINT) AS kre_assigned,
       CAST(COALESCE(SUM(CASE WHEN product = 'KRE' THEN machines END), 0) AS BIGINT) AS kre_machines,
       EXISTS (SELECT 1 FROM license_waiter) AS waiters,
       EXISTS (SELECT 1 FROM license_reservation WHERE seats > 0) AS reservations,
       EXISTS (SELECT 1 FROM license_held_seat WHERE NOT freed_by_time) AS held
FROM license_count;

-- A mail to the address reached the person, or an Owner answers for them. FALSE: the password was chosen by a link that
-- inviters see too, so an inviter may have chosen it.
ALTER TABLE user_account ADD COLUMN address_proven BOOLEAN NOT NULL DEFAULT TRUE;
