/** The states of seats, their names, and all seats of a product as cells and as parts of a bar. */
import type { Seat, SeatMap, SeatSplit } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

export type SeatState = Exclude<keyof SeatSplit, 'total'>;

/** In the order of the bar, the map and the legend. */
const STATES: SeatState[] = [
	'online',
	'borrowed',
	'offline',
	'held',
	'elsewhere',
	'reserved',
	'kept_elsewhere',
	'beyond_share',
	'free'
];
/** Always in the legend, even if there are none. */
const ALWAYS: SeatState[] = ['online', 'free'];

const NAMES: Record<SeatState, () => string> = {
	online: m.seat_online,
	borrowed: m.seat_borrowed,
	offline: m.seat_offline,
	held: m.seat_held,
	elsewhere: m.seat_elsewhere,
	reserved: m.seat_reserved,
	kept_elsewhere: m.seat_kept_elsewhere,
	beyond_share: m.seat_beyond_share,
	free: m.seat_free
};

export const seatStateName = (state: SeatState): string => NAMES[state]();

export type SeatPart = { state: SeatState; seats: number; name: string };

/** The parts that the legend shows; their numbers add up to all seats. */
export const partsOf = (split: SeatSplit): SeatPart[] =>
	STATES.filter((state) => split[state] > 0 || ALWAYS.includes(state)).map((state) => ({
		...{ state, seats: split[state] },
		name: seatStateName(state)
	}));

/** One seat of the map. `seat`: in use here; `team`: reserved for it. */
export type Cell = { key: string; state: SeatState; seat?: Seat; team?: string };

/** A larger map would be slow, and nobody could find a seat in it. */
export const CELLS_AT_MOST = 1000;

/** One cell per seat, in the order of the bar, at most 1,000: seats in use come first. */
export function cellsOf({ split, seats, reserved }: SeatMap): Cell[] {
	const teams = reserved.flatMap(({ team, seats }) => Array.from({ length: seats }, () => team));
	return STATES.flatMap((state) => {
		const known = seats.filter(({ kind }) => kind === state);
		return Array.from({ length: Math.min(split[state], CELLS_AT_MOST) }, (_, index) => ({
			...{ key: `${state}-${known[index]?.id ?? index}`, state },
			seat: known[index],
			team: state === 'reserved' ? teams[index] : undefined
		}));
	}).slice(0, CELLS_AT_MOST);
}

/** The side of a cell in pixels: large quotas still fit on the screen. */
export function cellSize(count: number): number {
	if (count <= 40) return 28;
	if (count <= 150) return 20;
	return count <= 400 ? 14 : 11;
}

/** The cell that an arrow key leads to. `null`: another key. */
export function nextCell(key: string, at: number, count: number, columns: number): number | null {
	const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
	if (step !== undefined) return at + step >= 0 && at + step < count ? at + step : at;
	if (key === 'Home') return 0;
	return key === 'End' ? count - 1 : null;
}
