/**
 * How far an invitation came, as one state for each row: what became of its mail and its link, unless something else
 * stops the person from joining.
 */
import type { Delivery, Invitation } from '$lib/api/types';
import type { StatusTone } from '$lib/components/status-tone';
import { m } from '$lib/paraglide/messages';

export type Progress = {
	/** The word of the filter. */
	state: Delivery | 'inviter_may_not' | 'waits_for_sign_in';
	tone: StatusTone;
	label: string;
	/** Since when. */
	at: string | null;
	/** Why it is in this state, or what comes next. */
	why: string;
};

const LOOKS: Record<Delivery, { tone: StatusTone; label: () => string; why: () => string }> = {
	not_mailed: { tone: 'skipped', label: m.delivery_not_mailed, why: m.delivery_not_mailed_why },
	queued: { tone: 'running', label: m.delivery_queued, why: m.delivery_queued_why },
	sent: { tone: 'passed', label: m.delivery_sent, why: m.delivery_sent_why },
	failed: { tone: 'failed', label: m.delivery_failed, why: m.delivery_failed_why },
	unknown: { tone: 'error', label: m.delivery_unknown, why: m.delivery_unknown_why },
	opened: { tone: 'passed', label: m.delivery_opened, why: m.delivery_opened_why },
	expired: { tone: 'error', label: m.expired, why: m.state_expired_why }
};

export const DELIVERIES = Object.keys(LOOKS) as Delivery[];
export const deliveryName = (delivery: Delivery): string => LOOKS[delivery].label();

export function progressOf({ state, delivery, invited_by }: Invitation): Progress {
	if (state === 'inviter_may_not')
		return {
			state,
			tone: 'error',
			label: m.state_inviter_may_not(),
			at: null,
			why: m.state_inviter_may_not_why({ by: invited_by })
		};
	const at = delivery.at ?? null;
	if (state === 'waits_for_sign_in')
		return {
			state,
			tone: 'passed',
			label: m.state_waits_for_sign_in(),
			at,
			why: m.state_waits_for_sign_in_why()
		};
	const look = LOOKS[delivery.state];
	const opened = delivery.state === 'opened' && state === 'not_accepted' ? m.state_not_accepted_why() : null;
	return {
		state: delivery.state,
		tone: look.tone,
		label: look.label(),
		at,
		why: delivery.reason ?? opened ?? look.why()
	};
}
