/** Whether a license session still holds its seat, and why it ended. */
import type { SessionDetails } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

export const isLive = ({ ended_at, expires_at }: SessionDetails, now: number): boolean =>
	!ended_at && new Date(expires_at).getTime() > now;

const REASONS: Record<string, () => string> = {
	released: m.drawer_end_released,
	returned: m.drawer_end_returned,
	missed: m.drawer_end_missed,
	idle: m.drawer_end_idle,
	moved: m.drawer_end_moved,
	revoked: m.drawer_end_revoked,
	machine_removed: m.drawer_end_machine_removed,
	expired: m.drawer_end_expired,
	left: m.drawer_end_left
};

/** A reason of another server version is shown unchanged. */
export const endReason = (reason: string): string => REASONS[reason]?.() ?? reason;
