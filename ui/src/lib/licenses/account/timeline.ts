/** When the number of seats changes: ends of licenses and renewals that are imported already. */
import type { AccountLicenseProduct } from '$lib/api/types';
import { dayOf } from '$lib/format';
import { firstDay, lastDay } from '../license-dates';

export type QuotaStep = {
	/** A day of the calendar. */
	day: string;
	/** 0 to 1: place on the line. */
	at: number;
	/** Until the next step. */
	width: number;
	quota: number;
	/** Compared with the step before it; 0: the first one. */
	change: number;
};
const YEAR_MS = 366 * 86_400_000;
/** Space behind the last step, so that its name can be read. */
const AFTER = 1.08;

/** The end of the line: a bit after the last change, at least a year from now. */
export function horizon(products: AccountLicenseProduct[], now: number): number {
	const last = Math.max(
		now + YEAR_MS / 4,
		...products.flatMap(({ steps }) => steps.map(({ from }) => Date.parse(from)))
	);
	return now + (last - now) * AFTER;
}

export function quotaSteps({ steps }: AccountLicenseProduct, now: number, until: number): QuotaStep[] {
	const place = (time: number) => Math.min(1, Math.max(0, (time - now) / (until - now)));
	return steps.map(({ from, quota }, index) => {
		const before = steps[index - 1]?.quota;
		const change = before === undefined ? 0 : quota - before;
		const at = place(Date.parse(from));
		const next = steps[index + 1];
		return {
			// Seats go with the end of the last day, and come with the begin of the first one.
			day: index === 0 ? dayOf(now) : change < 0 ? lastDay(from) : firstDay(from),
			...{ at, quota, change },
			width: (next ? place(Date.parse(next.from)) : 1) - at
		};
	});
}
