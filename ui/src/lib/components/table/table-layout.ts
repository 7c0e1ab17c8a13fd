/**
 * What a person chose for a table in this browser: the columns, their widths, and named views. Pure; `table-view.svelte.ts`
 * stores it. Stored text may come from another version, so whatever does not fit is dropped.
 */

export type Layout = {
	/** Column key → shown or hidden; a missing key: as the table was made. */
	shown: Record<string, boolean>;
	/** Column key → per cent of the table's width. */
	widths: Record<string, number>;
};

/** `query`: the table's part of the address, for example “?search=ada&sort=-email”. */
export type View = { name: string; query: string; layout: Layout };

export const NO_LAYOUT: Layout = { shown: {}, widths: {} };
/** No column becomes narrower. */
export const NARROWEST_PERCENT = 5;
const VIEWS_AT_MOST = 20;

export function readLayout(text: string | null): Layout {
	return layoutOf(parsed(text));
}

export function readViews(text: string | null): View[] {
	const views = parsed(text);
	if (!Array.isArray(views)) return [];
	return views
		.filter(
			(view: unknown) => isObject(view) && typeof view.name === 'string' && typeof view.query === 'string'
		)
		.map(({ name, query, layout }: View) => ({ name, query, layout: layoutOf(layout) }));
}

/** Returns the views with this one, which replaces one of the same name; the oldest ones go first. */
export function withView(views: View[], view: View): View[] {
	return [...views.filter(({ name }) => name !== view.name), view].slice(-VIEWS_AT_MOST);
}

/** Moves the border between two neighbors: what one gains, the other loses. */
export function resized(layout: Layout, left: [string, number], right: [string, number], by: number): Layout {
	const [least, most] = [NARROWEST_PERCENT - left[1], right[1] - NARROWEST_PERCENT];
	const moved = Math.min(Math.max(by, least), most);
	const round = (percent: number) => Math.round(percent * 100) / 100;
	const widths = { [left[0]]: round(left[1] + moved), [right[0]]: round(right[1] - moved) };
	return { ...layout, widths: { ...layout.widths, ...widths } };
}

function parsed(text: string | null): unknown {
	try {
		return JSON.parse(text ?? 'null');
	} catch {
		return null;
	}
}

const isObject = (value: unknown): value is Record<string, unknown> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

function layoutOf(value: unknown): Layout {
	const { shown, widths } = isObject(value) ? value : {};
	return { shown: only(shown, 'boolean'), widths: only(widths, 'number') };
}

function only<Value>(value: unknown, type: 'boolean' | 'number'): Record<string, Value> {
	if (!isObject(value)) return {};
	return Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one === type)) as Record<
		string,
		Value
	>;
}
