/** What a person may do now: only what the server's `actions` allow. */
import { goto } from '$app/navigation';
import type { Me, OrganizationAccess } from '$lib/api/types';
import { copyText } from '$lib/clipboard';
import { toast } from '$lib/components/toast.svelte';
import { Copy, KeyRound, LogOut, Moon, Plus, UserPlus } from '$lib/icons';
import { PRODUCTS, productPath } from '$lib/licenses/product';
import { m } from '$lib/paraglide/messages';
import { signOut } from '$lib/shell/sign-out';
import { theme, type ThemePreference } from '$lib/theme.svelte';
import type { Entry } from './entry';
import { whenThere } from './reach';

type Action = Omit<Entry, 'kind'>;

/** Opens a page, then the form on it. Never from an address alone: a link must not press a button. */
const form = (href: string, button: string) => async () => {
	await goto(href);
	whenThere(button, (found) => found.click());
};

export function actions(me: Me, chosen: OrganizationAccess | undefined): Entry[] {
	const all: Action[] = [
		...me.organizations.flatMap((one) => ofOrganization(one, one.id === chosen?.id)),
		...ofAccount(me),
		...ofEverybody()
	];
	return all.map((action) => ({ kind: 'action', ...action }));
}

function ofOrganization(organization: OrganizationAccess, isChosen: boolean): Action[] {
	const { id, name, actions, password_sign_in: open, teams_enabled } = organization;
	const may = (action: (typeof actions)[number]) => open && actions.includes(action);
	const base = `/organizations/${id}`;
	const create = (what: string, title: string): Action => {
		const href = `${base}/${what}s`;
		return {
			id: `create ${what} ${id}`,
			title,
			detail: name,
			icon: Plus,
			href,
			run: form(href, `create-${what}`)
		};
	};
	const invite = { id: `invite ${id}`, title: m.palette_invite({ name }), icon: UserPlus };
	return [
		...(may('invite_user')
			? [{ ...invite, href: `${base}/invitations`, words: m.palette_invite_words() }]
			: []),
		...(may('create_project') ? [create('project', m.palette_create_project())] : []),
		...(may('create_team') && teams_enabled ? [create('team', m.palette_create_team())] : []),
		...(may('create_group') ? [create('group', m.palette_create_group())] : []),
		...(may('assign_license') && isChosen ? PRODUCTS.map((product) => assign(product)) : []),
		...(isChosen ? [copyId(organization)] : [])
	];

	function assign(product: (typeof PRODUCTS)[number]): Action {
		const href = `${productPath(id, product)}/users?assign`;
		return { id: `assign ${href}`, title: m.palette_assign({ product }), detail: name, icon: KeyRound, href };
	}
}

const copyId = ({ id, name }: OrganizationAccess): Action => ({
	id: `copy organization ${id}`,
	title: m.palette_copy_id(),
	detail: name,
	icon: Copy,
	run: async () => toast((await copyText(String(id))) ? m.copied() : m.copy_failed())
});

function ofAccount({ actions }: Me): Action[] {
	if (!actions.includes('create_organization')) return [];
	return [
		{ id: 'create organization', title: m.palette_create_organization(), icon: Plus, href: '/?create' }
	];
}

const themes: [ThemePreference, () => string][] = [
	['light', m.palette_theme_light],
	['dark', m.palette_theme_dark],
	['system', m.palette_theme_system]
];

const ofEverybody = (): Action[] => [
	{
		id: 'create api key',
		title: m.palette_create_api_key(),
		icon: KeyRound,
		href: '/profile/api-keys#api-key-name'
	},
	...themes.map(([preference, title]) => ({
		id: `theme ${preference}`,
		title: title(),
		icon: Moon,
		words: m.palette_theme_words(),
		run: () => (theme.preference = preference)
	})),
	{ id: 'sign out', title: m.sign_out(), icon: LogOut, words: m.palette_sign_out_words(), run: signOut }
];
