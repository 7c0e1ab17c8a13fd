/**
 * Texts about a quota that all organizations share: seats used here and in other organizations, and why there are no
 * more.
 */
import type { LicenseProduct } from '$lib/api/types';
import { formatNumber } from '$lib/format';
import { m } from '$lib/paraglide/messages';

export type PoolWarning = { name: string; level: 'error' | 'warning' | 'info'; text: string; link?: boolean };

/** Sums over all organizations. */
export const totals = (product: LicenseProduct) => ({
	seats: product.in_use + product.in_use_elsewhere,
	assigned: product.assigned + product.assigned_elsewhere,
	machines: product.machines + product.machines_elsewhere
});

/** “3 here · 7 in other organizations”; `null` when no other organization uses any. */
function hereAndElsewhere(here: number, elsewhere: number): string | null {
	if (elsewhere <= 0) return null;
	return `${m.licenses_here_count({ count: formatNumber(here) })} · ${elsewhereCount(elsewhere)}`;
}

export const elsewhereCount = (count: number): string =>
	m.licenses_elsewhere_count({ count: formatNumber(count) });

/** “ (3 here · 7 in other organizations)”, after the sum of both. */
function inParentheses(here: number, elsewhere: number): string {
	const words = hereAndElsewhere(here, elsewhere);
	return words ? ` (${words})` : '';
}

/**
 * Of a valid subscription, the kind of use that is closest to the quota. For KSE a person's license counts, online or
 * not.
 */
function taken(product: LicenseProduct) {
	const { seats, assigned } = totals(product);
	return product.product === 'KSE' && assigned >= seats
		? { people: true, count: assigned, here: product.assigned, elsewhere: product.assigned_elsewhere }
		: { people: false, count: seats, here: product.in_use, elsewhere: product.in_use_elsewhere };
}

/** The reason why no further license can be assigned; `null`: one can. */
export function whyNoAssignment(product: LicenseProduct): string | null {
	if (product.state === 'none') return m.licenses_none_why();
	if (product.state === 'expired') return m.licenses_expired_why();
	if (product.product !== 'KSE') return null;
	const { assigned, assigned_elsewhere, subscribed, share } = product;
	if (totals(product).assigned >= subscribed)
		return m.licenses_all_assigned_why({
			subscribed: formatNumber(subscribed),
			where: inParentheses(assigned, assigned_elsewhere)
		});
	return typeof share === 'number' && assigned >= share
		? m.licenses_share_assigned_why({ share: formatNumber(share) })
		: null;
}

/** Reasons why people get no seat. */
export const poolWarnings = (product: LicenseProduct): PoolWarning[] =>
	[ofSubscription(product), ofSeats(product), ofMachines(product), ofQueue(product)].filter(
		(it) => it !== null
	);

/** Says nothing about an end that is near: the banner above every page does. */
function ofSubscription({ state }: LicenseProduct): PoolWarning | null {
	if (state === 'none') return { name: 'none', level: 'info', text: m.licenses_warn_none(), link: true };
	return state === 'expired'
		? { name: 'expired', level: 'error', text: m.licenses_warn_expired(), link: true }
		: null;
}

function ofSeats(product: LicenseProduct): PoolWarning | null {
	if (product.state === 'none' || product.state === 'expired') return null;
	const { people, count, here, elsewhere } = taken(product);
	const words = {
		taken: formatNumber(count),
		where: inParentheses(here, elsewhere),
		subscribed: formatNumber(product.subscribed)
	};
	if (count > product.subscribed)
		return {
			...{ name: 'over-quota', level: 'error' },
			text:
				product.product === 'KSE' ? m.licenses_warn_over_users(words) : m.licenses_warn_over_sessions(words)
		};
	// If all seats are used here, the page itself shows it.
	if (count < product.subscribed || elsewhere <= 0) return null;
	const text = people ? m.licenses_warn_all_assigned(words) : m.licenses_warn_all_taken(words);
	return { name: 'full', level: 'info', text };
}

function ofMachines(product: LicenseProduct): PoolWarning | null {
	const { machines } = totals(product);
	if (product.machine_quota <= 0 || machines < product.machine_quota) return null;
	const words = {
		machines: formatNumber(machines),
		where: inParentheses(product.machines, product.machines_elsewhere),
		quota: formatNumber(product.machine_quota)
	};
	return { name: 'machines', level: 'warning', text: m.licenses_warn_machines(words) };
}

function ofQueue({ waiting }: LicenseProduct): PoolWarning | null {
	return waiting > 0
		? { name: 'waiting', level: 'info', text: m.licenses_warn_waiting({ count: waiting }) }
		: null;
}
