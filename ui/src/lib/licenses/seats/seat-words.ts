/** Texts about one seat and about one session in the queue. */
import type { Seat, Waiting } from '$lib/api/types';
import { formatDateTime, formatList } from '$lib/format';
import { m } from '$lib/paraglide/messages';
import { formatEnd } from '../license-dates';
import { seatStateName, type Cell } from './seat-states';

/** For screen readers: “online: Ada Lovelace, desk-12”. */
export function cellLabel({ state, seat, team }: Cell): string {
	const words = seat ? [seat.who, seat.hostname] : [team];
	const details = words.filter(Boolean).join(', ');
	return details ? `${seatStateName(state)}: ${details}` : seatStateName(state);
}

/** What a seat without a person means. */
export function stateSentence({ state, team }: Cell): string {
	switch (state) {
		case 'elsewhere':
			return m.seat_elsewhere_sentence();
		case 'reserved':
			return team ? m.seat_reserved_sentence({ team }) : m.seat_reserved_others_sentence();
		case 'kept_elsewhere':
			return m.seat_kept_elsewhere_sentence();
		case 'beyond_share':
			return m.seat_beyond_share_sentence();
		case 'free':
			return m.seat_free_sentence();
		default:
			return m.seat_unnamed_sentence();
	}
}

/** Until when a seat counts; `null`: a session that is renewed again and again. */
export function untilSentence({ kind, until }: Seat): string | null {
	if (kind === 'offline') return m.seat_offline_until({ date: formatEnd(until) });
	if (kind === 'borrowed') return m.seat_borrowed_until({ date: formatDateTime(until) });
	return kind === 'held' ? m.seat_held_until({ date: formatDateTime(until) }) : null;
}

/** Why a session waits. */
export function waitSentence({ reason, reserved_for, position }: Waiting): string {
	switch (reason) {
		case 'pool':
			return m.wait_pool();
		case 'share':
			return m.wait_share();
		case 'kept_elsewhere':
			return m.wait_kept_elsewhere();
		case 'reserved':
			return m.wait_reserved({ teams: formatList(reserved_for) });
		case 'turn':
			return position === 1 ? m.wait_next() : m.wait_behind();
	}
}
