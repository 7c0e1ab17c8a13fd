/** Compares the browser's address of this server with the server's own, and says what to do if they differ. */
import type { ServerStatus } from '$lib/api/types';
import { keptFragment } from '$lib/kept-token';
import { nextPage } from '$lib/site';

export type WrongAddress = {
	/** The address at which the page was opened. */
	here: string;
	/** The server's own address. */
	server: string;
	/** The password would be sent unencrypted, and the browser would not keep the session. */
	unencrypted: boolean;
	/**
	 * A proxy replaced the host that the browser requested: the host that arrived, and the line for nginx that corrects
	 * it.
	 */
	proxy: { host: string; line: string } | null;
};

export function wrongAddress(status: ServerStatus, here: URL): WrongAddress | null {
	const server = new URL(status.server_url);
	if (here.origin === server.origin) return null;
	const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(here.hostname);
	const replaced = status.host.toLowerCase() !== here.host;
	return {
		here: here.origin,
		server: server.origin,
		unencrypted: server.protocol === 'https:' && here.protocol === 'http:' && !loopback,
		// `$host` has no port.
		proxy: replaced
			? { host: status.host, line: `proxy_set_header Host ${here.port ? '$http_host' : '$host'};` }
			: null
	};
}

/**
 * The page that the visitor asked for, as path, query and fragment for another address of the server. What this tab
 * keeps is lost there: the page behind sign-in, and the code of a link.
 */
export function samePage(here: URL): string {
	if (here.pathname === '/sign-in') return nextPage.peek() ?? here.pathname;
	const code = here.hash || keptFragment(here.pathname);
	return here.pathname + here.search + code;
}
