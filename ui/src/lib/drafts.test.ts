import { beforeEach, expect, test } from 'vitest';

class Storage {
	#items = new Map<string, string>();
	get length() {
		return this.#items.size;
	}
	key = (index: number) => [...this.#items.keys()][index] ?? null;
	getItem = (key: string) => this.#items.get(key) ?? null;
	setItem = (key: string, value: string) => void this.#items.set(key, value);
	removeItem = (key: string) => void this.#items.delete(key);
}
const storage = new Storage();
Object.assign(globalThis, { sessionStorage: storage });
const { drafts } = await import('./drafts');

beforeEach(() => {
	drafts.forget();
	drafts.belongTo(1);
});

test('a draft survives the end of the session, for the same person', () => {
	drafts.keep('create-team:5', { name: 'Parsers' }, true);
	drafts.belongTo(null);
	expect(drafts.get('create-team:5')).toBeNull();
	drafts.belongTo(1);
	expect(drafts.get('create-team:5')).toEqual({ name: 'Parsers' });
	expect(drafts.wasOpen('create-team:5')).toBe(true);
	expect(drafts.get('create-team:6')).toBeNull();
});

test('another person neither sees nor keeps it', () => {
	drafts.keep('invite:2', 'ada@x.de', false);
	expect(drafts.wasOpen('invite:2')).toBe(false);
	drafts.belongTo(2);
	expect(drafts.get('invite:2')).toBeNull();
	drafts.belongTo(1);
	expect(drafts.get('invite:2')).toBeNull();
	expect(storage.length).toBe(0);
});

test('sign-out forgets all drafts and nothing else; without a person nothing is kept', () => {
	sessionStorage.setItem('testkeep.next-page', '/profile');
	drafts.keep('a', 1, true);
	drafts.keep('b', 2, true);
	drafts.forget();
	expect(storage.length).toBe(1);
	drafts.keep('c', 3, true);
	expect(storage.length).toBe(1);
	sessionStorage.removeItem('testkeep.next-page');
});

test('damaged text is no draft', () => {
	sessionStorage.setItem('testkeep.draft.a', '{');
	expect(drafts.get('a')).toBeNull();
});
