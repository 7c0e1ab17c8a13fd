/** Roles in words. Screens show them and never decide by them: that is what `actions` are for. */
import type { Role } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

const NAMES: Record<Role, () => string> = {
	owner: m.role_owner,
	admin: m.role_admin,
	billing_manager: m.role_billing_manager,
	member: m.role_member
};

/** One of another version of the server stays as it is. */
export const roleName = (role: string): string => (role in NAMES ? NAMES[role as Role]() : role);
