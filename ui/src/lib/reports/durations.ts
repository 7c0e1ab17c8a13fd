/** How long tests took, and whether that is unusual. */
import { formatDuration, formatNumber } from '$lib/format';

/** “840 ms”, “12.4 s”, “3 min 20 s” */
export function formatRunTime(milliseconds: number): string {
	if (milliseconds < 1000) return `${formatNumber(milliseconds)}\u00a0ms`;
	if (milliseconds < 60_000) return `${formatNumber(milliseconds / 1000, 1)}\u00a0s`;
	return formatDuration(milliseconds / 1000);
}

export type Comparison =
	| { kind: 'unknown' | 'usual' }
	/** By this many percent of the usual duration. */
	| { kind: 'slower' | 'faster'; percent: number }
	/** So many times as long. */
	| { kind: 'much slower'; times: number };

/** Machines of a CI vary by so much without a reason. */
const USUAL_PERCENT = 15;
const USUAL_MS = 500;

export function compareDuration(
	actual: number | null | undefined,
	usual: number | null | undefined
): Comparison {
	if (actual === null || actual === undefined || !usual) return { kind: 'unknown' };
	const percent = Math.round(((actual - usual) / usual) * 100);
	if (Math.abs(percent) <= USUAL_PERCENT || Math.abs(actual - usual) < USUAL_MS) return { kind: 'usual' };
	if (percent < 0) return { kind: 'faster', percent: -percent };
	if (percent < 100) return { kind: 'slower', percent };
	return { kind: 'much slower', times: actual / usual };
}
