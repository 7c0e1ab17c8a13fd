// What every page must pass: no serious accessibility violation in light and in dark, nothing cut off at the
// smallest window; and pictures of it in both sizes and both themes, in `results/`.

import assert from 'node:assert/strict';
import { readFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const results = join(import.meta.dirname, 'results');
const sizes = [
	{ width: 1600, height: 1000 },
	{ width: 1024, height: 700 }
];
await mkdir(results, { recursive: true });

/** Looks at the page as it is; leaves it in light at the smallest size. */
export async function look(page, name) {
	for (const colorScheme of ['dark', 'light']) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		for (const size of sizes) {
			await page.setViewportSize(size);
			await page.evaluate(() => document.fonts.ready);
			await picture(page, `${name}-${colorScheme}-${size.width}x${size.height}.png`);
		}
		await fits(page, name);
		await accessible(page, `${name} in ${colorScheme}`);
	}
}

/** The viewport alone: what a person sees without scrolling. */
export async function picture(page, name) {
	await page.screenshot({ path: join(results, name), animations: 'disabled' });
}

async function fits(page, name) {
	const { content, window } = await page.evaluate(() => ({
		content: document.documentElement.scrollWidth,
		window: innerWidth
	}));
	assert.ok(content <= window, `${name} is ${content} px wide in a window of ${window} px`);
}

async function accessible(page, name) {
	// Past the page's own security policy, which forbids inline scripts.
	await page.evaluate(axe);
	const { violations, passes } = await page.evaluate(() => globalThis.axe.run(document));
	assert.ok(passes.length > 5, `axe found next to nothing to look at on ${name}`);
	const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
	const lines = grave.flatMap(({ id, help, nodes }) =>
		nodes.map((node) => `${id} (${help}): ${node.html}\n    ${node.failureSummary}`)
	);
	assert.equal(grave.length, 0, `${name}:\n${lines.join('\n')}`);
}
