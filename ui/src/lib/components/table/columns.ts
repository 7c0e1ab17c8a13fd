import type { Snippet } from 'svelte';

export type Column<Row> = {
	/** Also its name in `sort`. */
	key: string;
	label: string;
	sortable?: boolean;
	align?: 'left' | 'right';
	/** A CSS length; columns without one share the remaining width. A person may change it. */
	width?: string;
	/** Hidden where the table has little space. */
	wideOnly?: boolean;
	/** Hidden until a person chooses it. The first column, which names the row, is always shown. */
	hiddenAtFirst?: boolean;
	/** The cell's text in a CSV file that the browser makes; without it, the column is not in the file. */
	csv?: (row: Row) => string | number | boolean | null | undefined;
	cell: Snippet<[Row]>;
};
