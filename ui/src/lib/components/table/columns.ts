import type { Snippet } from 'svelte';

export type Column<Row> = {
	/** Also its name in `sort`. */
	key: string;
	label: string;
	sortable?: boolean;
	align?: 'left' | 'right';
	/** A CSS length; columns without one share the remaining width. */
	width?: string;
	/** Hidden where the table has little space. */
	wideOnly?: boolean;
	cell: Snippet<[Row]>;
};
