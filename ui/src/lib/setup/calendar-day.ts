import { getLocale } from '$lib/paraglide/runtime';

/** “December 31, 2027”: a license ends with this day, which is the same in every time zone. */
export const calendarDay = (iso: string): string =>
	new Intl.DateTimeFormat(getLocale(), { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(iso));
