import type { BrowserHost } from './host';

/** The host in a browser: same origin, cookie session, no native functions. */
export const browserHost: BrowserHost = {
	kind: 'browser',
	saveText(name, text) {
		const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
		const link = document.createElement('a');
		link.href = url;
		link.download = name;
		link.click();
		// The browser reads the URL after the click has returned.
		setTimeout(() => URL.revokeObjectURL(url), 60_000);
		return Promise.resolve(null);
	}
};
