/** Counts per hour, added up to calendar days in the reader's time zone. */
export type DayCount = { day: string; count: number };

/** “2026-11-21” in this zone; `undefined`: the device's. */
export function dayOf(moment: number, timeZone: string | undefined): string {
	const parts = new Intl.DateTimeFormat('en', {
		timeZone,
		calendar: 'iso8601',
		year: 'numeric',
		month: '2-digit',
		day: '2-digit'
	}).formatToParts(moment);
	const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
	return `${part('year')}-${part('month')}-${part('day')}`;
}

/** The last `count` days, oldest first; today is the last. Days without anything are 0. */
export function lastDays(
	hours: { at: string; count: number }[],
	count: number,
	timeZone: string | undefined,
	now: number
): DayCount[] {
	const sums: Record<string, number> = {};
	for (const hour of hours) {
		const day = dayOf(Date.parse(hour.at), timeZone);
		sums[day] = (sums[day] ?? 0) + hour.count;
	}
	const today = Date.parse(`${dayOf(now, timeZone)}T00:00:00Z`);
	return Array.from({ length: count }, (_, index) => {
		const day = new Date(today - (count - 1 - index) * 86_400_000).toISOString().slice(0, 10);
		return { day, count: sums[day] ?? 0 };
	});
}
