/** Where the bars of a chart of runs are drawn. */
import { ticksTo } from '$lib/charts/ticks';
import type { Run } from '../types';

export const HEIGHT = 160;
export const LEFT = 60;
export const RIGHT = 8;
const TOP = 18;
const BOTTOM = 22;
/** Few runs do not become walls. */
const WIDEST = 28;

export type Scale = {
	ticks: number[];
	x: (index: number) => number;
	/** Of a duration in milliseconds. */
	y: (duration: number) => number;
	/** A bar with the gap beside it. */
	step: number;
	/** The index of the bar at this distance from the left edge; there may be no such bar. */
	at: (distance: number) => number;
};

/** @param bars oldest first */
export function scaleOf(bars: Run[], width: number): Scale {
	const ticks = ticksTo(Math.max(1, ...bars.map(({ duration_ms }) => duration_ms ?? 0)));
	const top = ticks.at(-1) ?? 1;
	const step = Math.min(WIDEST, Math.max(1, (width - LEFT - RIGHT) / Math.max(1, bars.length)));
	return {
		ticks,
		step,
		x: (index) => LEFT + index * step,
		y: (duration) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - duration / top),
		at: (distance) => Math.floor((distance - LEFT) / step)
	};
}

/** The middle of a text of this length, as near to the wanted place as it fits. */
export function textPlace(wanted: number, length: number, width: number): number {
	const half = length * 3.4;
	return Math.min(Math.max(wanted, LEFT + half), Math.max(LEFT + half, width - half));
}
