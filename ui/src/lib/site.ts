/** Which page a visitor belongs on, from where the installation stands. */
import type { Me, ServerStatus } from '$lib/api/types';

/** Pages for before somebody is signed in. */
export const ENTRY_PAGES = ['/activate', '/create-account', '/sign-in'];
/** Pages for everybody, signed in or not, outside the navigation. */
export const OPEN_PAGES = ['/invitation', '/forgot-password', '/reset-password'];
/** Pages of the desktop window that work while the server does not. */
export const LOCAL_PAGES = ['/server', '/logs'];

export type Site = {
	desktop: boolean;
	/** `null`: the server does not answer; only the local pages are shown then. */
	status: ServerStatus | null;
	me: Me | null;
};

/** `null`: signed in, every page is open. */
export function entryPageFor(status: ServerStatus, me: Me | null): string | null {
	if (status.state === 'activation_required') return '/activate';
	if (status.state === 'account_required') return '/create-account';
	return me ? null : '/sign-in';
}

const NEXT = 'testkeep.next-page';

/** Where somebody wanted to go before they signed in; of this tab alone, so no link can send anybody elsewhere. */
export const nextPage = {
	/** @param url the page that was asked for */
	keep(url: URL): void {
		if (url.pathname !== '/' && !ENTRY_PAGES.includes(url.pathname))
			sessionStorage.setItem(NEXT, url.pathname + url.search);
	},
	peek: (): string | null => sessionStorage.getItem(NEXT),
	/** Once. */
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
