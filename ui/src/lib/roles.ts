/** Names of roles, for people. Screens only display roles; `actions` decide what is allowed. */
import type { Role } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

const NAMES: Record<Role, () => string> = {
	owner: m.role_owner,
	admin: m.role_admin,
	billing_manager: m.role_billing_manager,
	member: m.role_member
};

/** A role of another server version is shown unchanged. */
export const roleName = (role: string): string => (role in NAMES ? NAMES[role as Role]() : role);
