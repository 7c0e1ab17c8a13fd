import { beforeEach, describe, expect, test, vi } from 'vitest';
import { House } from '$lib/icons';
import type { Entry } from './entry';
import { recent } from './recent';

const entry = (id: string): Entry => ({ id, kind: 'page', title: `Page ${id}`, icon: House, href: `/${id}` });
const ids = (user = 1) => recent.of(user).map(({ id }) => id);

describe('recent', () => {
	beforeEach(() => {
		const stored = new Map<string, string>();
		vi.stubGlobal('localStorage', {
			getItem: (key: string) => stored.get(key) ?? null,
			setItem: (key: string, value: string) => stored.set(key, value),
			removeItem: (key: string) => stored.delete(key)
		});
	});

	test('the newest is first, each once, and only the last eight', () => {
		for (const id of ['a', 'b', 'c', 'a']) recent.remember(1, entry(id));
		expect(ids()).toEqual(['a', 'c', 'b']);
		for (const id of '123456789') recent.remember(1, entry(id));
		expect(ids()).toEqual([...'98765432']);
	});

	test('another person does not see it, and forgetting removes it', () => {
		recent.remember(1, entry('a'));
		expect(ids(2)).toEqual([]);
		recent.remember(2, entry('b'));
		expect(ids(1)).toEqual([]);
		recent.forget();
		expect(ids(2)).toEqual([]);
	});

	test('anything stored by somebody else is no reason to fail', () => {
		for (const text of ['', 'x', 'null', '[]', '{"user":1}', '{"user":1,"entries":[null,3,{"id":1}]}']) {
			localStorage.setItem('testkeep.recent', text);
			expect(ids(), text).toEqual([]);
		}
	});
});
