// Debian's Chromium, and a page that records all its complaints.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const flags = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	// The desktop's pages ask the server at 127.0.0.1, as in its window.
	'--disable-features=LocalNetworkAccessChecks'
];
const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function launch() {
	const executablePath = process.env.TESTKEEP_CHROMIUM ?? known.find((path) => existsSync(path));
	if (!executablePath) throw new Error('Chromium is missing: install it, or set TESTKEEP_CHROMIUM to its path.');
	return chromium.launch({ executablePath, args: flags });
}

/** Log entries of browsers and SvelteKit about answers for which the page shows a message itself. */
const expected = ['the server responded with a status of 4', 'Not found: /'];

const running = new WeakMap();

/** Counts the page's requests that have no answer yet. */
function countRequests(page) {
	running.set(page, new Set());
	page.on('request', (request) => running.get(page).add(request));
	for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => running.get(page).delete(request));
}

/** The number of requests of a page of `open` that have no answer yet. */
export const requestsRunning = (page) => running.get(page)?.size ?? 0;

/**
 * Opens a page in its own profile. `complaints` collects script errors, policy violations and failed requests. Answers
 * with status 4xx do not count: the page shows them itself.
 * @param options of the browser's context, for example `timezoneId`
 */
export async function open(browser, url, options = {}) {
	const context = await browser.newContext({
		baseURL: url,
		locale: 'en-US',
		reducedMotion: 'reduce',
		viewport: { width: 1024, height: 700 },
		...options
	});
	context.setDefaultTimeout(15_000);
	const page = await context.newPage();
	countRequests(page);
	const complaints = new Set();
	page.on('pageerror', (error) => complaints.add(`script: ${error.message}`));
	page.on('console', (message) => {
		if (message.type() !== 'error' || expected.some((words) => message.text().includes(words))) return;
		complaints.add(`console: ${message.text().replaceAll(/(data:.{40})\S+/g, '$1…')}`);
	});
	page.on('response', (response) => {
		if (response.status() >= 500) complaints.add(`${response.status()} ${response.url()}`);
	});
	return { context, page, complaints };
}
