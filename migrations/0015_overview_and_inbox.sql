-- Indexes for the overview and the inbox, and how far each person has read their inbox.

-- Everything up to this time is read.
CREATE TABLE inbox_mark (
    user_id BIGINT PRIMARY KEY REFERENCES user_account (id) ON DELETE CASCADE,
    seen_until TIMESTAMPTZ NOT NULL
);

-- The inbox: events about one person, invitations to an address, license sessions that somebody else ended.
CREATE INDEX audit_event_about_user ON audit_event (target_id, number) WHERE target_kind = 'user';
CREATE INDEX audit_event_about_invitation ON audit_event (target_name, number) WHERE target_kind = 'invitation';
CREATE INDEX license_session_taken_away ON license_session (user_id, ended_at)
    WHERE end_reason IN ('revoked', 'machine_removed');

-- The overview: sign-ins and denials of the last days, mails that wait or failed.
CREATE INDEX audit_event_sign_in ON audit_event (at) WHERE action = 'sign_in';
CREATE INDEX license_denial_by_first ON license_denial (organization_id, first_at);
CREATE INDEX mail_message_open ON mail_message (created_at) WHERE state IN ('queued', 'handing_over');
CREATE INDEX mail_message_failed ON mail_message (created_at) WHERE state = 'failed';
