import type { BrowserHost } from './host';

/** Same origin, cookie session, nothing native. */
export const browserHost: BrowserHost = {
	kind: 'browser',
	saveText(name, text) {
		const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
		const link = document.createElement('a');
		link.href = url;
		link.download = name;
		link.click();
		// The download reads from it after the click returned.
		setTimeout(() => URL.revokeObjectURL(url), 60_000);
		return Promise.resolve(null);
	}
};
