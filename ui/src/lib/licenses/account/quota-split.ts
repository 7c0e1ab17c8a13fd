/** The seats of a product as an equation: parts that add up to the total. */
import type { AccountLicenseProduct, SeatSplit } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

export type QuotaPart = { name: string; seats: number };

/**
 * For KSE the quota is given to people: assigned + free. For KRE it is taken by sessions: in use + reserved + free.
 * More than licensed makes the total larger than the quota.
 */
export function quotaParts(product: AccountLicenseProduct, split: SeatSplit): QuotaPart[] {
	if (product.product === 'KSE')
		return [
			{ name: m.quota_assigned(), seats: product.assigned },
			{ name: m.quota_unassigned(), seats: Math.max(0, product.subscribed - product.assigned) }
		];
	const taken = split.total - split.reserved - split.free;
	return [
		{ name: m.quota_in_use(), seats: taken },
		{ name: m.quota_reserved(), seats: split.reserved },
		{ name: m.seat_free(), seats: split.free }
	];
}

export const quotaTotal = (parts: QuotaPart[]): number => parts.reduce((sum, { seats }) => sum + seats, 0);

/** The width of an organization's bar in percent: of its share, or of the whole quota. */
export const shareWidth = (used: number, most: number): number =>
	most <= 0 ? (used > 0 ? 100 : 0) : Math.min(100, Math.round((used / most) * 100));
