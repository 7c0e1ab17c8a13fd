/** What an event says beside who, what and when, in words. */
import type { AuditEvent, Role } from '$lib/api/types';
import { formatDateTime } from '$lib/format';
import { m } from '$lib/paraglide/messages';
import { roleName } from '$lib/roles';

/** `before`: it was this. */
export type Detail = { name: string; before: string | null; after: string };

const NAMES: Record<string, () => string> = {
	address: m.email,
	customer: m.license_customer,
	description: m.description,
	email: m.email,
	expires_at: m.expires,
	name: m.name,
	password_sign_in: m.password_sign_in,
	role: m.role,
	teams_enabled: m.teams
};
const ROLES: unknown[] = ['owner', 'admin', 'billing_manager', 'member'] satisfies Role[];
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

const nameOf = (key: string) => (NAMES[key] ?? (() => sentence(key)))();

/** “some_words”: “Some words” */
export function sentence(key: string): string {
	const words = key.replaceAll('_', ' ');
	return words.charAt(0).toUpperCase() + words.slice(1);
}

function valueOf(value: unknown): string {
	if (value === null || value === undefined || value === '') return m.none();
	if (typeof value === 'boolean') return value ? m.on() : m.off();
	if (ROLES.includes(value)) return roleName(value as Role);
	if (typeof value === 'string') return TIME.test(value) ? formatDateTime(value) : value;
	if (Array.isArray(value)) return value.map(valueOf).join(', ');
	return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

type Change = { from: unknown; to: unknown };
const isChange = (value: unknown): value is Change =>
	typeof value === 'object' && value !== null && 'from' in value && 'to' in value;

export function detailsOf({ action, details }: AuditEvent): Detail[] {
	const { from, to, ...others } = details;
	const list = Object.entries(others).map(([key, value]) =>
		isChange(value)
			? { name: nameOf(key), before: valueOf(value.from), after: valueOf(value.to) }
			: { name: nameOf(key), before: null, after: valueOf(value) }
	);
	if (from === undefined) return list;
	// A change of the one thing that the action is about.
	const name = action === 'transfer_ownership' || action.endsWith('_role') ? m.role() : m.change();
	return [{ name, before: valueOf(from), after: valueOf(to ?? 'owner') }, ...list];
}
