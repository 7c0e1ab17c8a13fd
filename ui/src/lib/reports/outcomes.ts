/** How outcomes and states look and what they are called. */
import type { StatusTone } from '$lib/components/status-tone';
import { formatNumber } from '$lib/format';
import { CircleAlert, CircleCheck, CircleDashed, CircleMinus, TriangleAlert } from '$lib/icons';
import { m } from '$lib/paraglide/messages';
import type { Change, Counts, Execution, Outcome } from './types';

type Look = { label: () => string; tone: StatusTone; icon: typeof CircleAlert; text: string; fill: string };

export const looks: Record<Outcome, Look> = {
	passed: {
		label: m.reports_passed,
		tone: 'passed',
		icon: CircleCheck,
		text: 'text-passed',
		fill: 'bg-passed'
	},
	failed: {
		label: m.reports_failed,
		tone: 'failed',
		icon: CircleAlert,
		text: 'text-failed',
		fill: 'bg-failed'
	},
	errored: {
		label: m.reports_errored,
		tone: 'error',
		icon: TriangleAlert,
		text: 'text-error',
		fill: 'bg-error'
	},
	skipped: {
		label: m.reports_skipped,
		tone: 'skipped',
		icon: CircleMinus,
		text: 'text-skipped',
		fill: 'bg-skipped'
	},
	other: {
		label: m.reports_other,
		tone: 'skipped',
		icon: CircleDashed,
		text: 'text-skipped',
		fill: 'bg-skipped'
	}
};

export const OUTCOMES = Object.keys(looks) as Outcome[];

export const lookOfOutcome = (outcome: string): Look => looks[outcome as Outcome] ?? looks.other;

const UNFINISHED = {
	waiting: m.reports_waiting,
	reading: m.reports_reading,
	running: m.reports_running
} as const;

export function lookOfExecution({ state, result }: Execution): { label: string; tone: StatusTone } {
	if (state in UNFINISHED) return { label: UNFINISHED[state as keyof typeof UNFINISHED](), tone: 'running' };
	if (state === 'unreadable') return { label: m.reports_unreadable(), tone: 'error' };
	if (result === 'failed') return { label: m.reports_failed(), tone: 'failed' };
	if (result === 'passed') return { label: m.reports_passed(), tone: 'passed' };
	return { label: m.reports_empty_result(), tone: 'skipped' };
}

export const isUnfinished = ({ state }: Execution): boolean => state in UNFINISHED;

const CHANGES: Record<Change, { label: () => string; tone: string }> = {
	new_failure: { label: m.reports_new_failure, tone: 'border-failed/40 bg-failed-soft text-failed' },
	still_failing: { label: m.reports_still_failing, tone: 'border-border bg-sunken text-muted' },
	fixed: { label: m.reports_fixed, tone: 'border-passed/40 bg-passed-soft text-passed' },
	new: { label: m.reports_new_test, tone: 'border-running/40 bg-running-soft text-running' }
};
export const lookOfChange = (change: string) =>
	CHANGES[change as Change] as (typeof CHANGES)[Change] | undefined;

/** “3 failed, 1 error, 120 passed”: what does not occur is left out. */
export function countWords(counts: Counts): { outcome: Outcome; words: string }[] {
	const words: [Outcome, (count: { count: string }) => string][] = [
		['failed', m.reports_count_failed],
		['errored', () => m.reports_count_errored({ count: counts.errored })],
		['passed', m.reports_count_passed],
		['skipped', m.reports_count_skipped],
		['other', m.reports_count_other]
	];
	return words
		.filter(([outcome]) => counts[outcome] > 0)
		.map(([outcome, say]) => ({ outcome, words: say({ count: formatNumber(counts[outcome]) }) }));
}
