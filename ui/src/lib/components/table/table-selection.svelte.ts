/** The rows selected for an action on all of them; they stay selected when a person changes the page. */
import { SvelteMap } from 'svelte/reactivity';

export class TableSelection<Row> {
	readonly #chosen = new SvelteMap<string | number, Row>();
	/** The row that was selected or unselected last: the other end of a range. */
	#anchor: string | number | null = null;

	constructor(readonly keyOf: (row: Row) => string | number) {}

	get rows(): Row[] {
		return [...this.#chosen.values()];
	}

	get size(): number {
		return this.#chosen.size;
	}

	has(row: Row): boolean {
		return this.#chosen.has(this.keyOf(row));
	}

	toggle(row: Row, chosen = !this.has(row)): void {
		this.#anchor = this.keyOf(row);
		if (chosen) this.#chosen.set(this.keyOf(row), row);
		else this.#chosen.delete(this.keyOf(row));
	}

	/** Selects the rows from the last touched one to `index`; without one on this page, only that row. */
	extend(items: Row[], index: number): void {
		const anchor = items.findIndex((row) => this.keyOf(row) === this.#anchor);
		const [first, last] = anchor < 0 ? [index, index] : [Math.min(anchor, index), Math.max(anchor, index)];
		const kept = this.#anchor;
		items.slice(first, last + 1).forEach((row) => this.toggle(row, true));
		if (anchor >= 0) this.#anchor = kept;
	}

	add(rows: Row[]): void {
		rows.forEach((row) => this.#chosen.set(this.keyOf(row), row));
	}

	clear(): void {
		this.#anchor = null;
		this.#chosen.clear();
	}
}
