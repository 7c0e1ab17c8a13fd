/** Peak use over time as texts and numbers, for the charts and the table with the same data. */
import type { LicenseUsage } from '$lib/api/types';
import { formatNumber } from '$lib/format';
import { m } from '$lib/paraglide/messages';
import { getLocale } from '$lib/paraglide/runtime';

/** Up to this many days the report has one point per hour, otherwise one per day. */
export const HOURLY_UP_TO = 7;

/** Every hour or day of the period, oldest first. The server omits those without any use. */
export function wholePeriod({ points, days }: LicenseUsage, now: number): LicenseUsage['points'] {
	const step = days <= HOURLY_UP_TO ? 3_600_000 : 86_400_000;
	const known = new Map(points.map((point) => [Date.parse(point.at), point]));
	const last = Math.max(Math.floor(now / step) * step, ...known.keys());
	const count = (days * 86_400_000) / step;
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

/** The effect of more seats: the number with the best effect first, the others after it. */
export function forecastWords({ forecast, denied, days }: LicenseUsage): {
	headline: string;
	others: string[];
} {
	if (!denied) return { headline: m.licenses_forecast_none({ days }), others: [] };
	const best = forecast.at(-1);
	if (!best) return { headline: m.licenses_forecast_unavoidable({ count: denied, days }), others: [] };
	const words = { denied: formatNumber(denied), days };
	const say = ({ seats, avoided }: { seats: number; avoided: number }) =>
		avoided >= denied
			? m.licenses_forecast_all({ count: seats, ...words })
			: m.licenses_forecast({ count: seats, avoided: formatNumber(avoided), ...words });
	const others = forecast
		.slice(0, -1)
		.map(({ seats, avoided }) => m.licenses_forecast_other({ count: seats, avoided: formatNumber(avoided) }));
	return { headline: say(best), others };
}
