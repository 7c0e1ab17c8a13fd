/** What the palette lists: something that can be opened or done. */
import type { Component } from 'svelte';
import { m } from '$lib/paraglide/messages';

export type EntryKind =
	| 'action'
	| 'page'
	| 'setting'
	| 'person'
	| 'invitation'
	| 'machine'
	| 'session'
	| 'organization'
	| 'team'
	| 'project'
	| 'group';

export type Entry = {
	/** The same for the same thing, also after a reload. */
	id: string;
	kind: EntryKind;
	title: string;
	/** Where it belongs, or what tells it from others of this name. */
	detail?: string;
	icon: Component<{ class?: string }>;
	/** The page that it opens. */
	href?: string;
	/** What it does, when it is not only a page to open. */
	run?: () => unknown;
	/** Other words for it. */
	words?: string;
};

export const KIND_NAMES: Record<EntryKind, () => string> = {
	action: m.palette_actions,
	page: m.palette_pages,
	setting: m.palette_settings,
	person: m.palette_people,
	invitation: m.palette_invitations,
	machine: m.palette_machines,
	session: m.palette_sessions,
	organization: m.palette_organizations,
	team: m.palette_teams,
	project: m.palette_projects,
	group: m.palette_groups
};
