import type { BrowserHost } from './host';

/** Same origin, cookie session, nothing native. */
export const browserHost: BrowserHost = { kind: 'browser' };
