// Debian's Chromium, and one page that remembers everything it complained about.

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const flags = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync'
];
const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export async function launch() {
	const executablePath = process.env.TESTKEEP_CHROMIUM ?? known.find((path) => existsSync(path));
	if (!executablePath) throw new Error('Chromium is missing: install it, or set TESTKEEP_CHROMIUM to its path.');
	return chromium.launch({ executablePath, args: flags });
}

/**
 * A page in a profile of its own. `complaints` fills with script errors, policy violations and failed requests;
 * answers with status 4xx are the page's business and are shown by it.
 */
export async function open(browser, url) {
	const context = await browser.newContext({
		baseURL: url,
		locale: 'en-US',
		reducedMotion: 'reduce',
		viewport: { width: 1024, height: 700 }
	});
	context.setDefaultTimeout(15_000);
	const page = await context.newPage();
	const complaints = [];
	page.on('pageerror', (error) => complaints.push(`script: ${error.message}`));
	page.on('console', (message) => {
		const refusal = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text());
		if (message.type() === 'error' && !refusal) complaints.push(`console: ${message.text()}`);
	});
	page.on('response', (response) => {
		if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`);
	});
	return { context, page, complaints };
}
