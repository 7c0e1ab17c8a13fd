/** The page that a visitor must see first, depending on the state of the installation. */
import type { Me, ServerStatus } from '$lib/api/types';

/** Pages before the sign-in. */
export const ENTRY_PAGES = ['/activate', '/create-account', '/sign-in'];
/** Pages for everybody, signed in or not, outside the navigation. */
export const OPEN_PAGES = ['/invitation', '/forgot-password', '/reset-password', '/sign-in-link'];
/** Pages of the desktop window that work without a running server. */
export const LOCAL_PAGES = ['/server', '/logs'];

export type Site = {
	desktop: boolean;
	/** `null`: the server does not answer; then only the local pages are shown. */
	status: ServerStatus | null;
	me: Me | null;
};

/** `null`: a person is signed in, and every page is open. */
export function entryPageFor(status: ServerStatus, me: Me | null): string | null {
	if (status.state === 'activation_required') return '/activate';
	if (status.state === 'account_required') return '/create-account';
	return me ? null : '/sign-in';
}

const SIGNED_IN = 'testkeep.signed-in';

/** Whether a person is signed in in this tab, as far as the tab knows. It stays when the server ends the session. */
export const signedIn = {
	note: () => sessionStorage.setItem(SIGNED_IN, 'yes'),
	was: () => sessionStorage.getItem(SIGNED_IN) !== null,
	forget: () => sessionStorage.removeItem(SIGNED_IN)
};

const NEXT = 'testkeep.next-page';

/**
 * The page that a person requested before signing in. Stored for this tab only, so that no link can redirect a person.
 */
export const nextPage = {
	/** @param url the requested page */
	keep(url: URL): void {
		if (url.pathname !== '/' && !ENTRY_PAGES.includes(url.pathname))
			sessionStorage.setItem(NEXT, url.pathname + url.search);
	},
	peek: (): string | null => sessionStorage.getItem(NEXT),
	/** Returns the page once. */
	take(): string | null {
		const page = sessionStorage.getItem(NEXT);
		sessionStorage.removeItem(NEXT);
		return page;
	},
	forget: () => sessionStorage.removeItem(NEXT)
};

export function redirectFor(pathname: string, status: ServerStatus, me: Me | null): string | null {
	if (LOCAL_PAGES.includes(pathname)) return null;
	if (status.state === 'ready' && OPEN_PAGES.includes(pathname)) return null;
	const entry = entryPageFor(status, me);
	if (entry) return pathname === entry ? null : entry;
	return ENTRY_PAGES.includes(pathname) ? '/' : null;
}
