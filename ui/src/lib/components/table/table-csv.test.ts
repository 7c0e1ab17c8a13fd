import { createRawSnippet } from 'svelte';
import { describe, expect, test } from 'vitest';
import type { ListQuery } from '$lib/api/types';
import { allRows, csvOf, LARGEST_PAGE } from './table-csv';

type Row = { name: string; hours: number };
const cell = createRawSnippet(() => ({ render: () => '<i></i>' }));
const columns = [
	{ key: 'name', label: 'Name', csv: (row: Row) => row.name, cell },
	{ key: 'picture', label: 'Picture', cell },
	{ key: 'hours', label: 'Hours', csv: (row: Row) => row.hours, cell }
];
const csv = (name: string, separator: 'comma' | 'semicolon' = 'comma') =>
	csvOf(columns, [{ name, hours: 1.5 }], separator);

describe('CSV', () => {
	test('has a byte order mark, a head and only columns with a text', () => {
		expect(csv('Ada')).toBe('\u{feff}Name,Hours\r\nAda,1.5\r\n');
	});

	test('is written as European spreadsheets expect it', () => {
		expect(csv('Lovelace; Ada', 'semicolon')).toBe('\u{feff}Name;Hours\r\n"Lovelace; Ada";1,5\r\n');
	});

	test.each(['=1+1', '+1', '-1', '@SUM(A1)', '  =1', '|cmd', '＝1'])('%s is no formula', (name) => {
		expect(csv(name)).toContain(`'${name}`);
	});

	test('is no formula either where another locale splits, and telephone numbers stay', () => {
		expect(csv('Ada;=1')).toContain("Ada;'=1");
		expect(csv('+49 30 123456')).toContain('\r\n+49 30 123456,');
		expect(csv('Say "hi"')).toContain('"Say ""hi"""');
	});
});

describe('all rows', () => {
	const list = (total: number) => {
		const asked: ListQuery[] = [];
		const load = (query: ListQuery) => {
			asked.push(query);
			const first = ((query.page ?? 1) - 1) * LARGEST_PAGE;
			const items = Array.from(
				{ length: Math.max(0, Math.min(LARGEST_PAGE, total - first)) },
				(_, at) => first + at
			);
			return Promise.resolve({ items, total });
		};
		return { asked, load };
	};

	test.each([0, 1, LARGEST_PAGE, LARGEST_PAGE + 1, 3 * LARGEST_PAGE])(
		'of %s are each read once',
		async (total) => {
			const { load, asked } = list(total);
			const rows = await allRows(load, { search: 'x' });
			expect(rows).toEqual(Array.from({ length: total }, (_, at) => at));
			expect(asked.length).toBe(Math.max(1, Math.ceil(total / LARGEST_PAGE)));
			expect(asked.every(({ search }) => search === 'x')).toBe(true);
		}
	);

	test('are bounded', async () => {
		expect((await allRows(list(10_000).load, {}, 250)).length).toBe(250);
	});
});
