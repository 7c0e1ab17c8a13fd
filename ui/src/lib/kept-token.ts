/**
 * The token of a link: taken from the fragment, removed from the address bar, and stored for this tab until it was
 * used, so that a reload does not lose it.
 */
import { replaceState } from '$app/navigation';

/** Page → the key its token is kept under. */
const KEYS = {
	'/create-account': 'testkeep.setup-token',
	'/activate': 'testkeep.setup-token',
	'/invitation': 'testkeep.invitation-token',
	'/reset-password': 'testkeep.reset-token'
} as const;

type Page = keyof typeof KEYS;

/** The token in the fragment of a link; `null`: it has none. */
export function tokenOf(url: URL | string): string | null {
	return new URLSearchParams(new URL(url).hash.slice(1)).get('token') || null;
}

/** The token in a text that a person pasted: the whole link, as any mail program writes it, or the code at its end. */
export function tokenIn(text: string): string | null {
	const compact = text.replace(/[\s<>"'\u200b\u00ad]/g, '');
	const named = /token(?:=|%3d)([\w-]+)/i.exec(compact);
	return named?.[1] ?? (/^[\w-]{20,}$/.test(compact) ? compact : null);
}

export const keptToken = (page: Page) => ({
	/** Of the link just opened, else the one kept. */
	take(): string | null {
		const token = tokenOf(location.href);
		if (token) {
			this.keep(token);
			replaceState(location.pathname + location.search, {});
		}
		return sessionStorage.getItem(KEYS[page]);
	},
	/** One that was pasted. */
	keep: (token: string) => sessionStorage.setItem(KEYS[page], token),
	forget: () => sessionStorage.removeItem(KEYS[page])
});

/** The fragment that opens the page with the token that this tab keeps for it; empty: it keeps none. */
export function keptFragment(page: string): string {
	const token = page in KEYS ? sessionStorage.getItem(KEYS[page as Page]) : null;
	return token ? `#token=${token}` : '';
}
