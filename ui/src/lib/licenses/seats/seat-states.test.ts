import { describe, expect, test } from 'vitest';
import type { Seat, SeatMap, SeatSplit } from '$lib/api/types';
import { cellSize, cellsOf, nextCell, partsOf } from './seat-states';

const NONE: SeatSplit = {
	...{ total: 0, online: 0, borrowed: 0, offline: 0, held: 0, elsewhere: 0 },
	...{ reserved: 0, kept_elsewhere: 0, beyond_share: 0, free: 0 }
};
const seat = (kind: Seat['kind'], id: number): Seat => ({
	...{ kind, id, organization_id: 2, who: 'Ada', machine_key: 'm', hostname: 'desk' },
	...{ since: '2026-11-21T10:00:00Z', until: '2026-11-21T10:05:00Z' }
});
const map = (split: Partial<SeatSplit>, more: Partial<SeatMap> = {}): SeatMap => ({
	...{ product: 'KRE', quota: 5, seats: [], reserved: [], waiting: [] },
	...more,
	split: { ...NONE, ...split }
});

test('the legend has every part with seats, and adds up', () => {
	const split = { ...NONE, total: 9, online: 3, reserved: 2, elsewhere: 4 };
	const parts = partsOf(split);
	expect(parts.map(({ state }) => state)).toEqual(['online', 'elsewhere', 'reserved', 'free']);
	expect(parts.reduce((sum, { seats }) => sum + seats, 0)).toBe(split.total);
});

describe('cells', () => {
	test('one for each seat, with its details', () => {
		const { length } = cellsOf(map({ total: 500, online: 123, free: 377 }));
		expect(length).toBe(500);
		const cells = cellsOf(
			map(
				{ total: 5, online: 1, borrowed: 1, reserved: 2, free: 1 },
				{
					seats: [seat('borrowed', 7), seat('online', 3)],
					reserved: [
						{ organization_id: 2, team_id: 4, team: 'Parsers', seats: 1 },
						{ organization_id: 2, team_id: 5, team: 'Mobile', seats: 3 }
					]
				}
			)
		);
		expect(cells.map(({ state }) => state)).toEqual(['online', 'borrowed', 'reserved', 'reserved', 'free']);
		expect(cells.map(({ seat }) => seat?.id)).toEqual([3, 7, undefined, undefined, undefined]);
		expect(cells.map(({ team }) => team)).toEqual([undefined, undefined, 'Parsers', 'Mobile', undefined]);
		expect(new Set(cells.map(({ key }) => key)).size).toBe(5);
	});

	test('are at most a thousand', () => {
		const cells = cellsOf(map({ total: 90_000, online: 600, free: 89_400 }));
		expect(cells.filter(({ state }) => state === 'online')).toHaveLength(600);
		expect(cells).toHaveLength(1000);
	});

	test('are smaller when there are many', () => {
		expect([10, 100, 300, 1000].map(cellSize)).toEqual([28, 20, 14, 11]);
	});
});

test('arrow keys stay inside the map', () => {
	expect(nextCell('ArrowRight', 4, 5, 3)).toBe(4);
	expect(nextCell('ArrowDown', 1, 5, 3)).toBe(4);
	expect(nextCell('ArrowUp', 1, 5, 3)).toBe(1);
	expect([nextCell('Home', 3, 5, 3), nextCell('End', 0, 5, 3)]).toEqual([0, 4]);
	expect(nextCell('a', 0, 5, 3)).toBeNull();
});
