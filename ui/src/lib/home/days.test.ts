import { describe, expect, test } from 'vitest';
import { dayOf, lastDays } from './days';

const NOW = Date.parse('2026-11-30T02:00:00Z');
const hours = [
	{ at: '2026-11-29T23:00:00Z', count: 2 },
	{ at: '2026-11-30T01:00:00Z', count: 3 }
];

describe('lastDays', () => {
	test.each([
		[
			'UTC',
			[
				['2026-11-28', 0],
				['2026-11-29', 2],
				['2026-11-30', 3]
			]
		],
		[
			'Pacific/Pago_Pago',
			[
				['2026-11-27', 0],
				['2026-11-28', 0],
				['2026-11-29', 5]
			]
		],
		[
			'Pacific/Kiritimati',
			[
				['2026-11-28', 0],
				['2026-11-29', 0],
				['2026-11-30', 5]
			]
		]
	] as [string, [string, number][]][])('in %s', (zone, days) => {
		expect(lastDays(hours, 3, zone, NOW).map(({ day, count }) => [day, count])).toEqual(days);
	});

	test('older hours are left out', () => {
		expect(lastDays([{ at: '2026-10-01T00:00:00Z', count: 9 }], 14, 'UTC', NOW)).toHaveLength(14);
		expect(
			lastDays([{ at: '2026-10-01T00:00:00Z', count: 9 }], 14, 'UTC', NOW).some(({ count }) => count)
		).toBe(false);
	});
});

test('dayOf is the calendar day of the zone', () => {
	expect(dayOf(NOW, 'America/New_York')).toBe('2026-11-29');
	expect(dayOf(NOW, 'Asia/Tokyo')).toBe('2026-11-30');
});
