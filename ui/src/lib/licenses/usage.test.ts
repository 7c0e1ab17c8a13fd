import { describe, expect, test } from 'vitest';
import type { LicenseUsage } from '$lib/api/types';
import {
	denialsInWeek,
	denialsLeft,
	forecastHeadline,
	fullHoursByDay,
	hourNames,
	pointName,
	weekdayNames,
	wholePeriod
} from './usage';

const NOW = Date.parse('2026-11-21T15:20:00Z');
const ZONES = ['Pacific/Pago_Pago', 'UTC', 'Pacific/Kiritimati'] as const;
const usage = (of: Partial<LicenseUsage>): LicenseUsage => ({
	days: 1,
	denied: 0,
	forecast: [],
	peak: 0,
	points: [],
	quota: 10,
	denials: [],
	full_hours: [],
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

describe('forecastHeadline', () => {
	test('nobody was turned away', () => {
		expect(forecastHeadline(usage({ days: 30 }))).toBe('Nobody was turned away in 30 days.');
		expect(forecastHeadline(usage({ days: 1 }))).toBe('Nobody was turned away in the last 24 hours.');
	});

	test('more seats would not have helped', () => {
		expect(forecastHeadline(usage({ days: 30, denied: 2 }))).toContain('would not have avoided them');
		expect(forecastHeadline(usage({ days: 1, denied: 2 }))).toContain('in the last 24 hours');
	});

	test('the largest number', () => {
		const forecast = [
			{ seats: 1, avoided: 5 },
			{ seats: 3, avoided: 9 }
		];
		expect(forecastHeadline(usage({ days: 30, denied: 9, forecast }))).toBe(
			'3 more seats would have avoided all 9 denials in 30 days.'
		);
		expect(forecastHeadline(usage({ days: 30, denied: 1200, forecast }))).toBe(
			'3 more seats would have avoided 9 of 1,200 denials in 30 days.'
		);
	});
});

test('denialsLeft: a number that avoids no more leaves as many as the one before', () => {
	const forecast = [
		{ seats: 1, avoided: 5 },
		{ seats: 3, avoided: 9 }
	];
	const left = denialsLeft(usage({ denied: 10, forecast })).map(({ left }) => left);
	expect(left).toEqual([10, 5, 5, 1, 1, 1]);
});

describe('denialsInWeek', () => {
	// A Saturday.
	const denials = [
		{ at: '2026-11-21T11:00:00Z', denied: 2 },
		{ at: '2026-11-14T11:00:00Z', denied: 1 }
	];

	test.each([
		[ZONES[0], 5, 0],
		[ZONES[1], 5, 11],
		[ZONES[2], 6, 1]
	])('in %s', (zone, weekday, hour) => {
		const week = denialsInWeek(denials, zone);
		expect(week.map((row) => row.length)).toEqual(Array(7).fill(24));
		expect(week[weekday]?.[hour]).toBe(3);
		expect(week.flat().reduce((sum, count) => sum + count)).toBe(3);
	});
});

describe('fullHoursByDay', () => {
	const hours = ['2026-11-20T10:00:00Z', '2026-11-20T11:00:00Z'];

	test.each([
		[ZONES[0], '2026-11-19', '2026-11-21'],
		[ZONES[1], '2026-11-20', '2026-11-21'],
		[ZONES[2], '2026-11-21', '2026-11-22']
	])('in %s', (zone, day, today) => {
		const days = fullHoursByDay(usage({ days: 7, full_hours: hours }), NOW, zone);
		expect(days).toHaveLength(7);
		expect(days.at(-1)?.day).toBe(today);
		const [first] = hours;
		const parts = days.filter(({ hours }) => hours > 0);
		expect(
			parts.reduce((sum, { hours }) => sum + hours, 0),
			first
		).toBe(2);
		expect(parts.at(-1)?.day).toBe(day > '2026-11-20' ? '2026-11-21' : '2026-11-20');
	});
});

test('weekdays begin on Monday, hours at midnight', () => {
	expect([weekdayNames()[0], weekdayNames()[6]]).toEqual(['Mon', 'Sun']);
	expect([hourNames()[0], hourNames()[15]].map((name) => name?.replace(/\s/g, ' '))).toEqual([
		'12 AM',
		'3 PM'
	]);
});
