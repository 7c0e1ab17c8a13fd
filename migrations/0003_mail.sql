-- Work that is done outside of requests, and the mail that most of it sends.

-- A row is queued in the transaction that causes it; workers claim rows for a while, so that a killed one's come back.
CREATE TABLE job (
    id {{id}},
    name TEXT NOT NULL,
    -- JSON
    payload TEXT NOT NULL,
    run_at TIMESTAMPTZ NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    claimed_until TIMESTAMPTZ,
    -- Set once it is given up: it stays for people to see, and is not tried again.
    parked_at TIMESTAMPTZ,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX job_by_run_at ON job (run_at) WHERE parked_at IS NULL;

-- How the account (the default) or an organization sends mail.
CREATE TABLE mail_setting (
    scope_id BIGINT PRIMARY KEY REFERENCES scope (id) ON DELETE CASCADE,
    host TEXT NOT NULL,
    port BIGINT NOT NULL,
    protocol TEXT NOT NULL CHECK (protocol IN ('smtp', 'starttls', 'smtps')),
    -- Empty: no login.
    username TEXT NOT NULL,
    -- Sealed with conf/secret.key; NULL: none.
    password_sealed BYTEA,
    sender TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

-- The mail log. A message is kept as what it tells, and rendered when it is sent: links carry secrets that are not stored.
CREATE TABLE mail_message (
    id {{id}},
    -- Whose settings send it; NULL: its organization is gone, the account's do.
    scope_id BIGINT REFERENCES scope (id) ON DELETE SET NULL,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- JSON
    content TEXT NOT NULL,
    -- handing_over: written before the message's last line goes out, so that a crash then is told from one before.
    state TEXT NOT NULL CHECK (state IN ('queued', 'handing_over', 'sent', 'failed', 'unknown')),
    attempts BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    next_attempt_at TIMESTAMPTZ,
    sent_at TIMESTAMPTZ
);

CREATE INDEX mail_message_by_scope ON mail_message (scope_id, id);

-- What somebody does not want to be told; a row is a no.
CREATE TABLE mail_refusal (
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    PRIMARY KEY (user_id, kind)
);

-- Links of “Forgot your password”. Tokens as with invitations: derived from nonce and conf/secret.key.
CREATE TABLE password_reset (
    id {{id}},
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    nonce BYTEA NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ
);

CREATE INDEX password_reset_by_user ON password_reset (user_id);
