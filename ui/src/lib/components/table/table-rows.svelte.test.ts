import { beforeEach, describe, expect, test, vi } from 'vitest';
import { flushSync } from 'svelte';
import type { ListQuery, Page } from '$lib/api/types';
import { PAGE_SIZE, TableRows } from './table-rows.svelte';

const address = { pathname: '/people', search: '' };
vi.mock('$app/state', () => ({ page: { state: {} } }));
vi.mock('$app/navigation', () => ({
	replaceState: (url: string) => {
		address.search = new URL(url, 'http://localhost').search;
	}
}));

type Row = { id: number };
type Answer = (page: Page<Row>) => void;

beforeEach(() => {
	address.search = '';
	vi.stubGlobal('location', address);
});

const pageOf = (count: number, total: number): Page<Row> => ({
	items: Array.from({ length: count }, (_, id) => ({ id })),
	total
});

/** Waits until settled promises were handled. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A table whose requests wait until the test answers them. */
function table(filter: Record<string, string> = {}, sort = 'name') {
	const rows = new TableRows<Row>(filter, sort);
	const asked: { query: ListQuery; answer: Answer; fail: (reason: unknown) => void }[] = [];
	const fetch = () =>
		rows.fetch(
			(query) => new Promise((resolve, reject) => asked.push({ query, answer: resolve, fail: reject }))
		);
	const take = async (page: Page<Row>) => {
		fetch();
		asked.at(-1)?.answer(page);
		await settled();
	};
	return { rows, asked, fetch, take };
}

describe('what is asked for', () => {
	test('comes from the address', () => {
		address.search = '?search=ada&sort=-email&page=4&role=owner';
		const { asked, fetch } = table({ role: '' });
		fetch();
		expect(asked[0]?.query).toEqual({
			role: 'owner',
			search: 'ada',
			sort: 'email',
			order: 'desc',
			page: 4,
			page_size: PAGE_SIZE
		});
	});

	test('leaves out an empty search and empty filters', () => {
		const { rows } = table({ role: '' }, '-joined_at');
		expect(rows.query).toEqual({ sort: 'joined_at', order: 'desc' });
	});

	test('an effect asks again after reload, search and sort', () => {
		const { rows, asked, fetch } = table();
		const stop = $effect.root(() => {
			$effect(fetch);
		});
		flushSync();
		for (const change of [() => rows.reload(), () => rows.searchFor('x'), () => rows.sortBy('email')]) {
			const before = asked.length;
			change();
			flushSync();
			expect(asked.length).toBe(before + 1);
		}
		stop();
	});
});

describe('answers', () => {
	test('the rows of the last one stay until the next is there', async () => {
		const { rows, asked, fetch, take } = table();
		await take(pageOf(2, 2));
		expect([rows.items.length, rows.total, rows.loading, rows.loaded]).toEqual([2, 2, false, true]);
		fetch();
		expect([rows.items.length, rows.loading]).toEqual([2, true]);
		asked[1]?.answer(pageOf(1, 1));
		await settled();
		expect([rows.items.length, rows.loading]).toEqual([1, false]);
	});

	test('one that was overtaken is dropped, also when it failed', async () => {
		const { rows, asked, fetch } = table();
		for (let count = 0; count < 3; count++) fetch();
		asked[2]?.answer(pageOf(3, 3));
		await settled();
		asked[0]?.answer(pageOf(1, 1));
		asked[1]?.fail(new Error('too late'));
		await settled();
		expect([rows.items.length, rows.error, rows.loading]).toEqual([3, null, false]);
	});

	test('a failure is told and keeps the rows; the next success forgets it', async () => {
		const { rows, asked, fetch, take } = table();
		await take(pageOf(2, 2));
		fetch();
		asked[1]?.fail(new Error('The database is not there.'));
		await settled();
		expect([rows.error, rows.items.length, rows.loading]).toEqual(['The database is not there.', 2, false]);
		await take(pageOf(2, 2));
		expect(rows.error).toBeNull();
	});

	test('an empty page behind the last row goes back to the last page', async () => {
		address.search = '?page=9';
		const { rows, take } = table();
		await take(pageOf(0, 2 * PAGE_SIZE + 1));
		expect([rows.page, address.search]).toEqual([3, '?page=3']);
	});

	test('is vacant only when nothing narrows it', async () => {
		const { rows, take } = table({ role: '' });
		expect(rows.vacant).toBe(false);
		await take(pageOf(0, 0));
		expect(rows.vacant).toBe(true);
		rows.filter.role = 'owner';
		expect([rows.narrowed, rows.vacant]).toEqual([true, false]);
	});
});

