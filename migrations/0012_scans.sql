-- Statements that read a whole table, found by the query plans of all statements.

-- A sweep looks for machines that are not used any more, while it holds the license lock.
CREATE INDEX license_machine_by_last_use ON license_machine (last_seen_at);

-- Mails that wait for their next attempt.
CREATE INDEX mail_message_by_next_attempt ON mail_message (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- Rows of an older version, whose texts are not folded yet: none, once housekeeping is done with them.
CREATE INDEX user_account_unfolded ON user_account (id) WHERE folded_name IS NULL OR folded_email IS NULL;
CREATE INDEX invitation_unfolded ON invitation (id) WHERE folded_email IS NULL;
CREATE INDEX mail_message_unfolded ON mail_message (id) WHERE folded_text IS NULL;
CREATE INDEX license_machine_unfolded ON license_machine (id) WHERE folded_hostname IS NULL;
