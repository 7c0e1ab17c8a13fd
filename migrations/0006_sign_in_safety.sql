-- How fast a subject may guess: an account, an address, or one at the other. `attempts` leaks away with time, counted
-- from `since`; before `next_at` the next guess is not looked at; `told_at`: when the audit log was told last.
CREATE TABLE sign_in_throttle (
    subject TEXT PRIMARY KEY,
    attempts BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL,
    next_at TIMESTAMPTZ NOT NULL,
    told_at TIMESTAMPTZ
);

-- Where somebody signed in from: their address, or a program's address and name.
CREATE TABLE known_place (
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    place TEXT NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, place)
);

-- The link in the mail carries another token than the one that is shown to those who invite.
ALTER TABLE invitation ADD COLUMN mail_token_hash BYTEA;

CREATE INDEX invitation_by_mail_token ON invitation (mail_token_hash);

CREATE INDEX mail_message_by_recipient ON mail_message (recipient, created_at);
