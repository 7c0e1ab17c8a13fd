/** Use over time as texts and numbers, for the charts and the tables with the same data. */
import type { LicenseUsage } from '$lib/api/types';
import { dayOf, formatNumber } from '$lib/format';
import { m } from '$lib/paraglide/messages';
import { getLocale } from '$lib/paraglide/runtime';

/** Up to this many days the report has one point per hour, otherwise one per day. */
export const HOURLY_UP_TO = 7;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The report tells the effect of at most this many additional seats. */
const MORE_SEATS = 5;

/** Every hour or day of the period, oldest first. The server omits those without any use. */
export function wholePeriod({ points, days }: LicenseUsage, now: number): LicenseUsage['points'] {
	const step = days <= HOURLY_UP_TO ? HOUR_MS : DAY_MS;
	const known = new Map(points.map((point) => [Date.parse(point.at), point]));
	const last = Math.max(Math.floor(now / step) * step, ...known.keys());
	const count = (days * DAY_MS) / step;
	return Array.from({ length: count }, (_, index) => {
		const at = last - (count - 1 - index) * step;
		return known.get(at) ?? { at: new Date(at).toISOString(), peak: 0, denied: 0 };
	});
}

/** “Nov 21”, “Nov 21, 3 PM”. Days are the server's, in UTC; hours are shown in the reader's time zone. */
export function pointName(at: string, hourly: boolean, timeZone: string | undefined): string {
	const format: Intl.DateTimeFormatOptions = hourly
		? { month: 'short', day: 'numeric', hour: 'numeric', timeZone }
		: { month: 'short', day: 'numeric', timeZone: 'UTC' };
	return new Intl.DateTimeFormat(getLocale(), format).format(new Date(at));
}

/** “in the last 24 hours”, “in 30 days” */
const period = (days: number): string =>
	days === 1 ? m.licenses_in_last_day() : m.licenses_in_days({ days });

/** What more seats would change, in a sentence. */
export function forecastHeadline({ forecast, denied, days }: LicenseUsage): string {
	const when = period(days);
	if (!denied) return m.licenses_forecast_none({ when });
	const best = forecast.at(-1);
	if (!best) return m.licenses_forecast_unavoidable({ count: denied, when });
	const words = { count: best.seats, denied: formatNumber(denied), when };
	return best.avoided >= denied
		? m.licenses_forecast_all(words)
		: m.licenses_forecast({ ...words, avoided: formatNumber(best.avoided) });
}

/** The denials that 0 to 5 more seats would leave. */
export function denialsLeft({ forecast, denied }: LicenseUsage): { seats: number; left: number }[] {
	return Array.from({ length: MORE_SEATS + 1 }, (_, seats) => {
		const avoided = forecast.findLast((one) => one.seats <= seats)?.avoided ?? 0;
		return { seats, left: Math.max(0, denied - avoided) };
	});
}

/** Weekday and hour that a moment has in a time zone; the week begins on Monday. */
function placeInWeek(at: string, timeZone: string | undefined): { weekday: number; hour: number } {
	const parts = new Intl.DateTimeFormat('en', {
		weekday: 'short',
		hour: '2-digit',
		hourCycle: 'h23',
		timeZone
	});
	const of = Object.fromEntries(parts.formatToParts(new Date(at)).map(({ type, value }) => [type, value]));
	return {
		weekday: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(of.weekday!),
		hour: Number(of.hour)
	};
}

/** Denials by weekday (Monday first) and hour of the reader's time zone. */
export function denialsInWeek(denials: LicenseUsage['denials'], timeZone: string | undefined): number[][] {
	const week = Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 0));
	for (const { at, denied } of denials) {
		const { weekday, hour } = placeInWeek(at, timeZone);
		const row = week[weekday];
		if (row) row[hour] = (row[hour] ?? 0) + denied;
	}
	return week;
}

/** November 2, 2026 was a Monday. */
export const weekdayNames = (): string[] =>
	Array.from({ length: 7 }, (_, index) =>
		new Intl.DateTimeFormat(getLocale(), { weekday: 'short', timeZone: 'UTC' }).format(
			Date.UTC(2026, 10, 2 + index)
		)
	);

/** “0:00”, “15:00”, as the locale writes an hour. */
export const hourNames = (): string[] =>
	Array.from({ length: 24 }, (_, hour) =>
		new Intl.DateTimeFormat(getLocale(), { hour: 'numeric', timeZone: 'UTC' }).format(
			Date.UTC(2026, 10, 2, hour)
		)
	);

/** For each day of the period in the reader's time zone: the hours in which all seats were in use at some time. */
export function fullHoursByDay(
	{ full_hours, days }: LicenseUsage,
	now: number,
	timeZone: string | undefined
): { day: string; hours: number }[] {
	const hours = new Map<string, number>();
	for (const at of full_hours) {
		const day = dayOf(at, timeZone);
		hours.set(day, (hours.get(day) ?? 0) + 1);
	}
	const today = Date.parse(dayOf(now, timeZone));
	return Array.from({ length: days }, (_, index) => {
		const day = new Date(today - (days - 1 - index) * DAY_MS).toISOString().slice(0, 10);
		return { day, hours: hours.get(day) ?? 0 };
	});
}
