-- Whose mail server carries a message, and how mail stands with each mail server.

-- 'account': the account's settings alone. 'organization': those of scope_id, or the account's when it has none; with
-- scope_id NULL the organization is gone, and the message is not sent.
ALTER TABLE mail_message ADD COLUMN route TEXT NOT NULL DEFAULT 'account';

UPDATE mail_message SET route = 'organization'
WHERE scope_id IS NOT NULL AND kind NOT IN ('password_reset', 'license_expiry');

-- Earlier versions sent these through an organization's settings, too.
UPDATE mail_message SET scope_id = NULL WHERE kind IN ('password_reset', 'license_expiry');

-- FALSE: somebody below Owner saved the account's settings, so they carry no link that resets an Owner's password.
ALTER TABLE mail_setting ADD COLUMN by_owner BOOLEAN NOT NULL DEFAULT TRUE;

-- While mail is not going out through these settings: since when, why ('configuration', 'limit'), in which words, how
-- often in a row, and when the next mail tries it. NULL and 0: all is well.
ALTER TABLE mail_setting ADD COLUMN stuck_since TIMESTAMPTZ;
ALTER TABLE mail_setting ADD COLUMN stuck_kind TEXT;
ALTER TABLE mail_setting ADD COLUMN stuck_reason TEXT;
ALTER TABLE mail_setting ADD COLUMN stuck_times BIGINT NOT NULL DEFAULT 0;
ALTER TABLE mail_setting ADD COLUMN not_before TIMESTAMPTZ;

-- The settings (their scope) that a job waits for; it goes on at once when they work again.
ALTER TABLE job ADD COLUMN waits_for BIGINT;
