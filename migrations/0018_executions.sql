-- Executions of tests: the files that were uploaded, and what was read from them.

-- One row per project. Its lock puts all readings of a project in order.
CREATE TABLE execution_counter (
    project_id BIGINT PRIMARY KEY REFERENCES scope (id) ON DELETE CASCADE,
    last_number BIGINT NOT NULL
);

CREATE TABLE execution (
    id {{id}},
    project_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    -- Counted in the project, from 1.
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- Name, build, branch, commit and environment, for searches.
    folded_text {{folded}} NOT NULL,
    state TEXT NOT NULL,
    -- JSON: sentences for people.
    notes TEXT NOT NULL DEFAULT '[]',
    -- The client's own key of the upload. The same key is the same execution.
    upload_key TEXT,
    -- The client's key of the run, under which it reports progress.
    session_key TEXT,
    format TEXT,
    user_id BIGINT REFERENCES user_account (id) ON DELETE SET NULL,
    build TEXT,
    build_url TEXT,
    branch TEXT,
    commit_hash TEXT,
    environment TEXT,
    passed BIGINT NOT NULL DEFAULT 0,
    failed BIGINT NOT NULL DEFAULT 0,
    errored BIGINT NOT NULL DEFAULT 0,
    skipped BIGINT NOT NULL DEFAULT 0,
    other BIGINT NOT NULL DEFAULT 0,
    flaky BIGINT NOT NULL DEFAULT 0,
    -- Failures outside of all test cases.
    run_errors BIGINT NOT NULL DEFAULT 0,
    newly_failing BIGINT NOT NULL DEFAULT 0,
    fixed BIGINT NOT NULL DEFAULT 0,
    started_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    duration_ms BIGINT,
    -- The stored file with the long texts of the results.
    texts TEXT,
    -- How often the files were begun to be read. A reading that was cut off is replaced by the next.
    reading BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX execution_by_number ON execution (project_id, number);
CREATE UNIQUE INDEX execution_by_upload_key ON execution (project_id, upload_key) WHERE upload_key IS NOT NULL;
CREATE INDEX execution_by_session_key ON execution (project_id, session_key) WHERE session_key IS NOT NULL;
CREATE INDEX execution_by_project ON execution (project_id, id);
CREATE INDEX execution_by_user ON execution (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX execution_open ON execution (state, changed_at) WHERE state IN ('waiting', 'reading', 'running');

CREATE TABLE execution_file (
    id {{id}},
    execution_id BIGINT NOT NULL REFERENCES execution (id) ON DELETE CASCADE,
    -- The relative path that the client gave.
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    -- SHA-256, hexadecimal.
    hash TEXT NOT NULL,
    -- Where the file is stored.
    place TEXT NOT NULL,
    -- 'upload': sent by the client. 'report': the same, and a report was read from it. 'embedded': was inside a report.
    kind TEXT NOT NULL
);
CREATE INDEX execution_file_by_execution ON execution_file (execution_id, id);

-- A test case: what has the same suite, name and parameters in a project.
CREATE TABLE test_case (
    id {{id}},
    project_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    -- SHA-256 of suite, class, name and parameters, its first 16 bytes, hexadecimal.
    identity TEXT NOT NULL,
    suite TEXT NOT NULL,
    name TEXT NOT NULL,
    parameters TEXT,
    folded_name {{folded}} NOT NULL,
    -- The last outcome.
    outcome TEXT NOT NULL,
    -- The last outcomes, newest first, one letter each, at most 256.
    history TEXT NOT NULL,
    -- The durations of the same runs in milliseconds, separated by commas; -1: not known.
    durations TEXT NOT NULL,
    result_count BIGINT NOT NULL,
    last_execution_id BIGINT,
    last_run_at TIMESTAMPTZ NOT NULL
);
CREATE UNIQUE INDEX test_case_by_identity ON test_case (project_id, identity);
CREATE INDEX test_case_by_name ON test_case (project_id, folded_name, id);
CREATE INDEX test_case_by_run ON test_case (project_id, last_run_at, id);

CREATE TABLE test_result (
    id {{id}},
    execution_id BIGINT NOT NULL REFERENCES execution (id) ON DELETE CASCADE,
    test_case_id BIGINT NOT NULL REFERENCES test_case (id) ON DELETE CASCADE,
    -- The number of this result among all of its test case, from 1.
    run BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    flaky BOOLEAN NOT NULL,
    -- Against the result of the test case before this one.
    change TEXT,
    -- -1: not known.
    duration_ms BIGINT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL,
    -- Equal for equal errors.
    error_key TEXT,
    error_type TEXT,
    -- At most 500 characters.
    error_message TEXT,
    -- The place of the long texts in the execution's file of texts; size 0: there are none.
    text_at BIGINT NOT NULL,
    text_size BIGINT NOT NULL
);
CREATE INDEX test_result_by_execution ON test_result (execution_id, id);
CREATE INDEX test_result_by_duration ON test_result (execution_id, duration_ms, id);
CREATE INDEX test_result_by_case ON test_result (test_case_id, id);
CREATE INDEX test_result_by_error ON test_result (execution_id, error_key, id) WHERE error_key IS NOT NULL;
CREATE INDEX test_result_broken ON test_result (execution_id, id) WHERE outcome IN ('failed', 'errored');

-- A place for one file that a client sends before it says what the file is.
CREATE TABLE upload_slot (
    id {{id}},
    project_id BIGINT NOT NULL REFERENCES scope (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
    -- Of the token in the slot's address.
    token_hash BYTEA NOT NULL UNIQUE,
    -- Where the file is stored; absent: it has not arrived.
    place TEXT,
    size BIGINT NOT NULL DEFAULT 0,
    hash TEXT NOT NULL DEFAULT '',
    -- The file that this upload became.
    file_id BIGINT REFERENCES execution_file (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX upload_slot_by_project ON upload_slot (project_id);
CREATE INDEX upload_slot_by_user ON upload_slot (user_id);
CREATE INDEX upload_slot_by_file ON upload_slot (file_id) WHERE file_id IS NOT NULL;
CREATE INDEX upload_slot_by_expiry ON upload_slot (expires_at);
