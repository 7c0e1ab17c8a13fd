// Measures the pages in a browser: bytes, paints, page changes, the palette; and counts the clicks and keys of tasks. One
// line of JSON for each measurement, for `cargo xtask bench ui` (tests/src/bin/bench/ui.rs), which prints the table.

import { Hand } from './hand.js';
import { settled, visit } from './pages.js';
import { RealisticData } from './realistic-data.js';
import { tasks } from './tasks.js';
import { Walk } from './visitors.js';

const RUNS = 9;
const print = (measurement) => console.log(JSON.stringify(measurement));

async function series(measure) {
	await measure();
	const samples = [];
	for (let run = 0; run < RUNS; run++) samples.push(await measure());
	return samples;
}

/** kB that a load of the page takes from the network, and the number of its requests. */
async function weigh({ context, page }, load) {
	const session = await context.newCDPSession(page);
	await session.send('Network.enable');
	let [bytes, requests] = [0, 0];
	session.on('Network.loadingFinished', ({ encodedDataLength }) => {
		bytes += encodedDataLength;
		if (encodedDataLength) requests++;
	});
	await load();
	await session.detach();
	return { kilobytes: bytes / 1000, requests };
}

async function loads(data) {
	const cold = [];
	for (let run = 0; run < 7; run++) {
		const visitor = await data.walk.visitor(data.owner);
		cold.push((await weigh(visitor, () => visit(visitor.page, '/'))).kilobytes);
	}
	print({ name: 'first load, empty cache', unit: 'kB', samples: cold });
	const visitor = await data.walk.visitor(data.owner);
	const warm = await series(() => weigh(visitor, () => visit(visitor.page, '/')));
	print({ name: 'first load, warm cache', unit: 'kB', at_most: 40, samples: warm.map(({ kilobytes }) => kilobytes) });
	print({ name: 'requests of a warm load', unit: '', samples: warm.map(({ requests }) => requests) });
	const paint = await series(async () => {
		await visit(visitor.page, '/');
		return visitor.page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime);
	});
	print({ name: 'first paint, warm cache', unit: 'ms', samples: paint });
}

/** Milliseconds from the click on a link until the page's rows or fields are painted, measured inside the page. */
function change(page, testid, ready) {
	return page.evaluate(
		([testid, ready]) =>
			new Promise((done, fail) => {
				const link = document.querySelector(`[data-testid="${testid}"]`);
				const target = new URL(link.href).pathname;
				const start = performance.now();
				const look = () => {
					const there = location.pathname.startsWith(target) && document.querySelector(ready);
					if (there && !document.querySelector('[aria-busy=true]'))
						return requestAnimationFrame(() => done(performance.now() - start));
					if (performance.now() - start > 5_000) return fail(new Error(`${testid}: ${ready} did not appear`));
					requestAnimationFrame(look);
				};
				link.click();
				requestAnimationFrame(look);
			}),
		[testid, ready]
	);
}

const changes = {
	'nav-users': '[data-testid=users-table] tbody tr',
	'nav-projects': '[data-testid=projects] tbody tr',
	'nav-licenses': '[data-testid=licensed-users] tbody tr',
	'nav-audit': '[data-testid=audit-log] tbody tr',
	'nav-mail': '[data-testid=mail-settings]',
	'nav-settings': '[data-testid=details-form]'
};

async function pageChanges(data) {
	const { page } = await data.walk.visitor(data.owner);
	await visit(page, data.pages()['organization-settings']);
	for (const [testid, ready] of Object.entries(changes)) {
		const samples = await series(async () => {
			await visit(page, '/');
			return change(page, testid, ready);
		});
		print({ name: `page change: ${testid.slice(4)}`, unit: 'ms', at_most: 150, samples });
	}
}

const CROWD = 10_000;
/** Beginnings of last names of the crowd. Each is typed once, because the palette keeps what it has found. */
const TYPED = ['abbas', 'bergs', 'castel', 'dubois', 'eriks', 'fitzge', 'hoffm', 'ivano', 'jovan', 'kowal'];

async function palette(data) {
	data.crowd(CROWD);
	const { page, part } = await data.walk.visitor(data.owner);
	await visit(page, '/');
	// The first time, its code is loaded.
	await page.keyboard.press('Control+k');
	await part('palette').waitFor();
	await page.keyboard.press('Escape');
	const close = async () => {
		await page.keyboard.press('Escape');
		await part('palette').waitFor({ state: 'detached' });
	};
	const opens = await series(async () => {
		const taken = await latency(page, 'Control+k', '[data-testid=palette]');
		await close();
		return taken;
	});
	print({ name: 'palette opens', unit: 'ms', at_most: 50, samples: opens });
	// The status has a text when all answers are there.
	const answered = '[data-testid=palette] [role=status]:not(:empty)';
	const left = [...TYPED];
	const finds = await series(async () => {
		const text = left.shift();
		await page.keyboard.press('Control+k');
		await part('palette').waitFor();
		await page.keyboard.type(text.slice(0, -1));
		await settled(page);
		await page.locator(answered).waitFor({ state: 'attached' });
		const taken = await latency(page, text.at(-1), answered);
		await close();
		return taken;
	});
	print({ name: `palette answers a key, ${CROWD.toLocaleString('en')} people`, unit: 'ms', at_most: 50, samples: finds });
}

/** Milliseconds from a key until the selector is there after the page has changed. */
async function latency(page, key, selector) {
	await page.evaluate((selector) => {
		globalThis.latency = new Promise((done) => {
			const begin = () => {
				const start = performance.now();
				new MutationObserver((_, observer) => {
					if (!document.querySelector(selector)) return;
					observer.disconnect();
					requestAnimationFrame(() => done(performance.now() - start));
				}).observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
			};
			addEventListener('keydown', begin, { capture: true, once: true });
		});
	}, selector);
	await page.keyboard.press(key);
	return page.evaluate(() => globalThis.latency);
}

async function countTasks(data) {
	const visitor = await data.walk.visitor(data.owner);
	// The organization that was open last is the chosen one.
	await visit(visitor.page, data.pages()['organization-settings']);
	for (const { name, most, before, run } of tasks) {
		const hand = new Hand(visitor);
		const counted = { task: name, most, before };
		try {
			await visit(visitor.page, '/');
			await run(hand, data);
			print({ ...counted, clicks: hand.clicks, keys: hand.keys });
		} catch (error) {
			print({ ...counted, failed: error.message.split('\n')[0] });
		}
	}
}

const walk = new Walk('bench');
let data;
try {
	data = await RealisticData.fill(walk);
	for (const measure of [countTasks, loads, pageChanges, palette]) await walk.run(() => measure(data));
} finally {
	data?.stop();
	await walk.end();
}
