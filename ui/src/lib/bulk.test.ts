import { beforeEach, describe, expect, test, vi } from 'vitest';
import { toasts } from '$lib/components/toast.svelte';
import { refusals, report } from './bulk';

const post = vi.hoisted(() => vi.fn());
vi.mock('$lib/api/client', async (original) => ({
	...(await original<object>()),
	client: { POST: post },
	body: (answer: Promise<unknown>) => answer
}));

type Row = { id: number; outcome: 'done' | 'refused'; message: string };
const row = (outcome: Row['outcome'], message: string): Row => ({ id: 1, outcome, message });
const texts = () => toasts.shown.map(({ text }) => text);

beforeEach(() => toasts.shown.forEach(({ id }) => toasts.close(id)));

describe('refusals', () => {
	test('are named once each, and only the first three', () => {
		expect(refusals({ results: [row('done', 'A.')] })).toBe('');
		expect(refusals({ results: [row('refused', 'A.'), row('refused', 'A.'), row('refused', 'B.')] })).toBe(
			'A. B.'
		);
		const many = ['A.', 'B.', 'C.', 'D.', 'E.'].map((text) => row('refused', text));
		expect(refusals({ results: many })).toBe('A. B. C. And 2 more.');
	});
});

describe('a report', () => {
	test('counts what was done, and throws what was refused', () => {
		const results = [row('done', 'x'), row('done', 'y'), row('refused', 'Not Ada.')];
		expect(() => report({ results, undo: null }, (done) => `${done} removed`)).toThrow('Not Ada.');
		expect(texts()).toEqual(['2 removed']);
		expect(toasts.last).toBeUndefined();
	});

	test('says nothing when nothing was done', () => {
		expect(() => report({ results: [row('refused', 'No.')], undo: null }, () => 'done')).toThrow('No.');
		expect(texts()).toEqual([]);
	});

	test('offers undo, which says what came back and loads again', async () => {
		post.mockResolvedValue({ results: [row('done', 'Ada is back.')] });
		const changed = vi.fn();
		report({ results: [row('done', 'x')], undo: { id: 7, until: '' } }, () => 'Removed.', changed);
		toasts.act(toasts.last?.id ?? -1);
		await vi.waitFor(() => expect(changed).toHaveBeenCalled());
		expect(post).toHaveBeenCalledWith('/api/v2/undo/{id}', { params: { path: { id: 7 } } });
		expect(texts()).toEqual(['Ada is back.']);
	});
});
