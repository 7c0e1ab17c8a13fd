import { describe, expect, test } from 'vitest';
import type { LicenseUsage } from '$lib/api/types';
import { forecastWords, pointName, wholePeriod } from './usage';

const NOW = Date.parse('2026-11-21T15:20:00Z');
const usage = (of: Partial<LicenseUsage>): LicenseUsage => ({
	days: 1,
	denied: 0,
	forecast: [],
	peak: 0,
	points: [],
	quota: 10,
	...of
});

describe('wholePeriod', () => {
	test('has every hour up to now, oldest first', () => {
		const known = { at: '2026-11-21T14:00:00Z', peak: 4, denied: 1 };
		const points = wholePeriod(usage({ points: [known] }), NOW);
		expect(points).toHaveLength(24);
		expect(points[0]?.at).toBe('2026-11-20T16:00:00.000Z');
		expect(points.at(-1)).toEqual({ at: '2026-11-21T15:00:00.000Z', peak: 0, denied: 0 });
		expect(points.at(-2)).toEqual(known);
	});

	test('has hours up to 7 days, then days', () => {
		expect(wholePeriod(usage({ days: 7 }), NOW)).toHaveLength(7 * 24);
		const days = wholePeriod(usage({ days: 8 }), NOW);
		expect(days).toHaveLength(8);
		expect(days[0]?.at).toBe('2026-11-14T00:00:00.000Z');
	});

	test('ends at the server’s last point when this clock is behind', () => {
		const ahead = { at: '2026-11-21T17:00:00Z', peak: 2, denied: 0 };
		const points = wholePeriod(usage({ points: [ahead] }), NOW);
		expect(points).toHaveLength(24);
		expect(points.at(-1)).toEqual(ahead);
	});
});

test('pointName: hours in the reader’s zone, days in UTC', () => {
	const plain = (text: string) => text.replace(/\s/g, ' ');
	expect(plain(pointName('2026-11-21T20:00:00Z', true, 'Asia/Tokyo'))).toBe('Nov 22, 5 AM');
	expect(pointName('2026-11-21T00:00:00Z', false, 'America/Los_Angeles')).toBe('Nov 21');
});

describe('forecastWords', () => {
	test('nobody was turned away', () => {
		expect(forecastWords(usage({ days: 30 }))).toEqual({
			headline: 'Nobody was turned away in 30 days.',
			others: []
		});
	});

	test('more seats would not have helped', () => {
		expect(forecastWords(usage({ days: 30, denied: 2 })).headline).toContain('would not have avoided them');
	});

	test('the largest number first, fewer seats after it', () => {
		const forecast = [
			{ seats: 1, avoided: 5 },
			{ seats: 3, avoided: 9 }
		];
		expect(forecastWords(usage({ days: 30, denied: 9, forecast }))).toEqual({
			headline: '3 more seats would have avoided all 9 denials in 30 days.',
			others: ['1 more avoids 5']
		});
		expect(forecastWords(usage({ days: 30, denied: 1200, forecast })).headline).toBe(
			'3 more seats would have avoided 9 of 1,200 denials in 30 days.'
		);
	});
});
