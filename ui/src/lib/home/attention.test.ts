import { describe, expect, test } from 'vitest';
import type { Overview, SeatsNow, System } from '$lib/api/types';
import { attention } from './attention';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const seats = (of: Partial<SeatsNow>): SeatsNow => ({
	product: 'KRE',
	organization_id: null,
	organization: null,
	quota: 10,
	online: 2,
	borrowed: 0,
	offline: 0,
	held: 0,
	reserved: 0,
	elsewhere: 0,
	free: 8,
	waiting: 0,
	expires_at: '2027-11-30T00:00:00Z',
	days_left: 365,
	state: 'active',
	...of
});
const system = (of: Partial<System>): System => ({
	version: '0.1.0',
	started_at: '2026-11-29T12:00:00Z',
	database: 'built_in',
	database_trouble: null,
	clock: 'ok',
	disk: { free_bytes: 80e9, total_bytes: 100e9 },
	mails_waiting: 0,
	mail_stuck_since: null,
	mail_slow_since: null,
	license: { state: 'active' } as System['license'],
	...of
});
const overview = (of: Partial<Overview>): Overview => ({
	at: '2026-11-30T12:00:00Z',
	seats: [],
	licenses: [],
	days: { sign_ins: null, denials: null },
	mail: null,
	bounced: [],
	system: null,
	recent: null,
	organizations: [],
	account: null,
	own: { licenses: [], sessions: [], session_count: 0, places: [] },
	...of
});
const found = (of: Partial<Overview>) => attention(overview(of), NOW).map(({ key, href }) => [key, href]);

describe('attention', () => {
	test('nothing while all is well', () => {
		expect(found({ seats: [seats({})], system: system({}) })).toEqual([]);
	});

	test.each([
		[
			{ seats: [seats({ state: 'expiring', expires_at: '2026-12-13T00:00:00Z' })] },
			'expiring-all-KRE',
			'/account/licenses'
		],
		[{ seats: [seats({ state: 'expired' })] }, 'expired-all-KRE', '/account/licenses'],
		[{ seats: [seats({ waiting: 2 })] }, 'waiting-all-KRE', '/account/licenses'],
		[{ seats: [seats({ online: 11, free: 0 })] }, 'over-all-KRE', '/account/licenses'],
		[
			{ seats: [seats({ waiting: 1, organization_id: 7, organization: 'Compilers' })] },
			'waiting-7-KRE',
			'/organizations/7/licenses/KRE/online'
		],
		[{ system: system({ clock: 'set_back' }) }, 'clock', '/license'],
		[{ system: system({ license: null }) }, 'unlicensed', '/license'],
		[{ system: system({ database_trouble: 'The disk is full.' }) }, 'database', '/#server'],
		[{ system: system({ disk: { free_bytes: 4e9, total_bytes: 100e9 } }) }, 'disk', '/#server'],
		[
			{ bounced: [{ scope_id: 7, organization: 'Compilers', count: 2 }] },
			'bounced-7',
			'/organizations/7/invitations'
		],
		[{ bounced: [{ scope_id: 1, organization: null, count: 1 }] }, 'bounced-1', '/account/invitations']
	] as [Partial<Overview>, string, string][])('%#: one thing, one link', (of, key, href) => {
		expect(found(of)).toEqual([[key, href]]);
	});

	test('mail that does not go out, and mail that failed', () => {
		const stuck = { scope_id: 7, organization: 'Compilers', since: '2026-11-30T10:00:00Z', limited: false };
		const mail = {
			...{ scope_id: 1, configured: true, waiting: 3, sent: 0, failed: 1, failed_in_week: 4 },
			stuck: [{ ...stuck, reason: null }]
		};
		const items = attention(overview({ mail }), NOW);
		expect(items.map(({ key, tone }) => [key, tone])).toEqual([
			['mail-7', 'failed'],
			['mails-failed', 'error']
		]);
		expect(items[0]?.text).toBe('Compilers: mail is not going out since 2 hours ago.');
		expect(items[1]?.href).toBe('/account/mail/log?state=failed');
	});

	test('the most urgent is first', () => {
		const items = found({
			seats: [seats({ waiting: 2 }), seats({ product: 'KSE', state: 'expired' })],
			system: system({ disk: { free_bytes: 1e9, total_bytes: 100e9 } })
		});
		expect(items.map(([key]) => key)).toEqual(['expired-all-KSE', 'disk', 'waiting-all-KRE']);
	});

	test('days are counted as people count them', () => {
		const text = (expires_at: string) =>
			attention(overview({ seats: [seats({ state: 'expiring', expires_at })] }), NOW)[0]?.text;
		expect(text('2026-12-01T00:00:00Z')).toMatch(/expires today/);
		expect(text('2026-12-02T00:00:00Z')).toMatch(/expires tomorrow/);
		expect(text('2026-12-13T00:00:00Z')).toMatch(/expires in 12 days.*Dec 12, 2026/);
	});
});
