/**
 * What a table asks for and what it got. The query lives here and in the address, so that reload and “back” keep it.
 * Rows of the last answer stay until the next one is there; an answer that was overtaken is dropped.
 */
import { replaceState } from '$app/navigation';
import { page as current } from '$app/state';
import { untrack } from 'svelte';
import type { ListQuery, Page } from '$lib/api/types';

export const PAGE_SIZE = 50;
export type Filter = Record<string, string>;
type Load<Row> = (query: ListQuery) => Promise<Page<Row>>;

export class TableRows<Row> {
	items = $state.raw<Row[]>([]);
	total = $state(0);
	loading = $state(true);
	/** Something was shown already, if only that there is nothing. */
	loaded = $state(false);
	error = $state<string | null>(null);

	search = $state('');
	sort = $state('');
	order = $state<'asc' | 'desc'>('asc');
	page = $state(1);
	#again = $state(0);
	#asked = 0;
	#followed = '';
	readonly #plain: Filter;

	/** @param filter what is chosen, owned by the page; its values at first are the ones that filter nothing. */
	constructor(
		readonly filter: Filter,
		readonly sortAtFirst: string
	) {
		this.#plain = { ...filter };
		this.read();
	}

	get pages(): number {
		return Math.max(1, Math.ceil(this.total / PAGE_SIZE));
	}

	/** There is nothing at all, whatever one searches for. */
	get vacant(): boolean {
		return this.loaded && !this.total && !this.narrowed && !this.error;
	}

	get narrowed(): boolean {
		return (
			this.search !== '' || Object.keys(this.#plain).some((key) => this.filter[key] !== this.#plain[key])
		);
	}

	/** Everything but the page: what an export takes. */
	get query(): ListQuery {
		const chosen = Object.entries(this.filter).filter(([, value]) => value !== '');
		const query: ListQuery = Object.fromEntries(chosen);
		if (this.search) query.search = this.search;
		if (this.sort) Object.assign(query, { sort: this.sort, order: this.order });
		return query;
	}

	/** Runs inside an effect: whatever the query and `load` read makes it run again. */
	fetch(load: Load<Row>): void {
		void this.#again;
		const answer = load({ ...this.query, page: this.page, page_size: PAGE_SIZE });
		untrack(() => void this.#take(answer));
	}

	async #take(answer: Promise<Page<Row>>): Promise<void> {
		const asked = ++this.#asked;
		this.loading = true;
		try {
			const { items, total } = await answer;
			if (asked !== this.#asked) return;
			this.items = items;
			this.total = total;
			this.error = null;
			this.loaded = true;
			// The last row of the last page may be gone.
			if (!items.length && total) this.turnTo(this.pages);
		} catch (reason) {
			if (asked !== this.#asked) return;
			this.error = reason instanceof Error ? reason.message : String(reason);
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

	/** Runs inside an effect: the page's controls write to the filter directly. */
	followFilter(): void {
		const chosen = JSON.stringify(this.filter);
		if (chosen === this.#followed) return;
		this.#followed = chosen;
		untrack(() => this.turnTo(1));
	}

	clear(): void {
		Object.assign(this.filter, this.#plain);
		this.search = '';
		this.turnTo(1);
	}

	/** Ascending, descending, ascending. */
	sortBy(key: string): void {
		this.order = this.sort === key && this.order === 'asc' ? 'desc' : 'asc';
		this.sort = key;
		this.turnTo(1);
	}

	turnTo(page: number): void {
		this.page = Math.min(Math.max(1, page), this.pages);
		this.#write();
	}

	/** `location`, not `page.url`: the router does not hear of what `replaceState` wrote. */
	read(): void {
		const address = new URLSearchParams(location.search);
		const sort = address.get('sort') ?? this.sortAtFirst;
		this.search = address.get('search') ?? '';
		this.order = sort.startsWith('-') ? 'desc' : 'asc';
		this.sort = sort.replace(/^-/, '');
		this.page = Math.max(1, Math.trunc(Number(address.get('page'))) || 1);
		for (const key of Object.keys(this.#plain)) this.filter[key] = address.get(key) ?? this.#plain[key]!;
		this.#followed = JSON.stringify(this.filter);
	}

	#write(): void {
		const sort = (this.order === 'desc' ? '-' : '') + this.sort;
		const written = new URLSearchParams(location.search);
		for (const key of ['search', 'sort', 'page', ...Object.keys(this.#plain)]) written.delete(key);
		if (this.search) written.set('search', this.search);
		for (const [key, plain] of Object.entries(this.#plain))
			if (this.filter[key] !== plain) written.set(key, this.filter[key]!);
		if (sort !== this.sortAtFirst) written.set('sort', sort);
		if (this.page > 1) written.set('page', String(this.page));
		const text = written.toString();
		replaceState(location.pathname + (text && `?${text}`), current.state);
	}
}
