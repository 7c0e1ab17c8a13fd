/** The last results of a test case: one letter for each, the newest first, as lists of the API contain them. */
import type { Outcome } from './types';

const OUTCOMES: Record<string, Outcome> = {
	P: 'passed',
	F: 'failed',
	E: 'errored',
	S: 'skipped',
	O: 'other'
};

export const isBroken = (outcome: Outcome): boolean => outcome === 'failed' || outcome === 'errored';

/** As they are drawn: the newest last. Letters of another version are *other*. */
export function outcomesOf(letters: string, most = Infinity): Outcome[] {
	return [...letters]
		.slice(0, most)
		.reverse()
		.map((letter) => OUTCOMES[letter] ?? 'other');
}

export type HistorySummary = {
	runs: number;
	broken: number;
	/** Since so many runs, the newest included. */ streak: number;
};

/** Counts what the strip shows, for a sentence. */
export function summaryOf(outcomes: Outcome[]): HistorySummary {
	const newestFirst = outcomes.toReversed();
	const end = newestFirst.findIndex((outcome) => !isBroken(outcome));
	return {
		runs: outcomes.length,
		broken: outcomes.filter(isBroken).length,
		streak: end < 0 ? outcomes.length : end
	};
}
