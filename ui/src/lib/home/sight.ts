/** Which first page a person gets: by what the server shows them, never by their role. */
import type { Me, Overview } from '$lib/api/types';

/** The person looks after an installation or an organization. */
export const looksAfterSomething = ({ seats, licenses, days, mail, system, recent }: Overview): boolean =>
	!!(seats.length || licenses.length || days.denials || mail || system || recent);

/** The audit log that covers most of what the person may see. */
export function auditPath(me: Me): string {
	if (me.actions.includes('view_audit_log')) return '/account/audit';
	const organization = me.organizations.find(({ actions }) => actions.includes('view_audit_log'));
	return organization ? `/organizations/${organization.id}/audit` : '/';
}
