import { expect, test } from 'vitest';
import { outcomesOf, summaryOf } from './history';

test('the newest is drawn last, and only so many', () => {
	expect(outcomesOf('FPSEO')).toEqual(['other', 'errored', 'skipped', 'passed', 'failed']);
	expect(outcomesOf('FPP', 2)).toEqual(['passed', 'failed']);
	expect(outcomesOf('?')).toEqual(['other']);
	expect(outcomesOf('')).toEqual([]);
});

test('the sentence counts runs, broken ones, and how long it is broken', () => {
	expect(summaryOf(outcomesOf('FEPFP'))).toEqual({ runs: 5, broken: 3, streak: 2 });
	expect(summaryOf(outcomesOf('PFF'))).toEqual({ runs: 3, broken: 2, streak: 0 });
	expect(summaryOf(outcomesOf('FF'))).toEqual({ runs: 2, broken: 2, streak: 2 });
	expect(summaryOf([])).toEqual({ runs: 0, broken: 0, streak: 0 });
});
