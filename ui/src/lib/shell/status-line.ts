/** The parts of the status line: quiet while all is well, each with the page where more is. */
import type { System } from '$lib/api/types';
import { m } from '$lib/paraglide/messages';

export type StatusPart = {
	key: 'server' | 'database' | 'mail' | 'license';
	tone: 'passed' | 'error' | 'failed';
	text: string;
	href: string;
};

const SOON_DAYS = 30;
const VERY_SOON_DAYS = 7;

/** `silent`: the server did not answer last time. `null`: it has not answered yet. */
export function statusParts(system: System | null, silent: boolean, desktop: boolean): StatusPart[] {
	const page = desktop ? '/server' : '/#server';
	if (silent) {
		const text = m.status_server_silent();
		return [{ key: 'server', tone: 'failed', text: `Testkeep ${text}`, href: page }];
	}
	if (!system) return [];
	const name = m.status_server({ version: system.version });
	return [
		{ key: 'server', tone: 'passed', text: `${name} ${m.status_server_fine()}`, href: page },
		database(system, page),
		mail(system),
		license(system)
	];
}

export const databaseName = ({ database: kind }: System): string =>
	kind === 'built_in' ? m.database_built_in() : m.database_postgresql();

function database(system: System, page: string): StatusPart {
	if (system.database_trouble)
		return { key: 'database', tone: 'failed', text: m.status_database_trouble(), href: page };
	const text = m.status_database_fine({ name: databaseName(system) });
	return { key: 'database', tone: 'passed', text, href: page };
}

function mail({ mail_stuck_since, mails_waiting: count }: System): StatusPart {
	if (mail_stuck_since)
		return { key: 'mail', tone: 'failed', text: m.status_mail_stuck(), href: '/account/mail' };
	const text = count ? m.status_mail_waiting({ count }) : m.status_mail_fine();
	return { key: 'mail', tone: 'passed', text, href: '/account/mail/log' };
}

function license({ license: current }: System): StatusPart {
	const href = '/account/licenses';
	const inForce = current?.state === 'active' || current?.state === 'expiring';
	if (!current || !inForce) return { key: 'license', tone: 'failed', text: m.status_license_none(), href };
	const count = current.days_left;
	const tone = count <= VERY_SOON_DAYS ? 'failed' : count <= SOON_DAYS ? 'error' : 'passed';
	return { key: 'license', tone, text: m.status_license_days({ count }), href };
}
