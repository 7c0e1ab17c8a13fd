import { formatDateTime } from '$lib/format';
import { m } from '$lib/paraglide/messages';

type Ended = { kind: string; hostname: string; expires_at: string };

/** What the end of a session does. */
export function endConsequence({ kind, hostname, expires_at }: Ended): string {
	const host = hostname || m.licenses_some_machine();
	return kind === 'borrowed'
		? m.licenses_end_borrowed({ host, date: formatDateTime(expires_at) })
		: m.licenses_session_ends({ host });
}
