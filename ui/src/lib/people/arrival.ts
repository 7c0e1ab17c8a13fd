/** Who set a password by an invitation signs in next: the sign-in page fills in the address and leads to the organization. */
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

/** The page of the organization the person was invited to; home, if that cannot be told. */
export function landing(me: Me | null, organization: string | null): string {
	const named = me?.organizations.filter(({ name }) => name === organization) ?? [];
	return named.length === 1 && named[0] ? `/organizations/${named[0].id}` : '/';
}
