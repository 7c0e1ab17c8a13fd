/** Converts days of a date field to moments, in the time zone that the screens use. */

/** How far a zone is ahead of UTC at a moment, in milliseconds. */
function offsetAt(moment: number, timeZone: string | undefined): number {
	const parts = new Intl.DateTimeFormat('en', {
		timeZone,
		hourCycle: 'h23',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric'
	}).formatToParts(moment);
	const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
	const local = Date.UTC(
		part('year'),
		part('month') - 1,
		part('day'),
		part('hour'),
		part('minute'),
		part('second')
	);
	return local - moment;
}

/** Midnight at the start of a day, for example “2026-11-21”, or `later` days after it, in RFC 3339. */
export function startOfDay(day: string, timeZone: string | undefined, later = 0): string {
	const midnight = new Date(`${day}T00:00:00Z`).setUTCDate(Number(day.slice(-2)) + later);
	const close = midnight - offsetAt(midnight, timeZone);
	// The clocks may change between UTC's midnight and this zone's.
	return new Date(midnight - offsetAt(close, timeZone)).toISOString();
}
