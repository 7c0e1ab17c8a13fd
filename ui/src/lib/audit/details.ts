/** Details of an audit event as text: everything besides actor, action and time. */
import type { AuditEvent } from '$lib/api/types';
import { formatDate, formatDateTime } from '$lib/format';
import { m } from '$lib/paraglide/messages';
import { deviceOf } from '$lib/profile/device';
import { roleName } from '$lib/roles';

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

/** “some_words” becomes “Some words”. */
export function sentence(key: string): string {
	const words = key.replaceAll('_', ' ');
	return words.charAt(0).toUpperCase() + words.slice(1);
}

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

function facts({ action, target_name, details }: AuditEvent): Detail[] {
	// The event of a rename is stored with the old name.
	const renames = action.startsWith('edit_') || action.startsWith('update_');
	return Object.entries(details)
		.filter(([key]) => action === 'slow_sign_ins' || (key !== 'from' && key !== 'to'))
		.filter(([key]) => !key.endsWith('_id'))
		.map(([key, value]) => ({
			name: (NAMES[key] ?? (() => sentence(key)))(),
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
