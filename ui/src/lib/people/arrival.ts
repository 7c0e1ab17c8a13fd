/**
 * After setting a password by an invitation, a person signs in: the sign-in page fills in the address and then opens
 * the organization.
 */
import type { Me } from '$lib/api/types';

const KEY = 'testkeep.arrival';

export type Arrival = { email: string; organization: string | null };

export const arrival = {
	expect: (who: Arrival) => sessionStorage.setItem(KEY, JSON.stringify(who)),
	get(): Arrival | null {
		const text = sessionStorage.getItem(KEY);
		return text ? (JSON.parse(text) as Arrival) : null;
	},
	forget: () => sessionStorage.removeItem(KEY)
};

/** The page of the organization that the person was invited to; home if it is not known. */
export function landing(me: Me | null, organization: string | null): string {
	const named = me?.organizations.filter(({ name }) => name === organization) ?? [];
	return named.length === 1 && named[0] ? `/organizations/${named[0].id}` : '/';
}
