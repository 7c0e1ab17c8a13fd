/**
 * The days on which licenses begin and end. These are days of the calendar, in UTC as the vendor signs them: the same day
 * for readers in every time zone.
 */
import { dayOf, daysUntil, formatDate, formatDay, formatDays } from '$lib/format';

/** The last day of something that is over at this moment: “2027-12-31”. */
export const lastDay = (expiresAt: string): ReturnType<typeof dayOf> =>
	dayOf(Date.parse(expiresAt) - 1, 'UTC');

/** The day on which something begins. */
export const firstDay = (begins: string): ReturnType<typeof dayOf> => dayOf(begins, 'UTC');

/** “December 31, 2027” */
export const formatEnd = (expiresAt: string): string => formatDate(lastDay(expiresAt));

/** “Dec 31, 2027” */
export const formatEndDay = (expiresAt: string): string => formatDay(lastDay(expiresAt));

/** Days up to the last one: 0 on that day. The same number wherever days are counted. */
export const daysLeft = (expiresAt: string, now: number = Date.now()): number =>
	Math.max(0, daysUntil(lastDay(expiresAt), now));

/** “in 7 days”, “tomorrow”, “today” */
export const formatTimeLeft = (expiresAt: string, now: number = Date.now()): string =>
	formatDays(daysLeft(expiresAt, now));
