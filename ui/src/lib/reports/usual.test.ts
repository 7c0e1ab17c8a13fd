import { expect, test } from 'vitest';
import type { Execution } from './types';
import { withUsual } from './usual';

let id = 0;
const execution = (name: string, duration_ms: number | null, state: Execution['state'] = 'done') =>
	({ id: ++id, name, duration_ms, state }) as Execution;

test('the middle of the other executions of the same name', () => {
	const nightly = [900, 100, 120, 110].map((duration) => execution('nightly', duration));
	const rows = withUsual([...nightly, execution('smoke', 5), execution('nightly', 7, 'reading')]);
	expect(rows.map(({ usual }) => usual)).toEqual([110, 120, 110, 120, null, 110]);
});

test('few say nothing, and an unknown duration is not counted', () => {
	const rows = [10, 20, null, 30].map((duration) => execution('smoke', duration));
	expect(withUsual(rows).map(({ usual }) => usual)).toEqual([null, null, 20, null]);
	expect(withUsual([])).toEqual([]);
});
