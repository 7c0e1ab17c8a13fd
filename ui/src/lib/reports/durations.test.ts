import { expect, test } from 'vitest';
import { compareDuration, formatRunTime } from './durations';

test.each([
	[0, '0 ms'],
	[840, '840 ms'],
	[12_440, '12.4 s'],
	[200_000, '3m 20s']
])('formatRunTime(%i)', (milliseconds, text) => {
	expect(formatRunTime(milliseconds).replaceAll('\u00a0', ' ')).toBe(text);
});

test.each([
	[null, 1000, { kind: 'unknown' }],
	[1000, null, { kind: 'unknown' }],
	[1000, 0, { kind: 'unknown' }],
	[110_000, 100_000, { kind: 'usual' }],
	[400, 100, { kind: 'usual' }],
	[130_000, 100_000, { kind: 'slower', percent: 30 }],
	[60_000, 100_000, { kind: 'faster', percent: 40 }],
	[240_000, 100_000, { kind: 'much slower', times: 2.4 }]
])('compareDuration(%s, %s)', (actual, usual, comparison) => {
	expect(compareDuration(actual, usual)).toEqual(comparison);
});
