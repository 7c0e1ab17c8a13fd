/** Numbers about the runs of one test case, the newest first. */
import type { Run } from './types';

/** The median of the runs that were not broken: one slow machine does not change it. */
export function usualOf(runs: Run[]): number | null {
	const durations = runs
		.filter(({ outcome }) => outcome === 'passed')
		.flatMap(({ duration_ms }) => (typeof duration_ms === 'number' ? [duration_ms] : []))
		.sort((a, b) => a - b);
	// Fewer say little.
	if (durations.length < 3) return null;
	const middle = Math.floor(durations.length / 2);
	const upper = durations[middle] ?? 0;
	return durations.length % 2 ? upper : Math.round(((durations[middle - 1] ?? 0) + upper) / 2);
}
