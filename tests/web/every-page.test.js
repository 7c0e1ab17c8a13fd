// Every page with realistic data: on a phone, in a low window, at 200 % zoom, by keyboard alone, and in time zones at both
// ends of the date line. With TESTKEEP_PAGES only the pages whose name contains one of its words: `TESTKEEP_PAGES=audit,mail`.

import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { overflow, settled, smallTargets, visit } from './pages.js';
import { RealisticData } from './realistic-data.js';
import { Walk } from './visitors.js';

const words = process.env.TESTKEEP_PAGES?.split(',');

describe('every page', { timeout: 900_000 }, () => {
	const walk = new Walk('every-page');
	let data;
	before(async () => (data = await RealisticData.fill(walk)), { timeout: 300_000 });
	after(async () => {
		data?.stop();
		await walk.end();
	});

	const pages = () =>
		Object.entries(data.pages()).filter(([name]) => !words || words.some((word) => name.includes(word)));

	/** Calls `check` on every page; it returns a list of problems. */
	async function onEvery({ page }, check) {
		const problems = [];
		for (const [name, path] of pages()) {
			await visit(page, path);
			for (const problem of await check(page, name)) problems.push(`${name}: ${problem}`);
		}
		assert.deepEqual(problems, []);
	}

	walk.test('fits a phone, and its targets fit fingers', async () => {
		const visitor = await walk.visitor(data.owner);
		await visitor.page.setViewportSize({ width: 390, height: 844 });
		await onEvery(visitor, async (page) => [
			...(await overflow(page)),
			...(await smallTargets(page)).map((target) => `small: ${target}`),
			...(await currentTabHidden(page))
		]);
	});

	walk.test('a phone has its navigation at the bottom, and everything else behind “More”', async () => {
		const { page, part } = await walk.visitor(data.owner);
		await page.setViewportSize({ width: 390, height: 844 });
		await visit(page, '/');
		const bar = await part('navigation').boundingBox();
		assert.ok(bar.y + bar.height > 843 && bar.width === 390, JSON.stringify(bar));
		assert.equal(await part('navigation').locator('a, button').count(), 5);
		await part('nav-users').click();
		await part('users-table').waitFor();
		await part('nav-more').click();
		await part('more').getByTestId('nav-audit').click();
		await part('audit-log').waitFor();
		await part('more').waitFor({ state: 'detached' });
		await part('nav-more').click();
		await part('more').getByTestId('organization-switcher').waitFor();
		await page.keyboard.press('Escape');
		await part('more').waitFor({ state: 'detached' });
	});

	walk.test('fits a window at 200 % zoom', async () => {
		// 1440×900 at 200 %: half as many CSS pixels.
		const visitor = await walk.visitor(data.owner);
		await visitor.page.setViewportSize({ width: 720, height: 450 });
		await onEvery(visitor, overflow);
	});

	walk.test('every control is reached with Tab, and shows where the focus is', async () => {
		const visitor = await walk.visitor(data.owner);
		await onEvery(visitor, (page) => keyboardWalk(page));
	});

	walk.test('every date is the same day, or the right moment, in every time zone', async () => {
		const seen = {};
		for (const zone of ['Pacific/Pago_Pago', 'Etc/UTC', 'Pacific/Kiritimati']) {
			const { page } = await visitorIn(zone);
			for (const [name, path] of pages()) {
				await visit(page, path);
				for (const time of await datesOf(page, zone)) (seen[`${name} ${time.datetime}`] ??= []).push({ zone, ...time });
			}
		}
		const wrong = Object.entries(seen).flatMap(([where, times]) => misleading(times).map((problem) => `${where}: ${problem}`));
		assert.ok(words || Object.keys(seen).length > 100, 'next to no dates were found');
		assert.deepEqual(wrong, []);
	});

	async function visitorIn(timezoneId) {
		const context = await walk.browser.newContext({ baseURL: walk.installation.url, locale: 'en-US', timezoneId });
		context.setDefaultNavigationTimeout(60_000);
		const { email, password } = data.owner;
		await context.request.post('/api/v2/sessions', { data: { email, password } });
		return { page: await context.newPage() };
	}
});

