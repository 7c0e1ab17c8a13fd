import { describe, expect, test } from 'vitest';
import type { LicenseSummary } from '$lib/api/types';
import { timelineOf } from './timeline';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const license = (id: string, issued: string, expires: string, state: LicenseSummary['state'] = 'active') =>
	({
		license_id: id,
		issued_at: `${issued}T00:00:00Z`,
		expires_at: `${expires}T00:00:00Z`,
		state
	}) as LicenseSummary;

describe('timelineOf', () => {
	test('nothing to draw', () => {
		expect(timelineOf([], NOW)).toBeNull();
		expect(timelineOf([license('a', '2020-01-01', '2021-01-01', 'expired')], NOW)).toBeNull();
	});

	test('bars are in the order of their ends, within the line', () => {
		const line = timelineOf(
			[
				license('late', '2026-12-15', '2027-12-31', 'not_yet_valid'),
				license('now', '2026-01-01', '2026-12-31', 'expiring')
			],
			NOW
		);
		expect(line?.bars.map(({ license: { license_id } }) => license_id)).toEqual(['now', 'late']);
		for (const { from, to } of line?.bars ?? []) {
			expect(from).toBeGreaterThanOrEqual(0);
			expect(to).toBeLessThanOrEqual(100);
			expect(to).toBeGreaterThan(from);
		}
		const [now, late] = line?.bars ?? [];
		expect(now?.from).toBeLessThan(line?.today ?? 0);
		expect(now?.to).toBeGreaterThan(line?.today ?? 100);
		expect(late?.from).toBeGreaterThan(line?.today ?? 100);
		expect(line?.months.length).toBeLessThanOrEqual(7);
	});

	test('a long line does not hide today', () => {
		const line = timelineOf([license('a', '2001-01-01', '2036-12-31')], NOW);
		expect(line?.today).toBeGreaterThan(0);
		expect(line?.bars[0]?.from).toBe(0);
	});
});
