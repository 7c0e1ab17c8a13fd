/** The pages and single settings that a person may open. */
import { accountTabs, seesAllLicenses } from '$lib/account/account-tabs';
import type { Me, OrganizationAccess } from '$lib/api/types';
import { House, KeyRound, KeySquare, Landmark, ScrollText, Server, Settings, UserRound } from '$lib/icons';
import { PRODUCTS, productPages, productPath, productTitle } from '$lib/licenses/product';
import { sectionsOf, type SectionName } from '$lib/organizations/sections';
import { m } from '$lib/paraglide/messages';
import type { Site } from '$lib/site';
import type { Entry } from './entry';

type Place = { href: string; title: string; detail?: string; words?: string };

const entry = (kind: 'page' | 'setting', icon: Entry['icon'], { href, ...place }: Place): Entry => {
	return { id: `${kind} ${href}`, kind, icon, href, ...place };
};
const page = (icon: Entry['icon'], place: Place) => entry('page', icon, place);
const setting = (place: Place) => entry('setting', Settings, place);

/** @param chosen the organization whose pages are listed one by one; of others, only the main pages */
export function pages(site: Site, me: Me, chosen: OrganizationAccess | undefined): Entry[] {
	const all = me.organizations.flatMap((one) => sectionPages(one));
	return [
		page(House, { href: '/', title: m.home() }),
		...(seesAllLicenses(me.actions) ? [] : [page(KeyRound, { href: '/license', title: m.license() })]),
		...(site.desktop ? local() : []),
		...all,
		...(chosen ? [...licensePages(chosen), ...peoplePages(chosen)] : []),
		...accountTabs(me.actions).map(({ href, label }) =>
			page(Landmark, { href, title: label, detail: m.account() })
		),
		...profile()
	];
}

const local = () => [
	page(Server, { href: '/server', title: m.server() }),
	page(ScrollText, { href: '/logs', title: m.logs() })
];

const sectionPages = (organization: OrganizationAccess) =>
	sectionsOf(organization).map(({ href, label, icon }) =>
		page(icon, { href, title: label, detail: organization.name })
	);

const has = (organization: OrganizationAccess, section: SectionName) =>
	sectionsOf(organization).some(({ name }) => name === section);

function licensePages(organization: OrganizationAccess): Entry[] {
	if (!has(organization, 'licenses')) return [];
	return PRODUCTS.flatMap((product) =>
		productPages(productPath(organization.id, product)).map(({ href, label }) =>
			page(KeySquare, { href, title: label, detail: `${productTitle(product)}, ${organization.name}` })
		)
	);
}

function peoplePages(organization: OrganizationAccess): Entry[] {
	const base = `/organizations/${organization.id}`;
	const users = sectionsOf(organization).find(({ name }) => name === 'users');
	if (!users) return [];
	return [
		page(users.icon, {
			href: `${base}/invitations`,
			title: m.pending_activations(),
			detail: organization.name
		}),
		page(users.icon, { href: `${base}/removed`, title: m.palette_removed(), detail: organization.name })
	];
}

const profile = () =>
	[
		{ href: '/profile/personal', title: m.palette_profile() },
		{ href: '/profile/password', title: m.password_change() },
		{ href: '/profile/sessions', title: m.sessions() },
		{ href: '/profile/api-keys', title: m.api_keys() },
		{ href: '/profile/notifications', title: m.notifications() }
	].map((place) => page(UserRound, { ...place, detail: m.profile() }));

/** Each leads to its field: the part after “#” is the id or test id of the control. */
export function settings(me: Me, chosen: OrganizationAccess | undefined): Entry[] {
	const mine = [
		setting({ href: '/profile/personal#language', title: m.language(), detail: m.profile() }),
		setting({ href: '/profile/personal#time_zone', title: m.time_zone(), detail: m.profile() }),
		setting({ href: '/profile/personal#first_name', title: m.first_name(), detail: m.profile() }),
		setting({ href: '/profile/notifications', title: m.palette_notification_mails(), detail: m.profile() })
	];
	const account = me.actions.includes('configure_mail') ? mail('/account/mail', m.account()) : [];
	return [...mine, ...account, ...(chosen ? ofOrganization(chosen) : [])];
}

function ofOrganization(organization: OrganizationAccess): Entry[] {
	const base = `/organizations/${organization.id}`;
	const detail = organization.name;
	const details = [
		setting({ href: `${base}/settings#name`, title: m.palette_organization_name(), detail }),
		setting({ href: `${base}/settings#teams-enabled`, title: m.palette_teams_enabled(), detail })
	];
	const whole = organization.actions.includes('view_organization') && has(organization, 'settings');
	const licenses = has(organization, 'licenses') ? PRODUCTS.flatMap((product) => ofProduct(product)) : [];
	return [
		...(whole ? details : []),
		...licenses,
		...(has(organization, 'mail') ? mail(`${base}/mail`, detail) : [])
	];

	function ofProduct(product: (typeof PRODUCTS)[number]): Entry[] {
		const page = `${productPath(organization.id, product)}/settings`;
		const where = `${productTitle(product)}, ${detail}`;
		return [
			setting({
				href: `${page}#idle-on`,
				title: m.licenses_idle(),
				detail: where,
				words: m.palette_idle_words()
			}),
			...(product === 'KRE'
				? [setting({ href: `${page}#assigned-only`, title: m.licenses_assigned_only(), detail: where })]
				: []),
			setting({ href: `${page}#reserve-for`, title: m.licenses_reservations(), detail: where })
		];
	}
}

const mail = (base: string, detail: string) => [
	setting({ href: `${base}#host`, title: m.palette_mail_server(), detail, words: 'SMTP' }),
	setting({ href: `${base}#sender`, title: m.palette_mail_sender(), detail })
];
