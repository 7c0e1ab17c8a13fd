import { error, redirect } from '@sveltejs/kit';
import { ApiError, Unreachable, api, connectTo } from '$lib/api/client';
import { drafts } from '$lib/drafts';
import { showTimesIn } from '$lib/format';
import { getHost } from '$lib/host';
import { LOCAL_PAGES, OPEN_PAGES, nextPage, redirectFor, signedIn, type Site } from '$lib/site';
import type { LayoutLoad } from './$types';

/** Runs on every navigation, because the state of the installation decides which pages are open. */
export const load: LayoutLoad = async ({ url, depends, parent }): Promise<Site & { shell: Shell }> => {
	depends('testkeep:site');
	await parent();
	const host = getHost();
	const desktop = host.kind === 'desktop';
	const local = LOCAL_PAGES.includes(url.pathname);
	if (local && !desktop) error(404, { message: '' });
	if (desktop) {
		const { installation } = await host.info();
		if (!installation) redirect(307, '/setup');
		connectTo(`http://127.0.0.1:${installation.http_port}`);
	}
	const site = await readSite().catch((reason: unknown) => {
		if (reason instanceof Unreachable && desktop && !local) redirect(307, '/server');
		if (reason instanceof Unreachable && !local) error(503, { message: reason.message, code: 'unreachable' });
		if (reason instanceof ApiError && !local)
			error(reason.status, { message: reason.message, code: reason.code });
		return { status: null, me: null };
	});
	if (site.me) signedIn.note();
	drafts.belongTo(site.me?.user.id ?? null);
	showTimesIn(site.me?.user.time_zone);
	const elsewhere = site.status && redirectFor(url.pathname, site.status, site.me);
	if (elsewhere === '/sign-in') nextPage.keep(url);
	if (elsewhere) redirect(307, elsewhere + url.hash);
	// A person who is not signed in does not need to load navigation and menus.
	const framed = desktop || (site.me && !OPEN_PAGES.includes(url.pathname));
	const shell = framed ? (await import('$lib/shell/AppShell.svelte')).default : null;
	return { desktop, ...site, shell };
};

type Shell = typeof import('$lib/shell/AppShell.svelte').default | null;

async function readSite() {
	const status = await api.status();
	return { status, me: status.state === 'ready' ? await api.me() : null };
}
