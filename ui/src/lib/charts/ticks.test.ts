import { expect, test } from 'vitest';
import { ticksTo } from './ticks';

test.each([
	[0, [0, 1]],
	[1, [0, 1]],
	[4, [0, 1, 2, 3, 4]],
	[5, [0, 2, 4, 6]],
	[37, [0, 10, 20, 30, 40]],
	[100, [0, 50, 100]],
	[900, [0, 500, 1000]]
])('ticksTo(%i) are few and round', (max, ticks) => {
	expect(ticksTo(max)).toEqual(ticks);
});
