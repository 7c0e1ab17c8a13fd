import type { Seat, Waiting } from '$lib/api/types';

/**
 * The sessions whose end frees a seat for somebody in the queue, the oldest first. A borrowed seat stays counted until its
 * lease ends, so it is no help now; a seat of a team's reservation goes back to that team.
 */
export function freeable(seats: Seat[], { organization_id, reason }: Waiting): Seat[] {
	const helps = (seat: Seat) =>
		seat.kind === 'online' &&
		!seat.team &&
		// A shortage of the pool ends with any seat; all others with a seat of the same organization.
		(reason === 'pool' || seat.organization_id === organization_id);
	return seats.filter(helps).sort((one, other) => one.since.localeCompare(other.since));
}
