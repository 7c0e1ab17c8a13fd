import { afterEach, describe, expect, test } from 'vitest';
import { showTimesIn } from '$lib/format';
import { firstDay, formatEnd, formatEndDay, formatTimeLeft, lastDay } from './license-dates';

afterEach(() => showTimesIn(null));

describe.each(['Pacific/Pago_Pago', 'UTC', 'Pacific/Kiritimati'])('in %s', (zone) => {
	test('a license ends on the day that the vendor chose', () => {
		showTimesIn(zone);
		for (const end of ['2027-12-31T23:59:59Z', '2028-01-01T00:00:00Z', '2027-12-31T00:00:01Z']) {
			expect(lastDay(end)).toBe('2027-12-31');
			expect(formatEnd(end)).toBe('December 31, 2027');
			expect(formatEndDay(end)).toBe('Dec 31, 2027');
		}
		expect(firstDay('2027-12-31T23:59:59Z')).toBe('2027-12-31');
	});

	test('days are counted from the day that the reader has', () => {
		showTimesIn(zone);
		const noon = Date.parse({ UTC: '2026-11-27T12:00:00Z' }[zone] ?? noonIn(zone));
		const left = (end: string) => formatTimeLeft(end, noon);
		expect(left('2026-12-04T23:59:59Z')).toBe('in 7 days');
		expect(left('2026-11-28T23:59:59Z')).toBe('tomorrow');
		expect(left('2026-11-27T23:59:59Z')).toBe('today');
		expect(left('2026-11-20T23:59:59Z')).toBe('today');
	});
});

/** Noon of November 27 there. */
const noonIn = (zone: string): string =>
	zone === 'Pacific/Pago_Pago' ? '2026-11-27T23:00:00Z' : '2026-11-26T22:00:00Z';
