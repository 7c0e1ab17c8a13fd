/** The tokens of both themes in app.css: text that can be read, cards and borders that can be seen. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const css = readFileSync('src/app.css', 'utf8');

function tokens(start: string): Record<string, string> {
	const block = css.slice(css.indexOf(start)).split('}')[0] ?? '';
	return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1], found[2]]));
}

const channels = (color: string) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));

/** A color at 10 % over another one, as badges and banners have it. */
function tint(color: string, below: string): string {
	const under = channels(below);
	const mixed = channels(color).map((value, at) => Math.round(value * 0.1 + (under[at] ?? 0) * 0.9));
	return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Relative luminance of WCAG 2. */
function luminance(color: string): number {
	const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
		const share = value / 255;
		return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
	});
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
	const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
	return (light + 0.05) / (dark + 0.05);
}

describe.each([
	['light', ':root {\n\tcolor-scheme: light'],
	['dark', ":root[data-theme='dark'] {\n\tcolor-scheme: dark"]
])('%s', (_, start) => {
	const of = tokens(start);
	const color = (name: string) => of[name] ?? expect.fail(`--${name} is missing`);
	const texts = ['foreground', 'muted', 'accent', 'passed', 'failed', 'error', 'skipped', 'running'];
	const grounds = ['background', 'surface', 'sunken', 'hover', 'accent-soft'];

	test.each(texts)('text in %s can be read on every background', (text) => {
		for (const ground of grounds)
			expect(contrast(color(text), color(ground)), ground).toBeGreaterThanOrEqual(4.5);
		for (const ground of ['background', 'surface'])
			expect(contrast(color(text), tint(color(text), color(ground))), `tint on ${ground}`).toBeGreaterThanOrEqual(4.5);
	});

	test('the text of a primary button can be read', () => {
		expect(contrast(color('accent-foreground'), color('accent'))).toBeGreaterThanOrEqual(4.5);
		expect(contrast(color('accent-foreground'), color('accent-hover'))).toBeGreaterThanOrEqual(4.5);
	});

	test('cards stand out from the page, and their edges can be seen', () => {
		expect(contrast(color('surface'), color('background'))).toBeGreaterThanOrEqual(1.15);
		expect(contrast(color('border'), color('surface'))).toBeGreaterThanOrEqual(1.5);
		expect(contrast(color('border'), color('background'))).toBeGreaterThanOrEqual(1.3);
		expect(contrast(color('sunken'), color('surface'))).toBeGreaterThanOrEqual(1.1);
	});

	test('fields have an edge of 3:1', () => {
		for (const ground of ['surface', 'background'])
			expect(contrast(color('input-border'), color(ground)), ground).toBeGreaterThanOrEqual(3);
	});
});
