/** The layout and the saved views of one table, kept in this browser under the table's id; without an id, only here. */
import type { Column } from './columns';
import { NO_LAYOUT, readLayout, readViews, resized, withView, type Layout, type View } from './table-layout';

export class TableView<Row> {
	layout = $state.raw<Layout>(NO_LAYOUT);
	views = $state.raw<View[]>([]);
	readonly #key: string | null;

	constructor(id: string | undefined) {
		this.#key = id ? `testkeep.table.${id}` : null;
		if (!this.#key) return;
		this.layout = readLayout(localStorage.getItem(this.#key));
		this.views = readViews(localStorage.getItem(`${this.#key}.views`));
	}

	get changed(): boolean {
		const { shown, widths } = this.layout;
		return Object.keys(shown).length + Object.keys(widths).length > 0;
	}

	shows({ key, hiddenAtFirst = false }: Column<Row>): boolean {
		return this.layout.shown[key] ?? !hiddenAtFirst;
	}

	/** The first column names the row, so it cannot be hidden. */
	columns(all: Column<Row>[]): Column<Row>[] {
		return all
			.filter((column, index) => index === 0 || this.shows(column))
			.map((column) => ({ ...column, width: this.width(column) }));
	}

	width({ key, width }: Column<Row>): string | undefined {
		const chosen = this.layout.widths[key];
		return chosen === undefined ? width : `${chosen}%`;
	}

	show(key: string, shown: boolean): void {
		this.#set({ ...this.layout, shown: { ...this.layout.shown, [key]: shown } });
	}

	/** @param left, right keys of two neighbors with their widths in per cent of the table */
	resize(left: [string, number], right: [string, number], by: number): void {
		this.#set(resized(this.layout, left, right, by));
	}

	reset(): void {
		this.#set(NO_LAYOUT);
	}

	save(name: string, query: string): void {
		this.#keep(withView(this.views, { name, query, layout: this.layout }));
	}

	/** Shows the view's columns; its query is the caller's part. */
	use(view: View): void {
		this.#set(view.layout);
	}

	/** Returns a function that brings the view back. */
	forget(view: View): () => void {
		const before = this.views;
		this.#keep(before.filter(({ name }) => name !== view.name));
		return () => this.#keep(before);
	}

	#set(layout: Layout): void {
		this.layout = layout;
		this.#write('', layout);
	}

	#keep(views: View[]): void {
		this.views = views;
		this.#write('.views', views);
	}

	#write(suffix: string, value: unknown): void {
		if (this.#key) localStorage.setItem(this.#key + suffix, JSON.stringify(value));
	}
}
