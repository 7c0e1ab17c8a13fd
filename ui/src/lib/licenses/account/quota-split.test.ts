import { expect, test } from 'vitest';
import type { AccountLicenseProduct, SeatSplit } from '$lib/api/types';
import { quotaParts, quotaTotal, shareWidth } from './quota-split';

const product = (of: Partial<AccountLicenseProduct>) =>
	({ product: 'KRE', subscribed: 10, assigned: 0, ...of }) as AccountLicenseProduct;
const split = (of: Partial<SeatSplit>) =>
	({ total: 10, online: 0, reserved: 0, free: 0, ...of }) as SeatSplit;

test('KRE: in use + reserved + free = all seats', () => {
	const parts = quotaParts(product({}), split({ online: 3, reserved: 2, free: 5 }));
	expect(parts.map(({ seats }) => seats)).toEqual([3, 2, 5]);
	expect(quotaTotal(parts)).toBe(10);
});

test('KSE: assigned + not assigned = all licenses, also beyond the quota', () => {
	const parts = (assigned: number) => quotaParts(product({ product: 'KSE', assigned }), split({}));
	expect(parts(4).map(({ seats }) => seats)).toEqual([4, 6]);
	expect(quotaTotal(parts(12))).toBe(12);
});

test('a bar is as wide as the part of the share in use', () => {
	expect([shareWidth(0, 4), shareWidth(1, 4), shareWidth(9, 4), shareWidth(1, 0), shareWidth(0, 0)]).toEqual([
		0, 25, 100, 100, 0
	]);
});
