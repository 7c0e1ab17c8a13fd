import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '$lib/api/types';
import { knownActions } from './actions';
import { sentenceOf, sentenceParts } from './sentence';

type Told = Pick<AuditEvent, 'action' | 'actor' | 'target_name' | 'details'>;
const event = (of: Partial<Told>): Told => ({
	...{ actor: 'ada@example.com', action: 'invite_user', target_name: 'grace@example.com', details: {} },
	...of
});

describe('an audit event as a sentence', () => {
	test.each([
		[{}, 'ada@example.com invited grace@example.com'],
		[
			{ action: 'edit_user_role', details: { from: 'member', to: 'admin' } },
			'ada@example.com made grace@example.com Admin'
		],
		[
			{ action: 'assign_license', details: { product: 'KSE' } },
			'ada@example.com assigned a KSE license to grace@example.com'
		],
		[
			{ action: 'add_group_user', details: { group: 'Testers' } },
			'ada@example.com added grace@example.com to the group Testers'
		],
		[
			{ action: 'stop_server', actor: 'control port' },
			'The manager on the server machine stopped the server'
		],
		[{ action: 'launch_rocket' }, 'ada@example.com: Launch rocket (grace@example.com)']
	] as [Partial<Told>, string][])('%#', (of, sentence) => {
		expect(sentenceOf(event(of))).toBe(sentence);
	});

	test.each(knownActions)('%s names who did it, and leaves no gap', (action) => {
		const details = { product: 'KSE', to: 'admin', group: 'Testers' };
		const parts = sentenceParts(event({ action, details }));
		expect(parts.filter(({ kind }) => kind === 'who')).toEqual([{ kind: 'who', text: 'ada@example.com' }]);
		const whole = parts.map(({ text }) => text).join('');
		expect(whole).not.toMatch(/[{}]|undefined| {2}|: .*\(/);
		expect(whole).not.toContain('\u0000');
		expect(whole).not.toContain('\u0001');
	});

	test('is divided at its names', () => {
		expect(
			sentenceParts(event({ action: 'transfer_license', details: { product: 'KSE', to: 'eve' } }))
		).toEqual([
			{ kind: 'who', text: 'ada@example.com' },
			{ kind: 'text', text: ' transferred the KSE license of ' },
			{ kind: 'target', text: 'grace@example.com' },
			{ kind: 'text', text: ' to eve' }
		]);
	});

	test('whose names contain the marks of a message stays whole', () => {
		const target_name = '{who} & <b>';
		expect(sentenceOf(event({ target_name }))).toBe('ada@example.com invited {who} & <b>');
	});
});
