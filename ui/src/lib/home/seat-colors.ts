import type { SeatState } from './seats';

/** One color per state, the same in the bar and its legend. */
export const seatColor: Record<SeatState, string> = {
	online: 'bg-accent',
	borrowed: 'bg-running',
	offline: 'bg-skipped',
	held: 'bg-skipped/50',
	elsewhere: 'bg-input-border/40',
	reserved: 'bg-accent/30',
	free: 'bg-hover'
};
