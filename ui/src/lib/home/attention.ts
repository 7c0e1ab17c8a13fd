/** What needs somebody's attention, the most urgent first, each with the one place that mends it. */
import type { MailNow, Overview, SeatsNow, System } from '$lib/api/types';
import { formatBytes, formatNumber, formatRelative } from '$lib/format';
import { daysLeft, formatEndDay } from '$lib/licenses/license-dates';
import { productPath } from '$lib/licenses/product';
import { m } from '$lib/paraglide/messages';
import { seatsUsed } from './seats';

export type Attention = {
	key: string;
	tone: 'failed' | 'error';
	text: string;
	href: string;
	action: string;
};

const EXPIRES_SOON = 30;
const DISK_LOW = 5_000_000_000;
const DISK_FULL = 500_000_000;

export function attention(overview: Overview, now: number): Attention[] {
	const found = [
		...ofSystem(overview.system ?? null),
		...overview.seats.flatMap((row) => ofSeats(row, now)),
		...ofMail(overview.mail ?? null, now),
		...overview.bounced.map(ofBounced)
	];
	return [...found.filter(({ tone }) => tone === 'failed'), ...found.filter(({ tone }) => tone !== 'failed')];
}

function ofSystem(system: System | null): Attention[] {
	if (!system) return [];
	const found: Attention[] = [];
	const add = (key: string, tone: Attention['tone'], text: string, href: string, action: string) =>
		found.push({ key, tone, text, href, action });
	if (system.database_trouble)
		add('database', 'failed', system.database_trouble, '/#server', m.attention_details());
	if (system.clock === 'set_back')
		add('clock', 'failed', m.attention_clock(), '/license', m.attention_clock_action());
	if (!system.license)
		add('unlicensed', 'failed', m.attention_unlicensed(), '/license', m.attention_import());
	const free = system.disk?.free_bytes ?? Infinity;
	if (free < DISK_LOW)
		add(
			'disk',
			free < DISK_FULL ? 'failed' : 'error',
			m.attention_disk({ free: formatBytes(free) }),
			'/#server',
			m.attention_details()
		);
	return found;
}

function ofSeats(row: SeatsNow, now: number): Attention[] {
	const { product, organization_id, organization, state, expires_at, waiting } = row;
	const place = organization_id ? productPath(organization_id, product) : null;
	const name = organization ? `${organization}, ${product}` : product;
	const key = (what: string) => `${what}-${organization_id ?? 'all'}-${product}`;
	const found: Attention[] = [];
	const renew = { href: place ? `${place}/users` : '/account/licenses', action: m.attention_renew() };
	if (state === 'expired')
		found.push({ key: key('expired'), tone: 'failed', text: m.attention_expired({ name }), ...renew });
	const count = expires_at ? daysLeft(expires_at, now) : Infinity;
	if (state === 'expiring' && count <= EXPIRES_SOON && expires_at) {
		const day = formatEndDay(expires_at);
		const text = count
			? m.attention_expiring({ name, count, day })
			: m.attention_expires_today({ name, day });
		found.push({ key: key('expiring'), tone: count <= 7 ? 'failed' : 'error', text, ...renew });
	}
	const sessions = { href: place ? `${place}/online` : '/account/licenses', action: m.attention_sessions() };
	if (waiting > 0)
		found.push({
			key: key('waiting'),
			tone: 'error',
			text: m.attention_waiting({ name, count: waiting }),
			...sessions
		});
	if (state !== 'expired' && seatsUsed(row) > row.quota) {
		const text = m.attention_over({
			name,
			used: formatNumber(seatsUsed(row)),
			quota: formatNumber(row.quota)
		});
		found.push({ key: key('over'), tone: 'failed', text, ...sessions });
	}
	return found;
}

/** The pages of the account's or an organization's mail. */
export const mailPath = (scope: number): string =>
	scope === 1 ? '/account/mail' : `/organizations/${scope}/mail`;

function ofMail(mail: MailNow | null, now: number): Attention[] {
	if (!mail) return [];
	const stuck = mail.stuck.map(({ scope_id, since, limited, organization }): Attention => {
		const words = { since: formatRelative(since, now), name: organization ?? m.account() };
		return {
			key: `mail-${scope_id}`,
			tone: limited ? 'error' : 'failed',
			text: limited ? m.attention_mail_slow(words) : m.attention_mail_stuck(words),
			href: mailPath(scope_id),
			action: m.attention_mail_action()
		};
	});
	if (!mail.failed_in_week) return stuck;
	const text = m.attention_mails_failed({ count: mail.failed_in_week });
	const href = `${mailPath(mail.scope_id)}/log?state=failed`;
	return [...stuck, { key: 'mails-failed', tone: 'error', text, href, action: m.attention_mail_log() }];
}

function ofBounced({ scope_id, organization, count }: Overview['bounced'][number]): Attention {
	return {
		key: `bounced-${scope_id}`,
		tone: 'error',
		text: m.attention_bounced({ count, name: organization ?? m.account() }),
		href: scope_id === 1 ? '/account/invitations' : `/organizations/${scope_id}/invitations`,
		action: m.attention_bounced_action()
	};
}
