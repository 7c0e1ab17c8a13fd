-- Texts folded by the program (crates/domain/src/text.rs), so that search, order and uniqueness are the same on every
-- database and in every locale. SQL cannot fold: rows that were there before get theirs at the next start, in parts
-- (crates/store/src/folded.rs); until then the column is NULL. {{folded}} is text that is compared byte by byte.

ALTER TABLE user_account ADD COLUMN folded_name {{folded}};
ALTER TABLE user_account ADD COLUMN folded_email {{folded}};
ALTER TABLE scope ADD COLUMN folded_name {{folded}};
ALTER TABLE scope ADD COLUMN folded_description {{folded}};
ALTER TABLE user_group ADD COLUMN folded_name {{folded}};
ALTER TABLE user_group ADD COLUMN folded_description {{folded}};
ALTER TABLE invitation ADD COLUMN folded_email {{folded}};
-- Recipient and subject.
ALTER TABLE mail_message ADD COLUMN folded_text {{folded}};
ALTER TABLE license_offline ADD COLUMN folded_holder {{folded}};
ALTER TABLE license_machine ADD COLUMN folded_hostname {{folded}};
-- Only where the host name has letters beyond ASCII: others are folded well enough by every database.
ALTER TABLE license_session ADD COLUMN folded_hostname {{folded}};

-- Beside the events, which are never changed.
CREATE TABLE audit_event_text (
    number BIGINT PRIMARY KEY,
    -- Actor, address, action, target and details.
    folded_text {{folded}} NOT NULL
);

-- The database's own lower case knew ASCII alone on SQLite, and followed the locale on PostgreSQL.
DROP INDEX scope_name;
CREATE UNIQUE INDEX scope_name ON scope (level, COALESCE(organization_id, 0), COALESCE(team_id, 0), folded_name);
DROP INDEX user_group_name;
CREATE UNIQUE INDEX user_group_name ON user_group (organization_id, folded_name);
