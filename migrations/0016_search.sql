-- Indexes for the search over everything, and for what is shown of one person and one machine.

-- The search reads names and email addresses of a scope's people from the index alone.
CREATE INDEX member_by_words ON member (scope_id, folded_name, folded_email, user_id);

-- The latest events by a person, and about a person.
CREATE INDEX audit_event_by_actor ON audit_event (actor_id, number);
CREATE INDEX audit_event_by_person ON audit_event (target_id, number) WHERE target_kind = 'user';

-- The latest sessions on a machine.
CREATE INDEX license_session_by_machine ON license_session (organization_id, machine_key, id);
