-- Lists that grow large: each order of theirs has an index. What members are sorted by lies in their own rows,
-- because no index spans two tables.

ALTER TABLE member ADD COLUMN folded_name {{folded}} NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN folded_email {{folded}} NOT NULL DEFAULT '';
-- The year 1: never.
ALTER TABLE member ADD COLUMN last_access_at TIMESTAMPTZ NOT NULL DEFAULT '0001-01-01T00:00:00+00:00';

UPDATE member SET
    folded_name = COALESCE((SELECT u.folded_name FROM user_account u WHERE u.id = member.user_id), ''),
    folded_email = COALESCE((SELECT u.folded_email FROM user_account u WHERE u.id = member.user_id), ''),
    last_access_at = COALESCE((SELECT u.last_access_at FROM user_account u WHERE u.id = member.user_id), last_access_at);

CREATE INDEX member_by_name ON member (scope_id, folded_name, user_id);
CREATE INDEX member_by_email ON member (scope_id, folded_email, user_id);
CREATE INDEX member_by_role ON member (scope_id, role, user_id);
CREATE INDEX member_by_joining ON member (scope_id, joined_at, user_id);
CREATE INDEX member_by_last_access ON member (scope_id, last_access_at, user_id);

ALTER TABLE removed_member ADD COLUMN folded_name {{folded}} NOT NULL DEFAULT '';
ALTER TABLE removed_member ADD COLUMN folded_email {{folded}} NOT NULL DEFAULT '';

UPDATE removed_member SET
    folded_name = COALESCE((SELECT u.folded_name FROM user_account u WHERE u.id = removed_member.user_id), ''),
    folded_email = COALESCE((SELECT u.folded_email FROM user_account u WHERE u.id = removed_member.user_id), '');

CREATE INDEX removed_member_by_time ON removed_member (scope_id, removed_at, user_id);

CREATE INDEX invitation_open_by_email ON invitation (scope_id, folded_email, id)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitation_open_by_creation ON invitation (scope_id, created_at, id)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitation_open_by_expiry ON invitation (scope_id, expires_at, id)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
