/** License files on a line of time: one bar per file, with today on it. */
import type { LicenseSummary } from '$lib/api/types';

export type LicenseBar = { license: LicenseSummary; from: number; to: number };
export type Timeline = {
	bars: LicenseBar[];
	/** Percent of the line. */
	today: number;
	months: { at: number; moment: number }[];
};

const DAY_MS = 86_400_000;
/** Files that ended longer ago are history. */
const PAST_MS = 90 * DAY_MS;
const BARS_MAX = 6;

/** Positions are percents of the whole line. `null`: there is nothing to draw. */
export function timelineOf(licenses: LicenseSummary[], now: number): Timeline | null {
	const end = ({ expires_at }: LicenseSummary) => Date.parse(expires_at);
	const start = ({ issued_at }: LicenseSummary) => Date.parse(issued_at);
	const drawn = licenses
		.filter((license) => license.state !== 'other_machine' && end(license) > now - PAST_MS)
		.sort((a, b) => end(a) - end(b))
		.slice(-BARS_MAX);
	if (!drawn.length) return null;
	const first = Math.max(Math.min(now - 30 * DAY_MS, ...drawn.map(start)), now - PAST_MS);
	const last = Math.max(now + 30 * DAY_MS, ...drawn.map(end)) + 7 * DAY_MS;
	const percent = (moment: number) => Math.min(100, Math.max(0, (100 * (moment - first)) / (last - first)));
	const bars = drawn.map((license) => ({
		license,
		from: percent(start(license)),
		to: percent(end(license))
	}));
	return { bars, today: percent(now), months: monthsIn(first, last, percent) };
}

/** The first of a month, at most six of them. */
function monthsIn(first: number, last: number, percent: (moment: number) => number) {
	const begin = new Date(first);
	const count = Math.ceil((last - first) / (30 * DAY_MS));
	const every = Math.max(1, Math.ceil(count / 6));
	const months = [];
	for (let month = 1; month <= count + 1; month += every) {
		const moment = Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + month, 1);
		if (moment < last - 10 * DAY_MS) months.push({ at: percent(moment), moment });
	}
	return months;
}
