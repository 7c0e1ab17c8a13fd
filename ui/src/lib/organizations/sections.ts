/** The pages of an organization, and which of them a person may open. */
import { BookUser, FolderKanban, History, KeySquare, Mail, Network, Settings, Users } from '$lib/icons';
import type { OrganizationAccess } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

export type SectionName =
	'users' | 'teams' | 'projects' | 'groups' | 'licenses' | 'audit' | 'mail' | 'settings';
type Section = {
	name: SectionName;
	label: () => string;
	icon: typeof Users;
	/** Prefixes of the route ids that belong to this section. */
	routes: string[];
	open: (organization: OrganizationAccess) => boolean;
};

const inside = '/(site)/organizations/[id]';
const sections: Section[] = [
	{
		name: 'users',
		label: m.users,
		icon: Users,
		routes: [`${inside}/(people)`],
		open: ({ actions }) => actions.includes('view_organization')
	},
	{
		name: 'teams',
		label: m.teams,
		icon: Network,
		routes: [`${inside}/teams`, '/(site)/teams/'],
		open: ({ teams_enabled, actions }) => teams_enabled && actions.includes('view_projects')
	},
	{
		name: 'projects',
		label: m.projects,
		icon: FolderKanban,
		routes: [
			`${inside}/projects`,
			'/(site)/projects/',
			'/(site)/executions/',
			'/(site)/results/',
			'/(site)/tests/'
		],
		open: ({ actions }) => actions.includes('view_projects')
	},
	{
		name: 'groups',
		label: m.groups,
		icon: BookUser,
		routes: [`${inside}/groups`, '/(site)/groups/'],
		open: ({ actions }) => actions.includes('view_groups')
	},
	{
		name: 'licenses',
		label: m.license_management,
		icon: KeySquare,
		routes: [`${inside}/licenses`],
		open: ({ actions }) => actions.includes('view_license_management')
	},
	{
		name: 'audit',
		label: m.audit_log,
		icon: History,
		routes: [`${inside}/audit`],
		open: ({ actions }) => actions.includes('view_audit_log')
	},
	{
		name: 'mail',
		label: m.mail,
		icon: Mail,
		routes: [`${inside}/mail`],
		open: ({ actions }) => actions.includes('configure_mail')
	},
	{
		name: 'settings',
		label: m.settings,
		icon: Settings,
		routes: [`${inside}/settings`],
		// Every member may at least leave the organization.
		open: ({ role, actions }) => !!role || actions.includes('view_organization')
	}
];

export type OpenSection = { name: SectionName; label: string; icon: typeof Users; href: string };

export function sectionsOf(organization: OrganizationAccess): OpenSection[] {
	// The organization is closed to password sign-in, and this person signed in with a password.
	if (!organization.password_sign_in) return [];
	return sections
		.filter(({ open }) => open(organization))
		.map(({ name, label, icon }) => ({
			name,
			label: label(),
			icon,
			href: `/organizations/${organization.id}/${name}`
		}));
}

export function sectionOfRoute(route: string | null): SectionName | undefined {
	return sections.find(({ routes }) => routes.some((start) => route?.startsWith(start)))?.name;
}

/** The same page of another organization, or the first page that the person may open there. */
export function pageIn(organization: OrganizationAccess, wanted?: SectionName): string {
	const open = sectionsOf(organization);
	return (open.find(({ name }) => name === wanted) ?? open[0])?.href ?? `/organizations/${organization.id}`;
}
