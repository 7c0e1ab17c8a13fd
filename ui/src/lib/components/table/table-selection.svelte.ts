/** The rows selected for an action on all of them; they stay selected when a person changes the page. */
import { SvelteMap } from 'svelte/reactivity';

export class TableSelection<Row> {
	readonly #chosen = new SvelteMap<string | number, Row>();

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
		if (chosen) this.#chosen.set(this.keyOf(row), row);
		else this.#chosen.delete(this.keyOf(row));
	}

	clear(): void {
		this.#chosen.clear();
	}
}
