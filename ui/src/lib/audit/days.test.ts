import { describe, expect, test } from 'vitest';
import { startOfDay } from './days';

describe('startOfDay', () => {
	test('is midnight in the zone', () => {
		expect(startOfDay('2026-11-21', 'UTC')).toBe('2026-11-21T00:00:00.000Z');
		expect(startOfDay('2026-11-21', 'Asia/Tokyo')).toBe('2026-11-20T15:00:00.000Z');
		expect(startOfDay('2026-11-21', 'America/Los_Angeles')).toBe('2026-11-21T08:00:00.000Z');
	});

	test('knows zones with parts of hours, and both ends of the date line', () => {
		expect(startOfDay('2026-11-21', 'Asia/Kathmandu')).toBe('2026-11-20T18:15:00.000Z');
		expect(startOfDay('2026-11-21', 'Pacific/Kiritimati')).toBe('2026-11-20T10:00:00.000Z');
		expect(startOfDay('2026-11-21', 'Pacific/Pago_Pago')).toBe('2026-11-21T11:00:00.000Z');
	});

	test('takes the offset of that midnight on days when the clocks change', () => {
		// Europe/Berlin: clocks forward at 2:00 on March 29, back at 3:00 on October 25.
		expect(startOfDay('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z');
		expect(startOfDay('2026-03-29', 'Europe/Berlin', 1)).toBe('2026-03-29T22:00:00.000Z');
		expect(startOfDay('2026-10-25', 'Europe/Berlin')).toBe('2026-10-24T22:00:00.000Z');
		expect(startOfDay('2026-10-25', 'Europe/Berlin', 1)).toBe('2026-10-25T23:00:00.000Z');
	});

	test('is right where the clocks change between the midnight of UTC and that of the zone', () => {
		// Australia/Sydney changes at 16:00 UTC of the day before: after its own midnight, before UTC's.
		expect(startOfDay('2026-10-04', 'Australia/Sydney')).toBe('2026-10-03T14:00:00.000Z');
		expect(startOfDay('2026-04-05', 'Australia/Sydney')).toBe('2026-04-04T13:00:00.000Z');
	});

	test('adds days across the ends of months and years', () => {
		expect(startOfDay('2026-12-31', 'UTC', 1)).toBe('2027-01-01T00:00:00.000Z');
		expect(startOfDay('2028-02-28', 'UTC', 1)).toBe('2028-02-29T00:00:00.000Z');
		expect(startOfDay('2026-03-01', 'UTC', -1)).toBe('2026-02-28T00:00:00.000Z');
	});

	test('without a zone it is the device’s', () => {
		expect(startOfDay('2026-11-21', undefined)).toBe('2026-11-21T05:00:00.000Z');
		expect(startOfDay('2026-07-01', undefined)).toBe('2026-07-01T04:00:00.000Z');
	});
});
