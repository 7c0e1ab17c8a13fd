// Pictures of every page in light and dark, in three sizes, with the realistic data; accessibility and overflow are
// checked on each. `npm run pictures -- [--before FOLDER] [NAME…]`
//
// Writes results/pictures/<theme>-<width>x<height>/<page>.png and results/pictures/index.html, with the earlier picture
// beside if the folder of an earlier run is given. NAME: only pages whose name contains it. Ends with 1 if a check failed.

import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { violations } from './look.js';
import { entryPages, overflow, settled, sizes, visit } from './pages.js';
import { RealisticData } from './realistic-data.js';
import { Walk } from './visitors.js';

const folder = join(import.meta.dirname, 'results/pictures');
const { before, names } = fromArguments(process.argv.slice(2));
const problems = [];
const taken = [];

function fromArguments(given) {
	const at = given.indexOf('--before');
	const before = at < 0 ? undefined : resolve(given.splice(at, 2)[1]);
	return { before, names: given };
}

const wanted = (name) => !names.length || names.some((part) => name.includes(part));

async function photograph(page, name, path) {
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		await page.setViewportSize(sizes[0]);
		await visit(page, path);
		for (const size of sizes) {
			const place = `${colorScheme}-${size.width}x${size.height}`;
			await page.setViewportSize(size);
			await settled(page);
			await page.screenshot({ path: join(folder, place, `${name}.png`), animations: 'disabled' });
			taken.push(join(place, `${name}.png`));
			for (const wide of await overflow(page)) problems.push(`${name} ${place}: too wide: ${wide}`);
			if (size.height !== 600) for (const line of await violations(page)) problems.push(`${name} ${place}: ${line}`);
		}
	}
}

async function all(data) {
	const { walk } = data;
	const people = { '': data.owner, 'member-': data.by('zoe'), 'billing-': data.by('francoise'), 'entry-': undefined };
	const few = { home: '/', 'profile-personal': '/profile/personal' };
	for (const [prefix, person] of Object.entries(people)) {
		const pages = prefix === '' ? data.pages() : prefix === 'entry-' ? entryPages : few;
		const visitor = await walk.visitor(person);
		for (const [name, path] of Object.entries(pages))
			if (wanted(prefix + name)) await photograph(visitor.page, prefix + name, path);
		for (const complaint of visitor.complaints) problems.push(`${prefix || 'owner'}: ${complaint}`);
	}
}

/** One row for each page and theme; the earlier picture stands on the left. */
function page() {
	const image = (path) => (existsSync(path) ? `<img loading="lazy" src="${relative(folder, path)}">` : '');
	const rows = taken.map((name) => {
		const old = before ? `<td>${image(join(before, name))}</td>` : '';
		return `<tr><th colspan="2">${name}</th></tr><tr>${old}<td>${image(join(folder, name))}</td></tr>`;
	});
	const style = 'body{background:#888;font:14px sans-serif}img{max-width:100%;border:1px solid}td{width:50%;vertical-align:top}';
	return `<!doctype html><meta charset="utf-8"><title>Testkeep, every page</title><style>${style}</style><table>${rows.join('\n')}</table>`;
}

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const walk = new Walk('pictures');
let data;
try {
	data = await RealisticData.fill(walk);
	await walk.run(() => all(data));
	await writeFile(join(folder, 'index.html'), page());
} finally {
	data?.stop();
	await walk.end();
}
console.log(`${taken.length} pictures in ${folder}`);
for (const problem of new Set(problems)) console.error(problem);
process.exitCode = problems.length ? 1 : 0;
