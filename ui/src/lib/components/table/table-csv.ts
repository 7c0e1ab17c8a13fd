/**
 * A table as CSV, made from its own list, page by page. For lists without an export of their own. The same rules as the
 * server's exports: a byte order mark, no cell that begins a formula, semicolons where spreadsheets expect them.
 */
import type { ListQuery, Page } from '$lib/api/types';
import type { Column } from './columns';

export type Separator = 'comma' | 'semicolon';
type Cell = string | number | boolean | null | undefined;

/** The server's largest page. */
export const LARGEST_PAGE = 200;
/** More rows than a person reads in a spreadsheet; a longer list has an export of its own. */
const ROWS_AT_MOST = 10_000;

/** All rows that the query finds, at most `limit`. */
export async function allRows<Row>(
	load: (query: ListQuery) => Promise<Page<Row>>,
	query: ListQuery,
	limit = ROWS_AT_MOST
): Promise<Row[]> {
	const rows: Row[] = [];
	for (let page = 1; rows.length < limit; page++) {
		const { items, total } = await load({ ...query, page, page_size: LARGEST_PAGE });
		rows.push(...items);
		if (items.length < LARGEST_PAGE || rows.length >= total) break;
	}
	return rows.slice(0, limit);
}

export function csvOf<Row>(columns: Column<Row>[], rows: Row[], separator: Separator): string {
	const written = columns.filter(({ csv }) => csv);
	const head = written.map(({ label }) => label);
	const lines = [head, ...rows.map((row) => written.map(({ csv }) => csv?.(row)))];
	const between = separator === 'semicolon' ? ';' : ',';
	const line = (cells: Cell[]) => cells.map((cell) => quoted(text(cell, separator), between)).join(between);
	return '\u{feff}' + lines.map((cells) => line(cells) + '\r\n').join('');
}

function text(cell: Cell, separator: Separator): string {
	if (typeof cell !== 'number') return textOnly(String(cell ?? ''));
	return separator === 'semicolon' ? String(cell).replace('.', ',') : String(cell);
}

const quoted = (text: string, between: string) =>
	/["\r\n]/.test(text) || text.includes(between) ? `"${text.replaceAll('"', '""')}"` : text;

const FORMULA = /^\s*[=+\-@|%＝＋－＠]|^[\t\r\n]/;
const TELEPHONE = /^\+(?=(?:\D*\d){6})\d[\d ()/.-]*$/;

/** A leading apostrophe makes spreadsheets treat the cell as text; also where another locale splits the line. */
function textOnly(cell: string): string {
	if (TELEPHONE.test(cell)) return cell;
	if (FORMULA.test(cell)) return `'${cell}`;
	return cell
		.split(/(?<=[;,\t])/)
		.map((part, index) => (index > 0 && FORMULA.test(part) ? `'${part}` : part))
		.join('');
}
