import { expect, test } from 'vitest';
import type { Run } from '../types';
import { LEFT, scaleOf, textPlace } from './run-bars';

const run = (duration_ms: number | null) => ({ duration_ms }) as Run;

test('bars begin at zero, and the longest one is inside', () => {
	const { y, ticks } = scaleOf([run(100), run(1900), run(null)], 600);
	expect(ticks).toEqual([0, 500, 1000, 1500, 2000]);
	expect(y(0)).toBe(138);
	expect(y(2000)).toBe(18);
});

test('few bars are narrow, many share the width; the pointer finds its bar', () => {
	expect(scaleOf([run(1), run(2)], 600).step).toBe(28);
	const many = scaleOf(
		Array.from({ length: 100 }, () => run(1)),
		468
	);
	expect(many.step).toBe(4);
	expect(many.at(many.x(42) + 1)).toBe(42);
	expect(many.at(LEFT - 1)).toBe(-1);
});

test('a label stays inside', () => {
	expect(textPlace(300, 10, 600)).toBe(300);
	expect(textPlace(60, 10, 600)).toBe(94);
	expect(textPlace(599, 10, 600)).toBe(566);
});

test('no runs', () => expect(scaleOf([], 600).ticks).toEqual([0, 1]));
