// Visits pages: waits until they are drawn, and checks that fit everywhere.

import { requestsRunning } from './browser.js';

/** Sizes of windows: a screen, a low notebook or remote console, a phone. */
export const sizes = [
	{ width: 1440, height: 900 },
	{ width: 1024, height: 600 },
	{ width: 390, height: 844 }
];

/** Entry pages, for people who are not signed in. */
export const entryPages = {
	'sign-in': '/sign-in',
	'forgot-password': '/forgot-password',
	invitation: '/invitation',
	'reset-password': '/reset-password'
};

/** Opens a page and waits until its content is there. */
export async function visit(page, path) {
	await page.goto(path);
	await settled(page);
}

/** Waits until the page is drawn: no request is running, and none has begun in the frames after the last answer. */
export async function settled(page) {
	const there = () => document.querySelector('h1') && !document.querySelector('[aria-busy=true]');
	await page.waitForFunction(there, undefined, { timeout: 60_000 });
	// Some pages ask again and again.
	const until = Date.now() + 2_000;
	for (let quiet = 0; quiet < 2 && Date.now() < until; quiet = requestsRunning(page) ? 0 : quiet + 1) await frames(page);
	await page.waitForFunction(there, undefined, { timeout: 60_000 });
	await page.evaluate(() => document.fonts.ready);
}

/** Waits for the next two frames: observers of sizes run after the first. */
export const frames = (page) =>
	page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** What reaches beyond the right edge of the window; empty if all fits. */
export function overflow(page) {
	return page.evaluate(() => {
		const wide = document.documentElement.scrollWidth > innerWidth;
		const main = document.querySelector('main');
		if (!wide && !(main && main.scrollWidth > main.clientWidth + 1)) return [];
		// Parts of an area that scrolls by itself may be wide.
		const scrolls = (element) => {
			for (let at = element.parentElement; at && at !== main; at = at.parentElement)
				if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(at).overflowX)) return true;
			return false;
		};
		const edge = main ? main.getBoundingClientRect().right : innerWidth;
		const beyond = [...document.querySelectorAll('body *')].filter(
			(element) => element.checkVisibility() && element.getBoundingClientRect().right > edge + 1 && !scrolls(element)
		);
		return [`content ${main?.scrollWidth ?? document.documentElement.scrollWidth} px`, ...beyond.slice(-2).map((it) => it.outerHTML.slice(0, 140))];
	});
}

/** Buttons, fields and links in lists that are lower or narrower than a finger needs. Links inside a text are not. */
export function smallTargets(page, least = 40) {
	return page.evaluate((least) => {
		const targets = document.querySelectorAll('button, input, select, textarea, [role=button], [role=menuitem], nav a');
		const small = [];
		for (const target of targets) {
			if (!target.checkVisibility({ visibilityProperty: true }) || target.closest('.sr-only')) continue;
			const box = (target.closest('label') ?? target.labels?.[0] ?? target).getBoundingClientRect();
			const own = target.getBoundingClientRect();
			if (own.width < 4) continue;
			// The area of a pseudo-element counts: it takes the tap.
			const hits = [-least / 2 + 1, least / 2 - 1].every((by) => {
				const hit = document.elementFromPoint(own.left + own.width / 2, own.top + own.height / 2 + by);
				return hit === target || target.contains(hit);
			});
			if (Math.max(box.height, own.height) < least - 0.5 && !hits) small.push(`${Math.round(own.width)}×${Math.round(own.height)} ${target.outerHTML.slice(0, 110)}`);
		}
		return small;
	}, least);
}
