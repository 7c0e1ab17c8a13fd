import type { Level } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

type Named = { first_name: string; last_name: string };

/** “Ada Lovelace”; empty for who gave no name. */
export const fullName = ({ first_name, last_name }: Named): string => `${first_name} ${last_name}`.trim();

/** What to call somebody: who gave no name is known by the address. */
export const personName = (person: Named & { email: string }): string => fullName(person) || person.email;

/** “organization” */
export function levelName(level: Level): string {
	switch (level) {
		case 'accounts':
			return m.level_account();
		case 'organizations':
			return m.level_organization();
		case 'teams':
			return m.level_team();
		case 'projects':
			return m.level_project();
	}
}
