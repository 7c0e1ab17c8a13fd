/** The one-time setup token: taken from the link's fragment, removed from the address bar, stored for this tab. */
import { replaceState } from '$app/navigation';

const KEY = 'testkeep.setup-token';

export function tokenOf(url: URL | string): string | null {
	return new URLSearchParams(new URL(url).hash.slice(1)).get('token') || null;
}

/** The token in a pasted text: the whole link, in the form of any mail program, or the code at its end. */
export function tokenIn(text: string): string | null {
	const compact = text.replace(/[\s<>"'\u200b\u00ad]/g, '');
	const named = /token(?:=|%3d)([\w-]+)/i.exec(compact);
	return named?.[1] ?? (/^[\w-]{20,}$/.test(compact) ? compact : null);
}

/** Call when a page that such a link may open is mounted. */
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
