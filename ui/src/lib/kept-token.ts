/**
 * The token of a link: taken from the fragment, removed from the address bar, kept for this tab until it has served,
 * so that reloading does not lose it.
 */
import { replaceState } from '$app/navigation';
import { tokenOf } from '$lib/setup-token';

export const keptToken = (key: string) => ({
	/** The one of the link just opened, or the one kept. */
	take(): string | null {
		const token = tokenOf(location.href);
		if (token) {
			sessionStorage.setItem(key, token);
			replaceState(location.pathname, {});
		}
		return sessionStorage.getItem(key);
	},
	/** One that somebody pasted. */
	keep: (token: string) => sessionStorage.setItem(key, token),
	forget: () => sessionStorage.removeItem(key)
});
