/** Stores a table's query in the page's address, so that reload and “back” restore it. */

export type Filter = Record<string, string>;

/** The query of a table. */
export type TableQuery = {
	search: string;
	sort: string;
	order: 'asc' | 'desc';
	/** Starts at 1. */
	page: number;
	/** Start of a page beyond the numbered ones; empty: `page` is used. */
	cursor: string;
	filter: Filter;
};

/** Default values, which are omitted from the address. `sort`: the key, after a “-” when descending. */
export type Plain = { sort: string; filter: Filter };

/** @param search query of a `Location`: “?search=ada&page=2” */
export function readTable(search: string, plain: Plain): TableQuery {
	const address = new URLSearchParams(search);
	const sort = address.get('sort') ?? plain.sort;
	const filter = Object.entries(plain.filter).map(([key, value]) => [key, address.get(key) ?? value]);
	return {
		search: address.get('search') ?? '',
		sort: sort.replace(/^-/, ''),
		order: sort.startsWith('-') ? 'desc' : 'asc',
		page: Math.max(1, Math.trunc(Number(address.get('page'))) || 1),
		cursor: address.get('cursor') ?? '',
		filter: Object.fromEntries(filter) as Filter
	};
}

/** Returns the same address with this table's query; other parameters stay. */
export function writeTable(search: string, table: TableQuery, plain: Plain): string {
	const address = new URLSearchParams(search);
	const write = (key: string, value: string, left: string) =>
		value === left ? address.delete(key) : address.set(key, value);
	write('search', table.search, '');
	for (const [key, left] of Object.entries(plain.filter)) write(key, table.filter[key] ?? left, left);
	write('sort', (table.order === 'desc' ? '-' : '') + table.sort, plain.sort);
	write('page', String(table.page), '1');
	write('cursor', table.cursor, '');
	const text = address.toString();
	return text && `?${text}`;
}
