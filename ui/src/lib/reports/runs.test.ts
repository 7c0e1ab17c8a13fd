import { expect, test } from 'vitest';
import { usualOf } from './runs';
import type { Outcome, Run } from './types';

const run = (duration_ms: number | null, outcome: Outcome = 'passed') => ({ duration_ms, outcome }) as Run;

test('the usual duration is the median of the runs that passed', () => {
	expect(usualOf([run(100), run(9000), run(120)])).toBe(120);
	expect(usualOf([run(100), run(200), run(300), run(900)])).toBe(250);
	expect(usualOf([run(100), run(110), run(120), run(30_000, 'failed'), run(null)])).toBe(110);
});

test('few runs say nothing', () => {
	expect(usualOf([run(100), run(110)])).toBeNull();
	expect(usualOf([])).toBeNull();
});
