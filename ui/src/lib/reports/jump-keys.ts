/**
 * `j` and `k` move to the next and the previous link or row that a person reads one after the other: what failed, then the
 * rows of the table. Enter opens it.
 */
const STOPS = '[data-jump], tr[data-row]';
const TYPING = 'input, textarea, select, [contenteditable], [role=dialog], [role=alertdialog], [role=menu]';

/** `true`: the key was pressed for the page, not in a field or dialog. */
export function isForPage(event: KeyboardEvent): boolean {
	if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
	return !(event.target instanceof Element && event.target.closest(TYPING));
}

export function jump(event: KeyboardEvent): void {
	if (!isForPage(event) || (event.key !== 'j' && event.key !== 'k')) return;
	const stops = [...document.querySelectorAll<HTMLElement>(STOPS)].filter((stop) => stop.checkVisibility());
	const at = stops.findIndex((stop) => stop.contains(document.activeElement));
	const next = stops[event.key === 'j' ? at + 1 : Math.max(0, at - 1)];
	if (!next) return;
	event.preventDefault();
	next.focus();
	next.scrollIntoView({ block: 'nearest' });
}
