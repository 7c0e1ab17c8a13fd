/** The one-time setup token: taken from the link's fragment, removed from the address bar, kept for this tab. */
import { replaceState } from '$app/navigation';

const KEY = 'testkeep.setup-token';

export function tokenOf(url: URL | string): string | null {
	return new URLSearchParams(new URL(url).hash.slice(1)).get('token') || null;
}

/** Call when a page that may be opened by such a link is mounted. */
export function takeSetupToken(): void {
	const token = tokenOf(location.href);
	if (!token) return;
	sessionStorage.setItem(KEY, token);
	replaceState(location.pathname + location.search, {});
}

export const setupToken = {
	get: () => sessionStorage.getItem(KEY),
	set: (token: string) => sessionStorage.setItem(KEY, token),
	forget: () => sessionStorage.removeItem(KEY)
};
