/** The parts of the strip that shows how the results of an execution are divided. */
import type { Counts, Outcome } from './types';

export type StripPart = { outcome: Outcome; count: number; /** Of the strip's width. */ percent: number };

/** A single failure among thousands is still seen. */
const LEAST_PERCENT = 4;
const ORDER: Outcome[] = ['failed', 'errored', 'passed', 'skipped', 'other'];

/** In the order in which they are drawn; what does not occur is left out. */
export function stripParts(counts: Counts): StripPart[] {
	const there = ORDER.filter((outcome) => counts[outcome] > 0);
	const total = there.reduce((sum, outcome) => sum + counts[outcome], 0);
	const wide = there.map((outcome) => Math.max(LEAST_PERCENT, (counts[outcome] / total) * 100));
	const all = wide.reduce((sum, percent) => sum + percent, 0);
	return there.map((outcome, index) => ({
		outcome,
		count: counts[outcome],
		percent: ((wide[index] ?? 0) / all) * 100
	}));
}
