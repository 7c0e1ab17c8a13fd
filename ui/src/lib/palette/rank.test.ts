import { describe, expect, test } from 'vitest';
import { House } from '$lib/icons';
import type { Entry, EntryKind } from './entry';
import { GROUP_MAX, ranked } from './rank';

const entry = (kind: EntryKind, title: string, more: Partial<Entry> = {}): Entry => ({
	...{ id: `${kind} ${title}`, kind, title, icon: House },
	...more
});
const none = new Set<string>();
const titles = (query: string, local: Entry[], chosen: Entry[] = [], recent = none) =>
	ranked(query, local, chosen, recent).map(({ kind, entries }) => [
		kind,
		...entries.map(({ title }) => title)
	]);

describe('ranked', () => {
	const local = [
		entry('page', 'Users', { detail: 'Acme' }),
		entry('page', 'Users', { id: 'other', detail: 'Umbrella' }),
		entry('action', 'Switch theme', { words: 'dark mode light' }),
		entry('page', 'Projects', { detail: 'Acme' })
	];

	test('the best match is first whatever its group', () => {
		const people = [entry('person', 'Usha Rao'), entry('person', 'Mary User')];
		expect(titles('users', local, people)).toEqual([
			['page', 'Users', 'Users'],
			['person', 'Mary User', 'Usha Rao']
		]);
		expect(titles('usha', local, people)[0]).toEqual(['person', 'Usha Rao', 'Mary User']);
	});

	test('what only resembles the query is left out beside what contains it', () => {
		const both = [entry('page', 'Users'), entry('page', 'Usors guide')];
		expect(titles('users', both)).toEqual([['page', 'Users']]);
		expect(titles('usxrs', both)).toEqual([['page', 'Users', 'Usors guide']]);
	});

	test('a place and other words help', () => {
		expect(ranked('users umb', local, [], none)[0]?.entries[0]?.id).toBe('other');
		expect(titles('dark', local)).toEqual([['action', 'Switch theme']]);
	});

	test('what was opened lately wins among equals only', () => {
		const lately = new Set(['other']);
		expect(ranked('users', local, [], lately)[0]?.entries[0]?.id).toBe('other');
		const both = [entry('team', 'Users of old'), entry('team', 'Users', { id: 'exact' })];
		expect(ranked('users', both, [], new Set(['team Users of old']))[0]?.entries[0]?.id).toBe('exact');
	});

	test('what the server found stays, each once and only so many', () => {
		const many = Array.from({ length: 20 }, (_, index) => entry('machine', `host ${index}`));
		expect(ranked('host', [], [...many, ...many], none)[0]?.entries).toHaveLength(GROUP_MAX);
		expect(titles('µ', [], [entry('person', 'Nobody')])).toEqual([['person', 'Nobody']]);
	});

	test('an empty query finds nothing', () => expect(titles('  ', local)).toEqual([]));
});
