/** Names of mail states and kinds, for people. */
import type { MailKind, MailState } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

export const stateName: Record<MailState, () => string> = {
	queued: m.mail_state_queued,
	handing_over: m.mail_state_handing_over,
	sent: m.mail_state_sent,
	failed: m.mail_state_failed,
	unknown: m.mail_state_unknown
};

const kinds: Record<MailKind, () => string> = {
	invitation: m.mail_kind_invitation,
	password_reset: m.mail_kind_password_reset,
	added: m.mail_kind_added,
	removed: m.mail_kind_removed,
	role_changed: m.mail_kind_role_changed,
	license_expiry: m.mail_kind_license_expiry,
	run_result: m.mail_kind_run_result
};

/** A newer server may have more kinds. */
export const kindName = (kind: string): string =>
	kind in kinds ? kinds[kind as MailKind]() : kind.replaceAll('_', ' ');