/** The current tab must be visible in its bar, which scrolls sideways. */
function currentTabHidden(page) {
	return page.evaluate(() => {
		const bar = document.querySelector('[data-testid=tabs]');
		const current = bar?.querySelector('[aria-current]');
		if (!current) return [];
		const [inside, around] = [current.getBoundingClientRect(), bar.getBoundingClientRect()];
		return inside.left >= around.left - 1 && inside.right <= around.right + 1 ? [] : ['the current tab is out of view'];
	});
}

/** Presses Tab until the focus leaves the page; finds controls that were missed and stops without a visible focus. */
async function keyboardWalk(page) {
	await page.evaluate(() => {
		document.activeElement?.blur();
		globalThis.reached = new Set();
		globalThis.last = null;
	});
	const unseen = [];
	for (let presses = 0; presses < 400; presses++) {
		await page.keyboard.press('Tab');
		const stop = await page.evaluate(() => {
			const at = document.activeElement;
			// A date field takes several presses: day, month, year.
			if (at && at === globalThis.last) return '';
			globalThis.last = at;
			if (!at || at === document.body || globalThis.reached.has(at)) return null;
			globalThis.reached.add(at);
			const marked = [at, ...(at.closest('label') ? [at.closest('label')] : []), at.parentElement].some((element) => {
				const style = getComputedStyle(element);
				return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
			});
			return marked ? '' : at.outerHTML.slice(0, 120);
		});
		if (stop === null) break;
		if (stop) unseen.push(`no visible focus: ${stop}`);
	}
	const missed = await page.evaluate(() =>
		[...document.querySelectorAll('main button, main a[href], main input, main select, main textarea')]
			.filter((it) => it.tabIndex >= 0 && !it.disabled && it.checkVisibility({ visibilityProperty: true }))
			// Of radio buttons, Tab reaches the chosen one.
			.filter((it) => it.type !== 'radio' && !globalThis.reached.has(it))
			.map((it) => `not reached: ${it.outerHTML.slice(0, 120)}`)
	);
	return [...unseen, ...missed];
}

/** Every `<time>` of the page: what it stands for, and what is shown and said of it. */
function datesOf(page, zone) {
	return page.locator('time').evaluateAll(
		(times, zone) =>
			times.map((time) => {
				const moment = new Date(time.dateTime);
				const styles = ['long', 'medium'].flatMap((dateStyle) => [{ dateStyle }, { dateStyle, timeStyle: 'long' }]);
				const inZone = styles.map((style) => new Intl.DateTimeFormat('en-US', { ...style, timeZone: zone }).format(moment));
				return { datetime: time.dateTime, text: time.innerText, title: time.title, inZone };
			}),
		zone
	);
}

const YEAR = /\b20\d\d\b/;

/** A day says the same everywhere. A moment says its day in the zone of the reader. */
function misleading(times) {
	// A license ends with the last second of a day in UTC: that means the day, wherever the reader is.
	const end = times[0].datetime.endsWith('T23:59:59Z');
	const same = (key) => new Set(times.map((time) => time[key].replace(/\s+/g, ' '))).size === 1;
	return ['text', 'title'].flatMap((key) => {
		const absolute = times.filter((time) => YEAR.test(time[key]));
		if (!absolute.length || (absolute.length === times.length && same(key))) return [];
		if (end && key === 'text') return [`a license ends on ${[...new Set(absolute.map(({ text }) => text))].join(' or ')}`];
		return absolute
			.filter((time) => !time.inZone.some((right) => time[key].replace(/\s+/g, ' ').includes(right.replace(/\s+/g, ' '))))
			.map((time) => `${time.zone}: “${time[key]}” is none of ${time.inZone.join(' · ')}`);
	});
}
