-- Indexes for what grows: the queue by kind of job, and what housekeeping deletes.

-- Servers claim jobs of one name.
DROP INDEX job_by_run_at;
CREATE INDEX job_by_name_and_run_at ON job (name, run_at) WHERE parked_at IS NULL;
CREATE INDEX job_by_waits_for ON job (waits_for) WHERE waits_for IS NOT NULL;

-- Housekeeping deletes in small pieces, oldest first.
CREATE INDEX session_by_last_use ON session (last_used_at);
CREATE INDEX sign_in_attempt_by_start ON sign_in_attempt (window_start);
CREATE INDEX sign_in_throttle_by_start ON sign_in_throttle (since);
CREATE INDEX known_place_by_last_use ON known_place (last_used_at);
CREATE INDEX job_by_parking ON job (parked_at) WHERE parked_at IS NOT NULL;
CREATE INDEX mail_message_by_time ON mail_message (created_at);
CREATE INDEX password_reset_by_expiry ON password_reset (expires_at);
CREATE INDEX invitation_by_expiry ON invitation (expires_at);
CREATE INDEX license_session_by_end ON license_session (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX license_denial_by_last ON license_denial (last_at);
CREATE INDEX license_hour_by_hour ON license_hour (hour);

-- Foreign keys: without these, deleting what they point to reads the whole table.
CREATE INDEX invitation_by_scope ON invitation (scope_id);
CREATE INDEX invitation_by_project ON invitation (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX removed_member_by_user ON removed_member (user_id);
CREATE INDEX license_machine_by_user ON license_machine (user_id);
CREATE INDEX license_session_by_user ON license_session (user_id);
CREATE INDEX license_session_by_team ON license_session (team_id) WHERE team_id IS NOT NULL;
CREATE INDEX license_denial_by_user ON license_denial (user_id);
CREATE INDEX license_reservation_by_organization ON license_reservation (organization_id);
CREATE INDEX license_waiter_by_organization ON license_waiter (organization_id);
CREATE INDEX license_file_by_importer ON license_file (imported_by) WHERE imported_by IS NOT NULL;
