/** The parts of a bar of seats, in the order in which they are drawn. */
import type { SeatsNow } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

export const SEAT_STATES = [
	'online',
	'borrowed',
	'offline',
	'held',
	'elsewhere',
	'reserved',
	'free'
] as const;
export type SeatState = (typeof SEAT_STATES)[number];
export type SeatPart = { state: SeatState; label: string; count: number; percent: number };

const WORDS: Record<SeatState, () => string> = {
	online: m.seats_online,
	borrowed: m.seats_borrowed,
	offline: m.seats_offline,
	held: m.seats_held,
	elsewhere: m.seats_elsewhere,
	reserved: m.seats_reserved,
	free: m.seats_free
};

/** States with seats; `percent` of the quota, or of the seats in use if more are in use than licensed. */
export function seatParts(row: SeatsNow): SeatPart[] {
	const total = SEAT_STATES.reduce((sum, state) => sum + row[state], 0);
	return SEAT_STATES.filter((state) => row[state] > 0).map((state) => ({
		state,
		label: WORDS[state](),
		count: row[state],
		percent: (100 * row[state]) / Math.max(1, total)
	}));
}

/** Seats in use here, in any state. */
export const seatsUsed = ({ online, borrowed, offline, held }: SeatsNow): number =>
	online + borrowed + offline + held;

/** The bar as a sentence, for screen readers. */
export const seatsSummary = (row: SeatsNow): string =>
	seatParts(row)
		.map(({ label, count }) => `${label}: ${count}`)
		.join(', ');
