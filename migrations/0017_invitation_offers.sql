-- What an invitation gives when it is accepted, beside the membership, and how far its mail and its link came.

ALTER TABLE invitation ADD COLUMN role TEXT NOT NULL DEFAULT 'member';
-- JSON: ids of teams of the organization. A team that was deleted since is left out.
ALTER TABLE invitation ADD COLUMN team_ids TEXT NOT NULL DEFAULT '[]';
-- JSON: products, as in license_assignment.
ALTER TABLE invitation ADD COLUMN products TEXT NOT NULL DEFAULT '[]';
-- When the newest link was looked at first.
ALTER TABLE invitation ADD COLUMN opened_at TIMESTAMPTZ;

ALTER TABLE mail_message ADD COLUMN invitation_id BIGINT REFERENCES invitation (id) ON DELETE SET NULL;

CREATE INDEX mail_message_by_invitation ON mail_message (invitation_id, id);

-- The address from which a program used the key last, with the resolution of last_used_at.
ALTER TABLE api_key ADD COLUMN last_used_address TEXT;
