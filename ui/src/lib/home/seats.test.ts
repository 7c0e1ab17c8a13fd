import { expect, test } from 'vitest';
import type { SeatsNow } from '$lib/api/types';
import { seatParts, seatsSummary, seatsUsed } from './seats';

const row: SeatsNow = {
	...{ product: 'KSE', organization_id: null, organization: null, quota: 10, waiting: 1, days_left: 9 },
	...{ online: 3, borrowed: 1, offline: 0, held: 1, elsewhere: 0, reserved: 2, free: 3 },
	...{ expires_at: null, state: 'active' }
};

test('parts are the states with seats, and fill the bar', () => {
	const parts = seatParts(row);
	expect(parts.map(({ state }) => state)).toEqual(['online', 'borrowed', 'held', 'reserved', 'free']);
	expect(parts.reduce((sum, { percent }) => sum + percent, 0)).toBeCloseTo(100);
	expect(parts[0]?.percent).toBe(30);
	expect(seatsUsed(row)).toBe(5);
	expect(seatsSummary(row)).toBe('Online: 3, Borrowed: 1, Until lease ends: 1, Reserved: 2, Free: 3');
});

test('more in use than licensed still fits the bar', () => {
	const over = seatParts({ ...row, quota: 2, reserved: 0, free: 0 });
	expect(over.reduce((sum, { percent }) => sum + percent, 0)).toBeCloseTo(100);
	expect(seatParts({ ...row, online: 0, borrowed: 0, held: 0, reserved: 0, free: 0 })).toEqual([]);
});
