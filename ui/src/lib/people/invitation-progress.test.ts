import { expect, test } from 'vitest';
import type { Delivery, Invitation } from '$lib/api/types';
import { DELIVERIES, deliveryName, progressOf } from './invitation-progress';

const invitation = (
	delivery: Partial<Invitation['delivery']>,
	state: Invitation['state'] = 'must_set_password'
): Invitation => ({
	id: 1,
	email: 'gone@example.com',
	state,
	invited_by: 'ada@example.com',
	created_at: '2026-11-21T00:00:00Z',
	expires_at: '2026-11-28T00:00:00Z',
	role: 'member',
	teams: [],
	products: [],
	delivery: { state: 'sent', ...delivery },
	actions: [],
	denied: []
});

test('a refused mail is shown with the server’s reason, not as a missing password', () => {
	const progress = progressOf(invitation({ state: 'failed', reason: '550 No such user here.' }));
	expect([progress.state, progress.tone, progress.why]).toEqual([
		'failed',
		'failed',
		'550 No such user here.'
	]);
	expect(progress.label).not.toContain('password');
});

test.each<Delivery>(['not_mailed', 'queued', 'sent', 'failed', 'unknown', 'opened', 'expired'])(
	'%s has a name, and a sentence that says what comes next',
	(state) => {
		const progress = progressOf(invitation({ state, at: '2026-11-22T00:00:00Z' }));
		expect(progress.label).toBe(deliveryName(state));
		expect(progress.why.length).toBeGreaterThan(10);
		expect(progress.at).toBe('2026-11-22T00:00:00Z');
	}
);

test('each state can be filtered', () => expect(DELIVERIES).toHaveLength(7));

test('what stops the person counts more than the mail', () => {
	expect(progressOf(invitation({ state: 'sent' }, 'inviter_may_not')).state).toBe('inviter_may_not');
	expect(progressOf(invitation({ state: 'opened' }, 'waits_for_sign_in')).state).toBe('waits_for_sign_in');
});
