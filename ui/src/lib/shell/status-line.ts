/** The parts of the status line: quiet while all is well, each with the page where more is. */
import type { System } from '$lib/api/types';
import { daysLeft } from '$lib/licenses/license-dates';
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
export function statusParts(
	system: System | null,
	silent: boolean,
	desktop: boolean,
	now: number = Date.now()
): StatusPart[] {
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
		license(system, now)
	];
}

const URGENCY = { passed: 0, error: 1, failed: 2 };

/** One part for a phone: the worst trouble and how many more there are, or that all is well. */
export function shortStatus(parts: StatusPart[]): StatusPart | null {
	const [worst, ...more] = parts
		.filter(({ tone }) => tone !== 'passed')
		.sort((a, b) => URGENCY[b.tone] - URGENCY[a.tone]);
	if (worst)
		return more.length ? { ...worst, text: m.status_more({ text: worst.text, count: more.length }) } : worst;
	const [first] = parts;
	const license = parts.find(({ key }) => key === 'license');
	return first && license ? { ...first, text: m.status_all_well({ license: license.text }) } : null;
}

export const databaseName = ({ database: kind }: System): string =>
	kind === 'built_in' ? m.database_built_in() : m.database_postgresql();

function database(system: System, page: string): StatusPart {
	if (system.database_trouble)
		return { key: 'database', tone: 'failed', text: m.status_database_trouble(), href: page };
	const text = m.status_database_fine({ name: databaseName(system) });
	return { key: 'database', tone: 'passed', text, href: page };
}

function mail({ mail_stuck_since, mail_slow_since, mails_waiting: count }: System): StatusPart {
	if (mail_stuck_since)
		return { key: 'mail', tone: 'failed', text: m.status_mail_stuck(), href: '/account/mail' };
	if (mail_slow_since)
		return { key: 'mail', tone: 'error', text: m.status_mail_slow(), href: '/account/mail' };
	const text = count ? m.status_mail_waiting({ count }) : m.status_mail_fine();
	return { key: 'mail', tone: 'passed', text, href: '/account/mail/log' };
}

function license({ license: current }: System, now: number): StatusPart {
	const href = '/account/licenses';
	const inForce = current?.state === 'active' || current?.state === 'expiring';
	if (!current || !inForce) return { key: 'license', tone: 'failed', text: m.status_license_none(), href };
	const count = daysLeft(current.expires_at, now);
	const tone = count <= VERY_SOON_DAYS ? 'failed' : count <= SOON_DAYS ? 'error' : 'passed';
	return { key: 'license', tone, text: m.status_license_days({ count }), href };
}
