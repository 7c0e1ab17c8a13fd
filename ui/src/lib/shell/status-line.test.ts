import { describe, expect, test } from 'vitest';
import type { System } from '$lib/api/types';
import { statusParts } from './status-line';

const system = (of: Partial<System>): System => ({
	...{ version: '0.1.0', started_at: '2026-11-29T12:00:00Z', database: 'postgresql', database_trouble: null },
	...{ clock: 'ok', disk: null, mails_waiting: 0, mail_stuck_since: null },
	license: { state: 'active', days_left: 200 } as System['license'],
	...of
});
const tones = (of: Partial<System>) =>
	Object.fromEntries(statusParts(system(of), false, false).map(({ key, tone }) => [key, tone]));
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
		[{ license: { state: 'expiring', days_left: 20 } }, { ...well, license: 'error' }],
		[{ license: { state: 'expiring', days_left: 5 } }, { ...well, license: 'failed' }],
		[{ license: { state: 'expired', days_left: 0 } }, { ...well, license: 'failed' }],
		[{ license: null }, { ...well, license: 'failed' }]
	] as [Partial<System>, Record<string, string>][])('%#', (of, wanted) => expect(tones(of)).toEqual(wanted));

	test('a server that does not answer says nothing about the rest', () => {
		expect(statusParts(system({}), true, true)).toEqual([
			{ key: 'server', tone: 'failed', text: 'Testkeep does not answer', href: '/server' }
		]);
	});
});
