-- Organizations, teams and projects, the people in them, and the audit log.

-- Every place that people have a role in: the account (id 1), organizations, teams, projects. One id space.
CREATE TABLE scope (
    id {{id}},
    level TEXT NOT NULL CHECK (level IN ('account', 'organization', 'team', 'project')),
    organization_id BIGINT REFERENCES scope (id) ON DELETE CASCADE,
    -- A team's projects go with it.
    team_id BIGINT REFERENCES scope (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    -- Organizations: whether they have teams.
    teams_enabled BOOLEAN NOT NULL DEFAULT TRUE,
    -- Projects: since when nothing is added to them.
    archived_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE UNIQUE INDEX scope_name ON scope (level, COALESCE(organization_id, 0), COALESCE(team_id, 0), lower(name));
CREATE INDEX scope_by_organization ON scope (organization_id, level);
CREATE INDEX scope_by_team ON scope (team_id);

INSERT INTO scope (level, name, created_at) VALUES ('account', 'Account', CURRENT_TIMESTAMP);

CREATE TABLE member (
    scope_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'billing_manager', 'member')),
    -- Login option: whether a session that began with a password reaches this place.
    password_sign_in BOOLEAN NOT NULL DEFAULT TRUE,
    joined_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (scope_id, user_id)
);

CREATE INDEX member_by_user ON member (user_id);

-- Everybody belongs to the account.
INSERT INTO member (scope_id, user_id, role, joined_at)
    SELECT s.id, u.id, COALESCE(a.role, 'member'), u.created_at
    FROM user_account u CROSS JOIN scope s LEFT JOIN account_member a ON a.user_id = u.id
    WHERE s.level = 'account';
DROP TABLE account_member;

CREATE TABLE removed_member (
    scope_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    removed_at TIMESTAMPTZ NOT NULL,
    removed_by TEXT NOT NULL,
    PRIMARY KEY (scope_id, user_id)
);

ALTER TABLE user_account ADD COLUMN language TEXT;
ALTER TABLE user_account ADD COLUMN time_zone TEXT;
ALTER TABLE user_account ADD COLUMN last_access_at TIMESTAMPTZ;

CREATE TABLE user_group (
    id {{id}},
    organization_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    created_at TIMESTAMPTZ NOT NULL
);

CREATE UNIQUE INDEX user_group_name ON user_group (organization_id, lower(name));

CREATE TABLE user_group_member (
    group_id BIGINT NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    added_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (group_id, user_id)
);

CREATE INDEX user_group_member_by_user ON user_group_member (user_id);

-- The link's token is made from nonce and conf/secret.key whenever somebody may see it; only its hash is kept.
CREATE TABLE invitation (
    id {{id}},
    -- The account or an organization.
    scope_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    project_id BIGINT REFERENCES scope (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    invited_by BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    nonce BYTEA NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    -- The link was used to choose a password; the next sign-in accepts.
    password_set_at TIMESTAMPTZ,
    accepted_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);

CREATE UNIQUE INDEX invitation_open ON invitation (scope_id, email) WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX invitation_by_email ON invitation (email);
CREATE INDEX invitation_by_inviter ON invitation (invited_by);

CREATE TABLE api_key (
    id {{id}},
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- Its first characters, to tell keys apart.
    start TEXT NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ
);

CREATE INDEX api_key_by_user ON api_key (user_id);

-- Who did what to whom. Rows outlive what they speak of, so nothing here refers to another table. hash is SHA-256 over
-- the hash of the row before and this row's fields.
CREATE TABLE audit_event (
    number BIGINT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL,
    actor_id BIGINT,
    actor TEXT NOT NULL,
    address TEXT,
    action TEXT NOT NULL,
    -- The organization it happened in; NULL: the account.
    organization_id BIGINT,
    level TEXT NOT NULL,
    scope_id BIGINT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id BIGINT,
    target_name TEXT NOT NULL,
    -- JSON
    details TEXT NOT NULL,
    hash BYTEA NOT NULL
);

CREATE INDEX audit_event_by_organization ON audit_event (organization_id, number);

-- The end of the chain; its row is also the lock that puts events in order.
CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL
);
