import { browserHost } from './browser';
import type { DesktopHost, Host } from './host';

let host: Host | undefined;

/** Chosen once, before the first page: the root layout's `load` awaits this. */
export async function chooseHost(): Promise<Host> {
	host ??= '__TAURI_INTERNALS__' in window ? (await import('./tauri')).tauriHost : browserHost;
	return host;
}

export function getHost(): Host {
	if (!host) throw new Error('The host is chosen by the root layout before any page runs.');
	return host;
}

/** For pages that exist only in the desktop window. */
export function getDesktop(): DesktopHost {
	const chosen = getHost();
	if (chosen.kind !== 'desktop') throw new Error('This page exists in the desktop window alone.');
	return chosen;
}

export type * from './host';
