/** Roles in words. Screens show them and never decide by them: that is what `actions` are for. */
import type { Role } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

export function roleName(role: Role): string {
	switch (role) {
		case 'owner':
			return m.role_owner();
		case 'admin':
			return m.role_admin();
		case 'billing_manager':
			return m.role_billing_manager();
		case 'member':
			return m.role_member();
	}
}
