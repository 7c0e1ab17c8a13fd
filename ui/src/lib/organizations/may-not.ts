import type { Level } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';
import { levelName } from '$lib/people/person';

/** What only an Owner may: the last steps. */
const OWNERS_ALONE = /^(delete_(organization|team|project|account)|transfer_ownership|update_account)$/;

/** Why something may not be done at a place, naming who could; `null`: it may. */
export function mayNot(actions: string[], action: string, level: Level): string | null {
	if (actions.includes(action)) return null;
	const words = { level: levelName(level) };
	return OWNERS_ALONE.test(action) ? m.ask_owner(words) : m.ask_owner_or_admin(words);
}
