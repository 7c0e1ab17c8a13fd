// Checks for every page: no serious accessibility violation in light and dark, nothing cut off at the smallest window,
// every control reachable on a small screen. With TESTKEEP_PICTURES=1 also pictures of each, in both themes and two sizes, in
// `results/`; a failed test keeps its picture anyway.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { frames } from './pages.js';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const results = join(import.meta.dirname, 'results');
const withPictures = Boolean(process.env.TESTKEEP_PICTURES);
const sizes = [
	{ width: 1600, height: 1000 },
	{ width: 1024, height: 700 }
];
/** Screens of older machines, of remote consoles and of phones: no pictures, but every control must be reachable. */
const small = [
	{ width: 800, height: 600 },
	{ width: 1024, height: 600 },
	{ width: 390, height: 844 }
];
/** The rules whose result depends on the theme. The others look at elements, which are the same in both. */
const OF_THEMES = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
await mkdir(results, { recursive: true });

/**
 * Checks the page in its present state; leaves it in the light theme at the smallest size. `phone`: `false` for pages
 * that only the window has.
 */
export async function look(page, name, { phone = true } = {}) {
	for (const colorScheme of ['dark', 'light']) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		await page.setViewportSize(sizes.at(-1));
		await page.evaluate(() => document.fonts.ready);
		await accessible(page, `${name} in ${colorScheme}`, colorScheme === 'dark' ? OF_THEMES : undefined);
		for (const { width, height } of withPictures ? sizes : []) {
			await page.setViewportSize({ width, height });
			await picture(page, `${name}-${colorScheme}-${width}x${height}.png`);
		}
	}
	for (const size of [...sizes, ...small]) {
		if (size.width < 640 && !phone) continue;
		await page.setViewportSize(size);
		await frames(page);
		await fits(page, name);
		if (small.includes(size)) await reachable(page, `${name} at ${size.width} × ${size.height}`);
	}
	await page.setViewportSize(sizes.at(-1));
}

/** Checks that every control can be scrolled to and is not covered; while a dialog is open, only those inside it. */
async function reachable(page, name) {
	const hidden = await page.evaluate(() => {
		const dialogs = document.querySelectorAll('[role=dialog], [role=alertdialog], [role=menu]');
		const root = [...dialogs].at(-1) ?? document;
		const controls = [...root.querySelectorAll('button, a[href], input, select, textarea, [role=menuitem]')];
		const hidden = [];
		for (const control of controls) {
			if (!control.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
			// Elements for screen readers only.
			if (control.closest('.sr-only, [data-testid=toasts]') || control.getBoundingClientRect().width < 4) continue;
			control.scrollIntoView({ block: 'center', inline: 'center' });
			const { left, top, width, height } = control.getBoundingClientRect();
			const label = control.labels?.[0];
			// A long name may be cut if its beginning is visible. A toast disappears by itself.
			const under = [left + width / 2, left + 6].map((x) =>
				document.elementsFromPoint(x, top + height / 2).find((element) => !element.closest('[data-testid=toasts]'))
			);
			const fine = under.some((hit) => hit && (control.contains(hit) || hit.contains(control) || label?.contains(hit)));
			if (!fine) hidden.push(`${control.outerHTML.slice(0, 120)} under ${under[0]?.outerHTML.slice(0, 80)}`);
		}
		return hidden;
	});
	assert.deepEqual(hidden, [], `${name}: out of reach`);
}

/** A picture of the viewport only: what a person sees without scrolling. Failures are always kept. */
export async function picture(page, name) {
	if (!withPictures && !name.startsWith('failed-')) return;
	await page.screenshot({ path: join(results, name), animations: 'disabled' });
}

async function fits(page, name) {
	const { content, window } = await page.evaluate(() => ({
		content: document.documentElement.scrollWidth,
		window: innerWidth
	}));
	assert.ok(content <= window, `${name} is ${content} px wide in a window of ${window} px`);
}

async function accessible(page, name, runOnly) {
	const lines = await violations(page, runOnly);
	assert.equal(lines.length, 0, `${name}:\n${lines.join('\n')}`);
}

/**
 * Serious and critical violations of accessibility, one line each.
 * @param runOnly axe's option: only these rules
 */
export async function violations(page, runOnly) {
	// Bypasses the page's own security policy, which forbids inline scripts.
	if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe);
	const { violations, passes } = await page.evaluate(
		(runOnly) => globalThis.axe.run(document, { resultTypes: ['violations'], ...(runOnly && { runOnly }) }),
		runOnly
	);
	const least = runOnly ? 0 : 5;
	assert.ok(passes.length > least, `axe found next to nothing to look at on ${page.url()}`);
	return violations
		.filter(({ impact }) => impact === 'serious' || impact === 'critical')
		.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id} (${help}): ${node.html}\n    ${node.failureSummary}`));
}
