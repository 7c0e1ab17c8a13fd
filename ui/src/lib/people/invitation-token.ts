/**
 * The token of an invitation link: taken from the fragment, removed from the address bar, kept for this tab until it
 * has served, so that reloading, or signing another account out first, does not lose it.
 */
import { replaceState } from '$app/navigation';
import { tokenOf } from '$lib/setup-token';

const KEY = 'testkeep.invitation-token';

export const invitationToken = {
	/** The one of the link just opened, or the one kept. */
	take(): string | null {
		const token = tokenOf(location.href);
		if (token) {
			sessionStorage.setItem(KEY, token);
			replaceState(location.pathname, {});
		}
		return sessionStorage.getItem(KEY);
	},
	forget: () => sessionStorage.removeItem(KEY)
};
