-- One text for SQLite and PostgreSQL; {{id}} is the only placeholder.

-- A contract: the documented password recovery updates password and password_encrypted by SQL.
CREATE TABLE user_account (
    id {{id}},
    email TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    -- false: password is the plain value that an administrator set by SQL; the next sign-in hashes it.
    password_encrypted BOOLEAN NOT NULL DEFAULT TRUE,
    first_name TEXT NOT NULL DEFAULT '',
    last_name TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMPTZ NOT NULL,
    last_sign_in_at TIMESTAMPTZ
);

-- The account level: who administers the installation.
CREATE TABLE account_member (
    user_id BIGINT PRIMARY KEY REFERENCES user_account (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'billing_manager', 'member')),
    created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE session (
    id {{id}},
    token_hash BYTEA NOT NULL UNIQUE,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
);

CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_by_expiry ON session (expires_at);

-- How often a subject (an account or an address) tried to sign in since window_start.
CREATE TABLE sign_in_attempt (
    subject TEXT PRIMARY KEY,
    window_start TIMESTAMPTZ NOT NULL,
    attempts BIGINT NOT NULL
);

-- License files as imported; the signed text is the truth, read and verified again at every start.
CREATE TABLE license_file (
    id {{id}},
    license_id TEXT NOT NULL UNIQUE,
    content TEXT NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    imported_by BIGINT REFERENCES user_account (id) ON DELETE SET NULL
);

-- Installation-wide values: a row exists or not, so an insert is a one-way door.
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);
