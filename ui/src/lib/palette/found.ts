/** What the server found, as entries of the palette. */
import type { Found, Me } from '$lib/api/types';
import { withDrawer } from '$lib/drawer/address';
import { BookUser, Building2, FolderKanban, Laptop, Mail, Network, Unplug, UserRound } from '$lib/icons';
import { pageIn } from '$lib/organizations/sections';
import type { Entry } from './entry';

const ICONS = {
	person: UserRound,
	invitation: Mail,
	machine: Laptop,
	session: Unplug,
	organization: Building2,
	team: Network,
	project: FolderKanban,
	group: BookUser
};

/** People, machines and sessions open beside the present page. */
export function entryOf(found: Found, me: Me): Entry {
	const { kind, id, name, detail, organization_name } = found;
	return {
		...{ id: `${kind} ${id}`, kind, icon: ICONS[kind], title: name },
		detail: detail && detail !== name ? detail : (organization_name ?? undefined),
		href: hrefOf(found, me)
	};
}

function hrefOf({ kind, id, name, organization_id }: Found, me: Me): string {
	if (kind === 'person' || kind === 'machine' || kind === 'session')
		return withDrawer(location, { kind, id });
	if (kind === 'invitation') {
		const place = organization_id ? `/organizations/${organization_id}` : '/account';
		return `${place}/invitations?search=${encodeURIComponent(name)}`;
	}
	if (kind !== 'organization') return `/${kind}s/${id}`;
	const organization = me.organizations.find((one) => one.id === id);
	return organization ? pageIn(organization) : `/organizations/${id}`;
}
