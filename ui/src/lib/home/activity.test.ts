import { describe, expect, test } from 'vitest';
import type { RecentEvent } from '$lib/api/types';
import { knownActions } from '$lib/audit/actions';
import { activitySentence } from './activity';

const event = (of: Partial<RecentEvent>): RecentEvent => ({
	...{ id: 1, at: '2026-11-30T12:00:00Z', actor: 'ada@example.com', actor_id: 1, action: 'invite_user' },
	...{ level: 'organization', scope_id: 2, target_kind: 'user', target_id: 3, details: {}, hash: '' },
	...{ target_name: 'grace@example.com', organization_id: 2, organization: 'Compilers', address: null },
	...of
});

describe('activitySentence', () => {
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
	] as [Partial<RecentEvent>, string][])('%#', (of, sentence) => {
		expect(activitySentence(event(of))).toBe(sentence);
	});

	test('every action has a sentence without gaps', () => {
		const details = { product: 'KSE', to: 'admin', group: 'Testers' } as unknown as RecentEvent['details'];
		for (const action of knownActions) {
			const sentence = activitySentence(event({ action, details }));
			expect(sentence, action).not.toMatch(/[{}]|undefined| {2}|: .*\(/);
		}
	});
});
