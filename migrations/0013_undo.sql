-- What a person can take back for a minute: the rows that a removal or a revocation has deleted. A job of the same time
-- deletes the row, and sends the mails that would have been wrong.
CREATE TABLE undo (
    id {{id}},
    -- The only person who may use it.
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    scope_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    -- JSON
    content TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX undo_by_end ON undo (expires_at);
CREATE INDEX undo_by_user ON undo (user_id);
CREATE INDEX undo_by_scope ON undo (scope_id);
