// Every page with realistic data: on a phone, at 200 % zoom, by keyboard alone, and in time zones at both ends of the date
// line. Each page is loaded once and then resized; pages are visited side by side.
// With TESTKEEP_PAGES only the pages whose name contains one of its words: `TESTKEEP_PAGES=audit,mail`.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { overflow, settled, smallTargets, visit } from './pages.js';
import { RealisticData } from './realistic-data.js';
import { Walk } from './visitors.js';

const words = process.env.TESTKEEP_PAGES?.split(',');
const SIDE_BY_SIDE = 2;
const PHONE = { width: 390, height: 844 };
/** 1440×900 at 200 %: half as many CSS pixels. */
const ZOOMED = { width: 720, height: 450 };
const WINDOW = { width: 1024, height: 700 };

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

	/** Calls `check` on every page; it returns a list of problems. The windows have the size `first` when they load. */
	async function onEvery(first, check) {
		const left = pages();
		const problems = [];
		async function work() {
			const { page } = await walk.visitor(data.owner, { viewport: first });
			for (let next = left.shift(); next; next = left.shift()) {
				await page.setViewportSize(first);
				await visit(page, next[1]);
				for (const problem of await check(page)) problems.push(`${next[0]}: ${problem}`);
			}
		}
		await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work));
		assert.deepEqual(problems, []);
	}

	async function resize(page, size) {
		await page.setViewportSize(size);
		await settled(page);
	}

	walk.test('fits a phone and fingers, fits a window at 200 % zoom, and Tab reaches every control in sight', () =>
		onEvery(PHONE, async (page) => {
			const problems = await overflow(page);
			for (const target of await smallTargets(page)) problems.push(`small: ${target}`);
			problems.push(...(await currentTabHidden(page)));
			await resize(page, ZOOMED);
			for (const wide of await overflow(page)) problems.push(`at 200 %: ${wide}`);
			await resize(page, WINDOW);
			return [...problems, ...(await keyboardWalk(page))];
		})
	);

	walk.test('a phone has its navigation at the bottom, and everything else behind “More”', async () => {
		const { page, part } = await walk.visitor(data.owner, { viewport: PHONE });
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

	walk.test('every date is the same day, or the right moment, in every time zone', async () => {
		const zones = ['Pacific/Pago_Pago', 'Etc/UTC', 'Pacific/Kiritimati'];
		const seen = {};
		async function readDates(zone) {
			const { page } = await walk.visitor(data.owner, { timezoneId: zone });
			for (const [name, path] of pages()) {
				await visit(page, path);
				for (const time of await datesOf(page, zone)) (seen[`${name} ${time.datetime}`] ??= []).push({ zone, ...time });
			}
		}
		await Promise.all(zones.map(readDates));
		const wrong = Object.entries(seen).flatMap(([where, times]) => misleading(times).map((problem) => `${where}: ${problem}`));
		assert.ok(words || Object.keys(seen).length > 100, 'next to no dates were found');
		assert.deepEqual(wrong, []);
	});

	test('no page had a script error, a policy violation or a failed request', () => {
		assert.deepEqual([...walk.complaints], []);
	});
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

const AT_ONCE = 10;
const MOST_PRESSES = 400;

/** Presses Tab until the focus leaves the page; finds controls that were missed and stops without a visible focus. */
async function keyboardWalk(page) {
	await page.evaluate(noteFocus);
	for (let presses = 0; presses < MOST_PRESSES; presses += AT_ONCE) {
		// As a key that is held down.
		await Promise.all(Array.from({ length: AT_ONCE }, () => page.keyboard.down('Tab')));
		if (await page.evaluate(() => globalThis.walked.around || document.activeElement === document.body)) break;
	}
	await page.keyboard.up('Tab');
	return page.evaluate(() => {
		const { reached, unseen } = globalThis.walked;
		const controls = document.querySelectorAll('main button, main a[href], main input, main select, main textarea');
		const missed = [...controls]
			.filter((it) => it.tabIndex >= 0 && !it.disabled && it.checkVisibility({ visibilityProperty: true }))
			// Of radio buttons, Tab reaches the chosen one.
			.filter((it) => it.type !== 'radio' && !reached.has(it))
			.map((it) => `not reached: ${it.outerHTML.slice(0, 120)}`);
		return [...unseen.map((it) => `no visible focus: ${it}`), ...missed];
	});
}

/** In the page: from now on, remembers what gets the focus, and what does not show that. */
function noteFocus() {
	document.activeElement?.blur();
	const walked = { reached: new Set(), unseen: [], around: false };
	globalThis.walked = walked;
	document.addEventListener('focusin', ({ target: at }) => {
		if (walked.reached.has(at)) return void (walked.around = true);
		walked.reached.add(at);
		const marked = [at, at.closest('label'), at.parentElement].some((element) => {
			const style = element && getComputedStyle(element);
			return style && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
		});
		if (!marked) walked.unseen.push(at.outerHTML.slice(0, 120));
	});
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
