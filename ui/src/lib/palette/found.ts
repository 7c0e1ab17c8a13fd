/** What the server found, as entries of the palette. */
import type { Found, Me } from '$lib/api/types';
import { withDrawer } from '$lib/drawer/address';
import { BookUser, Building2, FolderKanban, Laptop, Network, UserRound } from '$lib/icons';
import { pageIn } from '$lib/organizations/sections';
import type { Entry } from './entry';

const ICONS = {
	person: UserRound,
	machine: Laptop,
	organization: Building2,
	team: Network,
	project: FolderKanban,
	group: BookUser
};

/** People and machines open beside the present page. */
export function entryOf({ kind, id, name, detail, organization_name }: Found, me: Me): Entry {
	return {
		...{ id: `${kind} ${id}`, kind, icon: ICONS[kind], title: name },
		detail: detail && detail !== name ? detail : (organization_name ?? undefined),
		href: hrefOf(kind, id, me)
	};
}

function hrefOf(kind: Found['kind'], id: number, me: Me): string {
	if (kind === 'person' || kind === 'machine') return withDrawer(location, { kind, id });
	if (kind !== 'organization') return `/${kind}s/${id}`;
	const organization = me.organizations.find((one) => one.id === id);
	return organization ? pageIn(organization) : `/organizations/${id}`;
}
