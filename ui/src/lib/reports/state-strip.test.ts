import { expect, test } from 'vitest';
import { stripParts } from './state-strip';

const none = {
	total: 0,
	passed: 0,
	failed: 0,
	errored: 0,
	skipped: 0,
	other: 0,
	flaky: 0,
	run_errors: 0,
	newly_failing: 0,
	fixed: 0
};

test('failures come first, and what does not occur is left out', () => {
	const parts = stripParts({ ...none, passed: 6, failed: 3, skipped: 1 });
	expect(parts.map(({ outcome }) => outcome)).toEqual(['failed', 'passed', 'skipped']);
	expect(parts.map(({ percent }) => Math.round(percent))).toEqual([30, 60, 10]);
});

test('one failure among many is wide enough to be seen, and all fill the strip', () => {
	const parts = stripParts({ ...none, passed: 100_000, failed: 1 });
	expect(parts[0]?.percent).toBeGreaterThan(2.5);
	expect(parts.reduce((sum, { percent }) => sum + percent, 0)).toBeCloseTo(100);
});

test('no results, no parts', () => expect(stripParts(none)).toEqual([]));
