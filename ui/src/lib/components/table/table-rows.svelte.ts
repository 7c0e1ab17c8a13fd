/**
 * The query of a table and its rows. The query is stored here and in the address, so that reload and “back” restore it.
 * The rows of the last answer stay until the next one arrives; an answer to an outdated query is dropped.
 */
import { replaceState } from '$app/navigation';
import { page as current } from '$app/state';
import { untrack } from 'svelte';
import type { ListQuery, Page } from '$lib/api/types';
import { messageOf } from '$lib/message-of';
import { readTable, writeTable, type Filter, type Plain } from './table-address';

export const PAGE_SIZE = 50;
type Load<Row> = (query: ListQuery) => Promise<Page<Row>>;

export class TableRows<Row> {
	items = $state.raw<Row[]>([]);
	total = $state(0);
	totalIsExact = $state(true);
	loading = $state(true);
	/** An answer was shown already, even an empty one. */
	loaded = $state(false);
	error = $state<string | null>(null);

	search = $state('');
	sort = $state('');
	order = $state<'asc' | 'desc'>('asc');
	page = $state(1);
	/** Start of a page beyond the numbered ones; empty: `page` is used. */
	cursor = $state('');
	#next = $state<string | null>(null);
	#previous = $state<string | null>(null);
	#again = $state(0);
	#asked = 0;
	#followed = '';
	readonly #plain: Plain;

	/** @param filter the chosen values, owned by the page; the initial values filter nothing. */
	constructor(
		readonly filter: Filter,
		sortAtFirst: string
	) {
		this.#plain = { sort: sortAtFirst, filter: { ...filter } };
		this.read();
	}

	get pages(): number {
		return Math.max(1, Math.ceil(this.total / PAGE_SIZE));
	}

	get hasNext(): boolean {
		return this.page < this.pages || (!this.totalIsExact && this.#next !== null);
	}

	/** The list is empty without any search or filter. */
	get vacant(): boolean {
		return this.loaded && !this.total && !this.narrowed && !this.error;
	}

	get narrowed(): boolean {
		return (
			this.search !== '' ||
			Object.entries(this.#plain.filter).some(([key, plain]) => this.filter[key] !== plain)
		);
	}

	/** The query without the page, as for an export. */
	get query(): ListQuery {
		const chosen = Object.entries(this.filter).filter(([, value]) => value !== '');
		const query: ListQuery = Object.fromEntries(chosen);
		if (this.search) query.search = this.search;
		if (this.sort) Object.assign(query, { sort: this.sort, order: this.order });
		return query;
	}

	/** Must run inside an effect: it runs again when the query or a state that `load` reads changes. */
	fetch(load: Load<Row>): void {
		void this.#again;
		const place = this.cursor ? { cursor: this.cursor } : { page: this.page };
		const answer = load({ ...this.query, ...place, page_size: PAGE_SIZE });
		untrack(() => void this.#receive(answer));
	}

	async #receive(answer: Promise<Page<Row>>): Promise<void> {
		const asked = ++this.#asked;
		this.loading = true;
		try {
			const { items, total, total_is_exact, next_cursor, previous_cursor } = await answer;
			if (asked !== this.#asked) return;
			this.items = items;
			this.total = total;
			this.totalIsExact = total_is_exact ?? true;
			this.#next = next_cursor ?? null;
			this.#previous = previous_cursor ?? null;
			this.error = null;
			this.loaded = true;
			// The last row of the last page may have been removed.
			if (!items.length && total) this.turnTo(this.pages);
		} catch (reason) {
			if (asked !== this.#asked) return;
			this.error = messageOf(reason);
		}
		this.loading = false;
	}

	reload(): void {
		this.#again++;
	}

	searchFor(text: string): void {
		if (text === this.search) return;
		this.search = text;
		this.turnTo(1);
	}

	/** Must run inside an effect: the page's controls write to the filter directly. */
	followFilter(): void {
		const chosen = JSON.stringify(this.filter);
		if (chosen === this.#followed) return;
		this.#followed = chosen;
		untrack(() => this.turnTo(1));
	}

	clear(): void {
		Object.assign(this.filter, this.#plain.filter);
		this.search = '';
		this.turnTo(1);
	}

	/** Ascending, descending, ascending. */
	sortBy(key: string): void {
		this.order = this.sort === key && this.order === 'asc' ? 'desc' : 'asc';
		this.sort = key;
		this.turnTo(1);
	}

	sortAs(key: string, order: 'asc' | 'desc'): void {
		Object.assign(this, { sort: key, order });
		this.turnTo(1);
	}

	/** The query as a part of the address, from page 1. */
	get address(): string {
		const { search, sort, order, filter } = this;
		return writeTable('', { search, sort, order, filter, page: 1, cursor: '' }, this.#plain);
	}

	/** Applies a query that `address` returned. */
	restore(address: string): void {
		this.#take(address);
		this.#write();
	}

	turnTo(page: number): void {
		this.page = Math.min(Math.max(1, page), this.pages);
		this.cursor = '';
		this.#write();
	}

	/** By number within the counted rows, by cursor beyond. */
	turnToNext(): void {
		if (this.page < this.pages) this.turnTo(this.page + 1);
		else if (this.hasNext) this.#turnToCursor(this.#next, this.page + 1);
	}

	turnToPrevious(): void {
		if (this.page - 1 <= this.pages) this.turnTo(this.page - 1);
		else this.#turnToCursor(this.#previous, this.page - 1);
	}

	#turnToCursor(cursor: string | null, page: number): void {
		if (cursor === null) return this.turnTo(this.pages);
		this.cursor = cursor;
		this.page = page;
		this.#write();
	}

	/** Uses `location`, not `page.url`: the router does not see changes made with `replaceState`. */
	read(): void {
		this.#take(location.search);
	}

	#take(address: string): void {
		const { filter, ...rest } = readTable(address, this.#plain);
		Object.assign(this, rest);
		Object.assign(this.filter, filter);
		this.#followed = JSON.stringify(this.filter);
	}

	#write(): void {
		const { search, sort, order, page, cursor, filter } = this;
		const table = { search, sort, order, page, cursor, filter };
		const query = writeTable(location.search, table, this.#plain);
		replaceState(location.pathname + query, current.state);
	}
}
