import { describe, expect, test } from 'vitest';
import type { Found } from '$lib/api/types';
import { Remote } from './remote.svelte';

const found = (name: string): Found[] => [{ kind: 'person', id: 1, name }];

/** A server whose answers the test gives, in any order. */
function server() {
	const asked: { query: string; answer: (found: Found[]) => void; refuse: (reason: Error) => void }[] = [];
	const find = (query: string) =>
		new Promise<Found[]>((answer, refuse) => void asked.push({ query, answer, refuse }));
	return { asked, find };
}
const settled = () => new Promise((done) => setTimeout(done));

describe('Remote', () => {
	test('one request at a time, then the newest text', async () => {
		const { asked, find } = server();
		const remote = new Remote(find);
		for (const text of ['a', 'ad', 'ada']) remote.ask(text);
		expect(asked.map(({ query }) => query)).toEqual(['a']);
		asked[0]?.answer(found('Alan'));
		await settled();
		expect(asked.map(({ query }) => query)).toEqual(['a', 'ada']);
		expect(remote.found).toEqual([]);
		asked[1]?.answer(found('Ada'));
		await settled();
		expect(remote.found).toEqual(found('Ada'));
		expect(remote.busy).toBe(false);
	});

	test('a late answer never replaces a newer one', async () => {
		const { asked, find } = server();
		const remote = new Remote(find);
		remote.ask('a');
		remote.ask('');
		asked[0]?.answer(found('Alan'));
		await settled();
		expect(remote.found).toEqual([]);
		remote.ask('a');
		expect(remote.found, 'known already').toEqual(found('Alan'));
		expect(asked).toHaveLength(1);
	});

	test('a failure is shown, and the next text is asked', async () => {
		const { asked, find } = server();
		const remote = new Remote(find);
		remote.ask('a');
		asked[0]?.refuse(new Error('Down'));
		await settled();
		expect(remote.error).toBe('Down');
		remote.ask('b');
		asked[1]?.answer(found('Bob'));
		await settled();
		expect([remote.error, remote.found]).toEqual([null, found('Bob')]);
	});

	test('a text that the server does not take is not sent', () => {
		const { asked, find } = server();
		new Remote(find).ask('ä'.repeat(150));
		new Remote(find).ask('   ');
		expect(asked).toEqual([]);
		new Remote(find).ask('constructor');
		expect(asked).toHaveLength(1);
	});
});
