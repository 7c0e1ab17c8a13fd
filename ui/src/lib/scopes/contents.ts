/** Describes what is deleted with a scope: “Deleted with it: 2 teams and 1 project, and everything in them.” */
import { formatList } from '$lib/format';
import { m } from '$lib/paraglide/messages';

export function deletedWith(
	counts: { teams?: number; projects?: number; groups?: number },
	rest: string
): string {
	const { teams = 0, projects = 0, groups = 0 } = counts;
	const named: [number, string][] = [
		[teams, m.count_teams({ count: teams })],
		[projects, m.count_projects({ count: projects })],
		[groups, m.count_groups({ count: groups })]
	];
	const there = named.filter(([count]) => count > 0).map(([, words]) => words);
	const contents = there.length ? m.deleted_with({ what: formatList(there) }) : m.deleted_empty();
	return `${contents} ${rest}`;
}
