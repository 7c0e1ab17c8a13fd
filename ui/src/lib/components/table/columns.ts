import type { Snippet } from 'svelte';

export type Column<Row> = {
	/** Its name in `sort`, too. */
	key: string;
	label: string;
	sortable?: boolean;
	align?: 'left' | 'right';
	/** A CSS length; columns without one share what is left. */
	width?: string;
	/** Left out where the table has little room. */
	wideOnly?: boolean;
	cell: Snippet<[Row]>;
};
