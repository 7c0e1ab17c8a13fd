import { beforeEach, expect, test, vi } from 'vitest';
import { ApiError } from '$lib/api/client';
import { toasts } from '$lib/components/toast.svelte';
import { Attempt } from './attempt.svelte';

const focused: string[] = [];
const refusal = new ApiError(422, 'invalid', 'Some answers are not right.', { name: 'Too long.' });
const refuse = () => Promise.reject(refusal);

beforeEach(() => {
	focused.length = 0;
	vi.stubGlobal('document', { getElementById: (id: string) => ({ focus: () => focused.push(id) }) });
});

test('work that succeeds is not busy afterwards, and forgets what was said before', async () => {
	const attempt = new Attempt();
	expect(await attempt.run(refuse)).toBe(false);
	let within = false;
	const work = () => Promise.resolve((within = attempt.busy));
	expect(await attempt.run(work)).toBe(true);
	expect([within, attempt.busy, attempt.error, attempt.fields]).toEqual([true, false, null, {}]);
});

test('a complaint about a field that is shown puts the focus there', async () => {
	const attempt = new Attempt();
	await attempt.run(refuse, ['description', 'name']);
	expect([attempt.fields, attempt.error, focused]).toEqual([{ name: 'Too long.' }, null, ['name']]);
});

test('a complaint about another field is said above the form', async () => {
	const attempt = new Attempt();
	await attempt.run(refuse, ['description']);
	expect([attempt.error, focused]).toEqual(['Too long.', []]);
});

test.each([
	[new Error('The server does not answer.'), 'The server does not answer.'],
	['no words' as unknown as Error, 'no words']
])('anything else that was thrown is said', async (reason, words) => {
	const attempt = new Attempt();
	await attempt.run(() => Promise.reject(reason));
	expect([attempt.error, attempt.busy]).toEqual([words, false]);
});

test('another attempt meanwhile is dropped, unless several may run', async () => {
	for (const [parallel, expected] of [
		[false, 1],
		[true, 2]
	] as const) {
		const attempt = new Attempt({ parallel });
		let started = 0;
		let finish = () => {};
		const ends = new Promise<void>((resolve) => (finish = resolve));
		const work = () => {
			started++;
			return ends;
		};
		const both = [attempt.run(work), attempt.run(work)];
		expect([started, attempt.busy]).toEqual([expected, true]);
		finish();
		expect(await Promise.all(both)).toEqual([true, parallel]);
		expect(attempt.busy).toBe(false);
	}
});

test('what is shown is asked for again after success and refusal', async () => {
	let asked = 0;
	const attempt = new Attempt({ after: () => asked++ });
	await attempt.run(() => Promise.resolve());
	await attempt.run(refuse);
	expect(asked).toBe(2);
});

test('a refusal that was dealt with elsewhere is not shown', async () => {
	const heard: unknown[] = [];
	const attempt = new Attempt({ refused: (reason) => heard.push(reason) > 0 });
	expect(await attempt.run(refuse, ['name'])).toBe(false);
	expect([heard, attempt.error, attempt.fields]).toEqual([[refusal], null, {}]);
});

test('tell says the outcome of success alone', async () => {
	vi.useFakeTimers();
	const attempt = new Attempt();
	await attempt.tell('Not this.', refuse);
	await attempt.tell('Done.', () => Promise.resolve());
	expect(toasts.shown.map(({ text }) => text)).toEqual(['Done.']);
	vi.useRealTimers();
});
