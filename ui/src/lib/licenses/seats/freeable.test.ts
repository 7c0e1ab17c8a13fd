import { expect, test } from 'vitest';
import type { Seat, Waiting } from '$lib/api/types';
import { freeable } from './freeable';

const seat = (id: number, more: Partial<Seat> = {}): Seat => ({
	...{ kind: 'online', id, organization_id: 2, who: 'Ada', machine_key: 'm', hostname: 'desk' },
	...{ since: `2026-11-21T1${id}:00:00Z`, until: '2026-11-21T20:00:00Z' },
	...more
});
const row = (reason: Waiting['reason']): Waiting => ({
	...{ id: 1, position: 1, organization_id: 2, user_id: 5, who: 'Grace', email: 'grace@example.com' },
	...{ machine_key: 'm', hostname: 'late', since: '2026-11-21T19:00:00Z', reserved_for: [], reason }
});
const ids = (seats: Seat[]) => seats.map(({ id }) => id);

test('live sessions, the oldest first; no borrowed ones, none of a reservation', () => {
	const seats = [
		seat(3),
		seat(1, { kind: 'borrowed' }),
		seat(2),
		seat(4, { team: 'Parsers' }),
		seat(0, { kind: 'held' })
	];
	expect(ids(freeable(seats, row('pool')))).toEqual([2, 3]);
});

test('a share is freed only by the organization itself', () => {
	const seats = [seat(1, { organization_id: 3 }), seat(2)];
	expect(ids(freeable(seats, row('share')))).toEqual([2]);
	expect(ids(freeable(seats, row('pool')))).toEqual([1, 2]);
});