describe('choices', () => {
	test('pages are clamped to those that there are', async () => {
		const { rows, take } = table();
		await take(pageOf(PAGE_SIZE, 2 * PAGE_SIZE));
		expect(rows.pages).toBe(2);
		rows.turnTo(5);
		expect(rows.page).toBe(2);
		rows.turnTo(0);
		expect(rows.page).toBe(1);
	});

	test('a search, another order and clearing begin at page 1', async () => {
		const { rows, take } = table({ role: '' });
		await take(pageOf(PAGE_SIZE, 9 * PAGE_SIZE));
		const atFive = (change: () => void) => {
			rows.turnTo(5);
			expect(rows.page).toBe(5);
			change();
			return rows.page;
		};
		expect(atFive(() => rows.searchFor('ada'))).toBe(1);
		expect(atFive(() => rows.searchFor('ada'))).toBe(5);
		expect(atFive(() => rows.sortBy('email'))).toBe(1);
		expect(atFive(() => rows.clear())).toBe(1);
		expect([rows.search, address.search]).toEqual(['', '?sort=email']);
	});

	test('sorting by the same key turns the order round', () => {
		const { rows } = table();
		const sort = (key: string) => {
			rows.sortBy(key);
			return [rows.sort, rows.order, address.search];
		};
		expect(sort('name')).toEqual(['name', 'desc', '?sort=-name']);
		expect(sort('name')).toEqual(['name', 'asc', '']);
		expect(sort('email')).toEqual(['email', 'asc', '?sort=email']);
		expect(sort('email')).toEqual(['email', 'desc', '?sort=-email']);
	});

	test('a changed filter begins at page 1, an unchanged one does not', async () => {
		const { rows, take } = table({ role: '' });
		await take(pageOf(PAGE_SIZE, 9 * PAGE_SIZE));
		rows.turnTo(5);
		rows.followFilter();
		expect(rows.page).toBe(5);
		rows.filter.role = 'owner';
		rows.followFilter();
		expect([rows.page, address.search]).toEqual([1, '?role=owner']);
	});
});

describe('a list that is longer than what is counted', () => {
	const PAGES = 200;
	const long = (next: string | null, previous: string | null): Page<Row> => ({
		...pageOf(PAGE_SIZE, PAGES * PAGE_SIZE),
		total_is_exact: false,
		next_cursor: next,
		previous_cursor: previous
	});

	test('goes on by cursors where numbers end, and back', async () => {
		address.search = `?page=${PAGES}`;
		const { rows, asked, fetch, take } = table();
		await take(long('after', 'before'));
		expect(rows.hasNext).toBe(true);
		rows.turnToNext();
		expect(address.search).toBe(`?page=${PAGES + 1}&cursor=after`);
		fetch();
		expect(asked.at(-1)?.query).toMatchObject({ cursor: 'after' });
		expect(asked.at(-1)?.query).not.toHaveProperty('page');
		await take(long('later', 'earlier'));
		rows.turnToNext();
		expect(rows.cursor).toBe('later');
		await take(long(null, 'back'));
		expect(rows.hasNext).toBe(false);
		rows.turnToPrevious();
		expect(rows.cursor).toBe('back');
		rows.turnToPrevious();
		expect(address.search).toBe(`?page=${PAGES}`);
	});

	test('another search begins at the first page', async () => {
		address.search = '?page=205&cursor=there';
		const { rows, take } = table();
		await take(long('next', 'previous'));
		rows.searchFor('ada');
		expect(address.search).toBe('?search=ada');
	});
});
