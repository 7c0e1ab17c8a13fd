import { describe, expect, test } from 'vitest';
import type { System } from '$lib/api/types';
import { shortStatus, statusParts } from './status-line';

const NOW = Date.parse('2026-11-30T12:00:00Z');
const system = (of: Partial<System>): System => ({
	...{ version: '0.1.0', started_at: '2026-11-29T12:00:00Z', database: 'postgresql', database_trouble: null },
	...{ clock: 'ok', disk: null, mails_waiting: 0, mail_stuck_since: null, mail_slow_since: null },
	license: { state: 'active', expires_at: '2027-06-19T00:00:00Z' } as System['license'],
	...of
});
const tones = (of: Partial<System>) =>
	Object.fromEntries(statusParts(system(of), false, false, NOW).map(({ key, tone }) => [key, tone]));
const well = { server: 'passed', database: 'passed', mail: 'passed', license: 'passed' };

describe('statusParts', () => {
	test('is quiet while all is well, and empty before the first answer', () => {
		expect(tones({})).toEqual(well);
		expect(tones({ mails_waiting: 3 })).toEqual(well);
		expect(statusParts(null, false, false)).toEqual([]);
	});

	test.each([
		[{ database_trouble: 'full' }, { ...well, database: 'failed' }],
		[{ mail_stuck_since: '2026-11-29T12:00:00Z' }, { ...well, mail: 'failed' }],
		[{ mail_slow_since: '2026-11-29T12:00:00Z' }, { ...well, mail: 'error' }],
		[{ license: { state: 'expiring', expires_at: '2026-12-21T00:00:00Z' } }, { ...well, license: 'error' }],
		[{ license: { state: 'expiring', expires_at: '2026-12-06T00:00:00Z' } }, { ...well, license: 'failed' }],
		[{ license: { state: 'expired', expires_at: '2026-11-30T00:00:00Z' } }, { ...well, license: 'failed' }],
		[{ license: null }, { ...well, license: 'failed' }]
	] as [Partial<System>, Record<string, string>][])('%#', (of, wanted) => expect(tones(of)).toEqual(wanted));

	test('a server that does not answer says nothing about the rest', () => {
		expect(statusParts(system({}), true, true)).toEqual([
			{ key: 'server', tone: 'failed', text: 'Testkeep does not answer', href: '/server' }
		]);
	});
});

describe('shortStatus', () => {
	const text = (of: Partial<System>) => shortStatus(statusParts(system(of), false, false, NOW))?.text;

	test.each([
		[{}, 'All well · License: 200 days left'],
		[{ license: { state: 'expiring', expires_at: '2026-12-21T00:00:00Z' } }, 'License: 20 days left'],
		[
			{ license: { state: 'expiring', expires_at: '2026-12-21T00:00:00Z' }, database_trouble: 'full' },
			'Database cannot be written, and 1 more'
		]
	] as [Partial<System>, string][])('%#', (of, wanted) => expect(text(of)).toBe(wanted));

	test('is nothing before the first answer', () => expect(shortStatus([])).toBeNull());
});
