import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Captured, capture } from './capture.svelte';

const request = (method: string, path: string, body?: unknown) =>
	new Request(`http://localhost:8080/api/v2${path}`, {
		method,
		...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
	});

describe('capture', () => {
	let now = 0;
	// Each test begins long after the actions of the one before.
	beforeEach(() => vi.spyOn(performance, 'now').mockImplementation(() => now));
	afterEach(() => {
		now += 60_000;
		capture.disarm();
		capture.close();
	});

	test('nothing is held back unless it is armed', async () => {
		await capture.take(request('DELETE', '/teams/4'));
		expect(capture.shown).toEqual([]);
	});

	test('the next change is shown and not sent, and no later one', async () => {
		capture.arm();
		await expect(capture.take(request('PATCH', '/teams/4', { name: 'Parsers' }))).rejects.toThrow(Captured);
		expect(capture.shown).toEqual([
			{
				method: 'PATCH',
				url: 'http://localhost:8080/api/v2/teams/4',
				body: '{"name":"Parsers"}',
				file: false
			}
		]);
		expect(capture.armed).toBe(false);
		now += 2000;
		await capture.take(request('DELETE', '/teams/4'));
	});

	test('an action of several changes is held back whole', async () => {
		capture.arm();
		const rows = [4, 5, 6].map((id) => capture.take(request('DELETE', `/teams/${id}`)));
		expect((await Promise.allSettled(rows)).every(({ status }) => status === 'rejected')).toBe(true);
		expect(capture.shown.map(({ url }) => url.split('/').at(-1))).toEqual(['4', '5', '6']);
	});

	test('a deletion has no body', async () => {
		capture.arm();
		await expect(capture.take(request('DELETE', '/teams/4'))).rejects.toThrow(Captured);
		expect(capture.shown[0]?.body).toBeNull();
	});

	test.each([
		['GET', '/teams/4'],
		['PUT', '/me/inbox'],
		['PATCH', '/me'],
		['DELETE', '/sessions/current'],
		['DELETE', '/leases/4']
	])('%s %s is sent, and it stays armed', async (method, path) => {
		capture.arm();
		await capture.take(request(method, path));
		expect(capture.armed).toBe(true);
		expect(capture.shown).toEqual([]);
	});

	test('instead: the same act, shown', async () => {
		let sent: Promise<void> = Promise.resolve();
		capture.instead(() => (sent = capture.take(request('POST', '/clock/reset'))));
		await expect(sent).rejects.toThrow(Captured);
		expect(capture.shown[0]?.method).toBe('POST');
	});
});
