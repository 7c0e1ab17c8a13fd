/** What the palette lists while nothing is typed: what was opened lately, then the pages and actions of this place. */
import type { OrganizationAccess } from '$lib/api/types';
import { BookUser, Building2, FolderKanban, History, Laptop, Network, UserRound } from '$lib/icons';
import type { Entry, EntryKind } from './entry';
import type { Group } from './rank';
import type { Remembered } from './recent';

const RECENT_MAX = 5;
const PAGES_MAX = 6;
const ACTIONS_MAX = 4;

const ICONS: Partial<Record<EntryKind, Entry['icon']>> = {
	person: UserRound,
	machine: Laptop,
	organization: Building2,
	team: Network,
	project: FolderKanban,
	group: BookUser
};

/** An action or page that is not among `local` any more may not be used any more. */
function again(one: Remembered, local: Entry[]): Entry | null {
	const known = local.find(({ id }) => id === one.id);
	if (known) return known;
	const remote = ICONS[one.kind];
	return remote && one.href ? { ...one, icon: remote ?? History } : null;
}

export function beforeTyping(
	local: Entry[],
	lately: Remembered[],
	chosen: OrganizationAccess | undefined
): Group[] {
	const entries = lately.map((one) => again(one, local)).filter((one) => one !== null);
	const recent = entries.slice(0, RECENT_MAX);
	const rest = local.filter((entry) => !recent.includes(entry));
	const here = ({ detail }: Entry) => !detail || detail === chosen?.name;
	const of = (kind: EntryKind, max: number) =>
		rest.filter((entry) => entry.kind === kind && here(entry)).slice(0, max);
	const groups: Group[] = [
		{ kind: 'recent', entries: recent },
		{ kind: 'page', entries: of('page', PAGES_MAX) },
		{ kind: 'action', entries: of('action', ACTIONS_MAX) }
	];
	return groups.filter((group) => group.entries.length > 0);
}
