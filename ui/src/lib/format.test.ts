import { afterEach, describe, expect, test } from 'vitest';
import {
	dayOf,
	daysUntil,
	formatBytes,
	formatClock,
	formatDate,
	formatDateTime,
	formatDay,
	formatDays,
	formatDuration,
	formatList,
	formatMilliseconds,
	formatNumber,
	formatRelative,
	showTimesIn,
	timeZoneShown
} from './format';

/** Some versions of the locale data use a narrow space before “PM”. */
const plain = (text: string) => text.replace(/\s/g, ' ');
const LATE = '2026-11-21T23:13:05Z';

afterEach(() => showTimesIn(null));

describe('times', () => {
	test('are shown in the profile’s zone', () => {
		showTimesIn('Asia/Tokyo');
		expect(timeZoneShown()).toBe('Asia/Tokyo');
		expect(formatDate(LATE)).toBe('November 22, 2026');
		expect(formatDay(LATE)).toBe('Nov 22, 2026');
		expect(plain(formatClock(LATE))).toBe('8:13:05 AM');
		expect(plain(formatDateTime(LATE))).toBe('November 22, 2026 at 8:13:05 AM GMT+9');
	});

	test('are shown in the device’s zone without one, or with an unknown one', () => {
		for (const zone of [null, undefined, '', 'Mars/Olympus_Mons']) {
			showTimesIn('Asia/Tokyo');
			showTimesIn(zone);
			expect(timeZoneShown()).toBeUndefined();
			expect(plain(formatClock(LATE))).toBe('6:13:05 PM');
		}
	});

	test('follow summer time', () => {
		showTimesIn('Europe/Berlin');
		expect(plain(formatClock('2026-03-29T00:59:59Z'))).toBe('1:59:59 AM');
		expect(plain(formatClock('2026-03-29T01:00:00Z'))).toBe('3:00:00 AM');
	});
});

describe('formatRelative', () => {
	const now = Date.parse('2026-11-21T12:00:00Z');
	const after = (seconds: number) => formatRelative(new Date(now + seconds * 1000).toISOString(), now);

	test('counts in the largest unit that is full', () => {
		expect(after(-59)).toBe('now');
		expect(after(59)).toBe('now');
		expect(after(-60)).toBe('1 minute ago');
		expect(after(-3 * 60)).toBe('3 minutes ago');
		expect(after(3599)).toBe('in 59 minutes');
		expect(after(3600)).toBe('in 1 hour');
		expect(after(23 * 3600)).toBe('in 23 hours');
		expect(after(-86_400)).toBe('yesterday');
		expect(after(6 * 86_400)).toBe('in 6 days');
		expect(after(-2_629_800)).toBe('last month');
		expect(after(-2 * 31_557_600)).toBe('2 years ago');
	});

	test('counts days by midnights in the zone that is shown', () => {
		// It is 7:00 in New York: 30 hours later is tomorrow, 42 hours later is the day after tomorrow.
		expect(after(30 * 3600)).toBe('tomorrow');
		expect(after(42 * 3600)).toBe('in 2 days');
		// 21:00 in Tokyo: there, 30 hours later is the day after tomorrow.
		showTimesIn('Asia/Tokyo');
		expect(after(30 * 3600)).toBe('in 2 days');
		expect(after(-30 * 3600)).toBe('yesterday');
	});
});

describe('a day of the calendar', () => {
	const zones = ['Pacific/Pago_Pago', 'America/New_York', 'UTC', 'Europe/Berlin', 'Pacific/Kiritimati'];

	test.each(zones)('is the same in %s', (zone) => {
		showTimesIn(zone);
		expect(formatDay('2027-12-31')).toBe('Dec 31, 2027');
		expect(formatDate('2027-12-31')).toBe('December 31, 2027');
		expect(formatDateTime('2027-12-31')).toBe('December 31, 2027');
	});

	test('is counted from today in the zone that is shown', () => {
		const now = Date.parse('2026-11-21T12:00:00Z');
		showTimesIn('UTC');
		expect(daysUntil('2026-11-22', now)).toBe(1);
		expect(formatRelative('2026-11-22', now)).toBe('tomorrow');
		expect(formatRelative('2026-11-27', now)).toBe('in 6 days');
		showTimesIn('Pacific/Kiritimati');
		expect(daysUntil('2026-11-22', now)).toBe(0);
	});

	test('does not slip when the clocks change', () => {
		showTimesIn('Europe/Berlin');
		expect(daysUntil('2026-03-30', Date.parse('2026-03-28T23:30:00Z'))).toBe(1);
		expect(daysUntil('2026-10-26', Date.parse('2026-10-24T22:30:00Z'))).toBe(1);
	});

	test('of a moment depends on the zone', () => {
		expect(dayOf(LATE)).toBe('2026-11-21');
		expect(dayOf(LATE, 'UTC')).toBe('2026-11-21');
		expect(dayOf(LATE, 'Asia/Tokyo')).toBe('2026-11-22');
	});
});

test('formatDays names the days next to today', () => {
	expect(formatDays(12)).toBe('in 12 days');
	expect(formatDays(1)).toBe('tomorrow');
	expect(formatDays(0)).toBe('today');
	expect(formatDays(-3)).toBe('3 days ago');
});

test('formatBytes counts in powers of 1,000', () => {
	expect(formatBytes(0)).toBe('0 bytes');
	expect(formatBytes(1)).toBe('1 byte');
	expect(formatBytes(999)).toBe('999 bytes');
	expect(formatBytes(1000)).toBe('1 kB');
	expect(formatBytes(12_400_000_000)).toBe('12.4 GB');
	expect(formatBytes(5e15)).toBe('5,000 TB');
});

test('formatDuration shows the two largest parts', () => {
	expect(formatDuration(0)).toBe('0s');
	expect(formatDuration(-5)).toBe('0s');
	expect(formatDuration(41.9)).toBe('41s');
	expect(formatDuration(3600)).toBe('1h 0m');
	expect(formatDuration(2 * 86_400 + 4 * 3600 + 600)).toBe('2d 4h');
});

test('formatMilliseconds changes to seconds where milliseconds say too much', () => {
	expect(formatMilliseconds(8)).toBe('8\u00a0ms');
	expect(formatMilliseconds(99)).toBe('99\u00a0ms');
	expect(formatMilliseconds(100)).toBe('0.1\u00a0s');
	expect(formatMilliseconds(1960)).toBe('2.0\u00a0s');
});

test('numbers and lists', () => {
	expect(formatNumber(1234567.89)).toBe('1,234,568');
	expect(formatNumber(0.126, 2)).toBe('0.13');
	expect(formatList(['teams', 'projects', 'user groups'])).toBe('teams, projects, and user groups');
});
