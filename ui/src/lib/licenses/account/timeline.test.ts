import { expect, test } from 'vitest';
import type { AccountLicenseProduct } from '$lib/api/types';
import { horizon, quotaSteps } from './timeline';

const NOW = Date.parse('2026-12-01T12:00:00Z');
const product = (...steps: [string, number][]) =>
	({ product: 'KRE', steps: steps.map(([from, quota]) => ({ from, quota })) }) as AccountLicenseProduct;

test('ends show the last day, renewals the first one', () => {
	const kre = product(
		['2026-12-01T12:00:00Z', 10],
		['2027-06-30T23:59:59Z', 4],
		['2027-07-01T00:00:00Z', 12],
		['2028-01-01T00:00:00Z', 0]
	);
	const until = horizon([kre], NOW);
	expect(until).toBeGreaterThan(Date.parse('2028-01-01T00:00:00Z'));
	const steps = quotaSteps(kre, NOW, until);
	expect(steps.map(({ day, quota, change }) => [day, quota, change])).toEqual([
		['2026-12-01', 10, 0],
		['2027-06-30', 4, -6],
		['2027-07-01', 12, 8],
		['2027-12-31', 0, -12]
	]);
	expect(steps[0]?.at).toBe(0);
	expect(steps.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(1);
});

test('without licenses the line is three months long', () => {
	expect(horizon([product()], NOW) - NOW).toBeGreaterThan(90 * 86_400_000);
	expect(quotaSteps(product(), NOW, NOW + 1)).toEqual([]);
});
