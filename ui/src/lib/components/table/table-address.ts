/** The part of the page's address that keeps what a table shows, so that reload and “back” find it again. */

export type Filter = Record<string, string>;

/** What a table is asked for. */
export type TableQuery = {
	search: string;
	sort: string;
	order: 'asc' | 'desc';
	/** From 1. */
	page: number;
	/** Where a page begins that no number reaches; empty: the number says it. */
	cursor: string;
	filter: Filter;
};

/** What is left out of the address. `sort`: the key, after a “-” when descending. */
export type Plain = { sort: string; filter: Filter };

/** @param search of a `Location`: “?search=ada&page=2” */
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

/** The same address with this table in it; whatever else it says stays. */
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
