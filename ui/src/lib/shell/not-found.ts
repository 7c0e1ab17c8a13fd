/** What a page that was not found would have shown, as a sentence: “There is no organization 7, or you may not see it.” */
import { m } from '$lib/paraglide/messages';

const NAMES: Record<string, (of: { id: string }) => string> = {
	organizations: m.not_found_organization,
	teams: m.not_found_team,
	projects: m.not_found_project,
	groups: m.not_found_group
};

export function notFoundWords(path: string): string {
	const [, kind = '', id = ''] = path.split('/');
	const named = NAMES[kind];
	return named && /^\d+$/.test(id) ? named({ id }) : m.not_found_message({ path });
}
