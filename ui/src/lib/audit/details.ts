/** Details of an audit event as text: everything besides actor, action and time. */
import type { AuditEvent } from '$lib/api/types';
import { formatDate, formatDateTime } from '$lib/format';
import { m } from '$lib/paraglide/messages';
import { deviceOf } from '$lib/profile/device';
import { roleName } from '$lib/roles';
import { spelledOut } from './actions';
import { sentenceOf } from './sentence';

/** `before`: the old value. */
export type Detail = { name: string; before: string | null; after: string };

const NAMES: Record<string, () => string> = {
	address: m.address_label,
	customer: m.license_customer,
	description: m.description,
	expires_at: m.expires,
	expires_on: m.expires,
	first_name: m.first_name,
	group: m.group,
	invited_by: m.invited_by_label,
	language: m.language,
	last_name: m.last_name,
	machine_key: m.machine_id,
	name: m.name,
	password_sign_in: m.password_sign_in,
	project: m.project,
	projects: m.projects,
	role: m.role,
	sessions_ended: m.sessions_ended_label,
	start: m.api_key_starts_with,
	team: m.team,
	teams_enabled: m.teams,
	time_zone: m.time_zone,
	user_agent: m.device,
	users: m.users
};
/** The attribute that `from` and `to` concern. */
const CHANGED: Partial<Record<string, () => string>> = {
	edit_user_role: m.role,
	transfer_ownership: m.role,
	move_project: m.team
};
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

function valueOf(key: string, value: unknown): string {
	if (value === null || value === undefined || value === '') return m.none();
	if (typeof value === 'boolean') return value ? m.on() : m.off();
	if (typeof value !== 'string') return JSON.stringify(value);
	if (key === 'role') return roleName(value);
	if (key === 'user_agent') return deviceOf(value).name;
	if (DAY.test(value)) return formatDate(value);
	return TIME.test(value) ? formatDateTime(value) : value;
}

export function detailsOf(event: AuditEvent): Detail[] {
	return [...change(event), ...facts(event), ...place(event)];
}

function change({ action, details: { from, to } }: AuditEvent): Detail[] {
	// Here `from` is an origin, not an old value.
	if (from === undefined || action === 'slow_sign_ins') return [];
	const key = action === 'move_project' ? 'team' : 'role';
	// The receiver of the ownership always becomes Owner, so the log does not store it.
	const after = action === 'transfer_ownership' ? 'owner' : to;
	return [{ name: (CHANGED[action] ?? m.change)(), before: valueOf(key, from), after: valueOf(key, after) }];
}

/** The sentence of most events has these already. */
const IN_SENTENCE = ['product', 'group'];

function facts(event: AuditEvent): Detail[] {
	const { action, target_name, details } = event;
	const told = sentenceOf(event);
	// The event of a rename is stored with the old name.
	const renames = action.startsWith('edit_') || action.startsWith('update_');
	return Object.entries(details)
		.filter(([key]) => action === 'slow_sign_ins' || (key !== 'from' && key !== 'to'))
		.filter(([key]) => !key.endsWith('_id'))
		.filter(([key, value]) => !(IN_SENTENCE.includes(key) && told.includes(String(value))))
		.map(([key, value]) => ({
			name: (NAMES[key] ?? (() => spelledOut(key)))(),
			before: renames && key === 'name' ? target_name : null,
			after: valueOf(key, value)
		}));
}

/** For people in a team or project the log stores only the scope's id. */
function place({ level, scope_id, target_kind }: AuditEvent): Detail[] {
	if (target_kind === level) return [];
	const after = String(scope_id);
	if (level === 'team') return [{ name: m.team_id(), before: null, after }];
	return level === 'project' ? [{ name: m.project_id(), before: null, after }] : [];
}
