/** The links of the navigation, in groups: the pages that a visitor may open now. */
import { seesAllLicenses } from '$lib/account/account-tabs';
import type { OrganizationAccess } from '$lib/api/types';
import { House, KeyRound, Landmark, LogIn, ScrollText, Server, ShieldCheck, UserPlus } from '$lib/icons';
import { sectionOfRoute, sectionsOf } from '$lib/organizations/sections';
import { m } from '$lib/paraglide/messages';
import { entryPageFor, type Site } from '$lib/site';

export type NavigationEntry = {
	href: string;
	label: string;
	icon: typeof House;
	current: boolean;
	testid: string;
};
type Here = { pathname: string; route: string | null };

export function navigationGroups(
	site: Site,
	chosen: OrganizationAccess | undefined,
	here: Here
): NavigationEntry[][] {
	const entry = (href: string, label: string, icon: typeof House, testid: string): NavigationEntry => {
		return { href, label, icon, testid, current: here.pathname === href };
	};
	const local = [
		entry('/server', m.server(), Server, 'nav-server'),
		entry('/logs', m.logs(), ScrollText, 'nav-logs')
	];
	return [...shared(), site.desktop ? local : []].filter((group) => group.length > 0);

	function shared(): NavigationEntry[][] {
		if (!site.status) return [];
		const before = entryPageFor(site.status, site.me);
		if (before === '/activate') return [[entry(before, m.activate_nav(), ShieldCheck, 'nav-activate')]];
		if (before === '/create-account')
			return [[entry(before, m.create_account_nav(), UserPlus, 'nav-create-account')]];
		if (before) return [[entry(before, m.sign_in(), LogIn, 'nav-sign-in')]];
		return [
			[entry('/', m.home(), House, 'nav-home')],
			chosen ? sections(chosen) : [],
			[
				...(site.me?.actions.includes('view_account') ? [accountEntry()] : []),
				...(seesAllLicenses(site.me?.actions ?? [])
					? []
					: [entry('/license', m.license(), KeyRound, 'nav-license')])
			]
		];
	}

	function sections(organization: OrganizationAccess): NavigationEntry[] {
		const open = sectionOfRoute(here.route);
		return sectionsOf(organization).map(({ name, href, label, icon }) => ({
			...{ href, label, icon, testid: `nav-${name}` },
			current: name === open
		}));
	}

	function accountEntry(): NavigationEntry {
		const current = here.pathname.startsWith('/account/');
		return { ...entry('/account', m.account(), Landmark, 'nav-account'), current };
	}
}

/** In this order, the pages that fit beside *Search* and *More* on a phone. */
const FIRST = ['nav-home', 'nav-users', 'nav-licenses', 'nav-projects', 'nav-teams', 'nav-account'];
const BESIDE_MORE = 3;

/** The entries at the bottom of a phone: those opened most, filled up with the others in their order. */
export function atTheBottom(groups: NavigationEntry[][]): NavigationEntry[] {
	const rank = ({ testid }: NavigationEntry) =>
		FIRST.includes(testid) ? FIRST.indexOf(testid) : FIRST.length;
	const all = groups.flat();
	const chosen = all.toSorted((a, b) => rank(a) - rank(b)).slice(0, BESIDE_MORE);
	return all.filter((entry) => chosen.includes(entry));
}
