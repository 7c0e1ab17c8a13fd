/** Dates, numbers and sizes in the reader's locale. */
import { getLocale } from '$lib/paraglide/runtime';

let timeZone: string | undefined;

/**
 * Sets the profile's time zone for all later formats; without one, or if this browser does not support it, the
 * device's.
 */
export function showTimesIn(zone: string | null | undefined): void {
	try {
		timeZone = zone
			? Intl.DateTimeFormat(undefined, { timeZone: zone }).resolvedOptions().timeZone
			: undefined;
	} catch {
		timeZone = undefined;
	}
}

/** `undefined`: the device's time zone. */
export const timeZoneShown = (): string | undefined => timeZone;

/** A day of the calendar, “2026-12-31”. It is the same day in every time zone, so it is never turned into a moment. */
export type Day = `${number}-${number}-${number}`;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DAY_MS = 86_400_000;
export const isDay = (text: string): text is Day => DAY.test(text);

/** The day of a moment: in the zone that is shown, or in the given one. */
export function dayOf(moment: string | number, zone: string | undefined = timeZone): Day {
	// Swedish is written as in ISO 8601.
	const parts = { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: zone } as const;
	return new Intl.DateTimeFormat('sv', parts).format(new Date(moment)) as Day;
}

/** Days from now to a day, as people count: tomorrow is 1, however many hours away. */
export function daysUntil(day: Day, now: number = Date.now()): number {
	return Math.round((Date.parse(day) - Date.parse(dayOf(now))) / DAY_MS);
}

/** A day as it is; a moment as the day it has in the zone that is shown. */
function formatAsDay(dayOrMoment: string, dateStyle: 'long' | 'medium'): string {
	const zone = isDay(dayOrMoment) ? 'UTC' : timeZone;
	return new Intl.DateTimeFormat(getLocale(), { dateStyle, timeZone: zone }).format(new Date(dayOrMoment));
}

/** “November 21, 2026” */
export const formatDate = (dayOrMoment: string): string => formatAsDay(dayOrMoment, 'long');

/** “Nov 21, 2026” */
export const formatDay = (dayOrMoment: string): string => formatAsDay(dayOrMoment, 'medium');

/** The exact moment, for tooltips; a day has none. */
export function formatDateTime(iso: string): string {
	if (isDay(iso)) return formatDate(iso);
	return new Intl.DateTimeFormat(getLocale(), { dateStyle: 'long', timeStyle: 'long', timeZone }).format(
		new Date(iso)
	);
}

/** “9:13:05 PM” */
export function formatClock(iso: string): string {
	return new Intl.DateTimeFormat(getLocale(), { timeStyle: 'medium', timeZone }).format(new Date(iso));
}

export function formatNumber(value: number, fractionDigits = 0): string {
	return new Intl.NumberFormat(getLocale(), { maximumFractionDigits: fractionDigits }).format(value);
}

/** “teams, projects, and user groups” */
export function formatList(items: string[]): string {
	return new Intl.ListFormat(getLocale(), { type: 'conjunction' }).format(items);
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** “12.4 GB”, in powers of 1,000, as in the installer's own messages. */
export function formatBytes(bytes: number): string {
	const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(bytes) / 3));
	return new Intl.NumberFormat(getLocale(), {
		style: 'unit',
		unit: UNITS[power] ?? 'byte',
		unitDisplay: power === 0 ? 'long' : 'short',
		maximumFractionDigits: power === 0 ? 0 : 1
	}).format(bytes / 1000 ** power);
}

/** “in 12 days”, “3 days ago” */
export function formatDays(days: number): string {
	return new Intl.RelativeTimeFormat(getLocale(), { numeric: 'auto' }).format(days, 'day');
}

const SPANS: [Intl.RelativeTimeFormatUnit, number][] = [
	['year', 31_557_600],
	['month', 2_629_800],
	['day', 86_400],
	['hour', 3_600],
	['minute', 60]
];

/** “3 minutes ago”, “in 6 days”, “now”. From 24 hours on, days are counted as people count: by midnights. */
export function formatRelative(dayOrMoment: string, now: number = Date.now()): string {
	if (isDay(dayOrMoment)) return formatDays(daysUntil(dayOrMoment, now));
	const seconds = (new Date(dayOrMoment).getTime() - now) / 1000;
	const [unit, size] = SPANS.find(([, span]) => Math.abs(seconds) >= span) ?? ['second', 60];
	if (unit === 'day') return formatDays(daysUntil(dayOf(dayOrMoment), now));
	const format = new Intl.RelativeTimeFormat(getLocale(), { numeric: 'auto' });
	// Seconds are not shown.
	return unit === 'second' ? format.format(0, 'second') : format.format(Math.trunc(seconds / size), unit);
}

/** “2 d 4 h 10 min”, “41 s”: the two or three largest parts. */
export function formatDuration(seconds: number): string {
	const whole = Math.max(0, Math.floor(seconds));
	const parts: [number, string][] = [
		[Math.floor(whole / 86_400), 'day'],
		[Math.floor(whole / 3_600) % 24, 'hour'],
		[Math.floor(whole / 60) % 60, 'minute'],
		[whole % 60, 'second']
	];
	const first = parts.findIndex(([count]) => count > 0);
	return parts
		.slice(first < 0 ? 3 : first, first < 0 ? 4 : first + 2)
		.map(([count, unit]) =>
			new Intl.NumberFormat(getLocale(), { style: 'unit', unit, unitDisplay: 'narrow' }).format(count)
		)
		.join(' ');
}

/** “8 ms”, “0.8 s”: symbols of units, the same in every language. */
export function formatMilliseconds(milliseconds: number): string {
	if (milliseconds < 100) return `${formatNumber(milliseconds)}\u00a0ms`;
	const seconds = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
	return `${new Intl.NumberFormat(getLocale(), seconds).format(milliseconds / 1000)}\u00a0s`;
}

/** “Nov 21” for a calendar day such as “2026-11-21”, the same day in every time zone. */
export function formatShortDay(day: string): string {
	const options = { month: 'short', day: 'numeric', timeZone: 'UTC' } as const;
	return new Intl.DateTimeFormat(getLocale(), options).format(new Date(`${day}T00:00:00Z`));
}

/** “Nov” or, for January, “2027”. */
export function formatMonth(moment: number): string {
	const date = new Date(moment);
	const options = date.getUTCMonth() === 0 ? ({ year: 'numeric' } as const) : ({ month: 'short' } as const);
	return new Intl.DateTimeFormat(getLocale(), { ...options, timeZone: 'UTC' }).format(date);
}
