/**
 * The token of a link: taken from the fragment, removed from the address bar, and stored for this tab until it was
 * used, so that a reload does not lose it.
 */
import { replaceState } from '$app/navigation';
import { tokenOf } from '$lib/setup-token';

export const keptToken = (key: string) => ({
	/** The token of the link just opened, or the stored one. */
	take(): string | null {
		const token = tokenOf(location.href);
		if (token) {
			sessionStorage.setItem(key, token);
			replaceState(location.pathname, {});
		}
		return sessionStorage.getItem(key);
	},
	/** Stores a token that a person pasted. */
	keep: (token: string) => sessionStorage.setItem(key, token),
	forget: () => sessionStorage.removeItem(key)
});
