/**
 * What a row opens, like a link: its page, otherwise the drawer of the name in it. A click anywhere in the row opens it, and
 * a new tab with the middle button, Ctrl or ⌘. The link in the row's cell remains the one for assistive technology and the
 * context menu.
 */
import type { Attachment } from 'svelte/attachments';
import { goto } from '$app/navigation';

const CONTROLS = 'a, button, input, select, label, summary, textarea, [role="menuitem"]';

const drawerOf = (row: Element) => row.querySelector<HTMLAnchorElement>('a[data-drawer]');

/** @param href the row's page, if it has one */
export function openRow(row: Element, href: string | undefined): void {
	if (href) void goto(href);
	else drawerOf(row)?.click();
}

/** @param hrefAt the page of the row at an index */
export function rowLinks(hrefAt: (index: number) => string | undefined): Attachment {
	return (body) => {
		function follow(event: Event) {
			if (!(event instanceof MouseEvent) || event.defaultPrevented || event.button > 1) return;
			const target = event.target as Element;
			// A person who marks text wants to copy it.
			if (target.closest(CONTROLS) || String(getSelection())) return;
			const rows = [...body.querySelectorAll(':scope > tr[data-row]')];
			const at = rows.findIndex((row) => row.contains(target));
			const row = rows[at];
			const href = hrefAt(at) ?? (row && drawerOf(row)?.href);
			if (!row || !href) return;
			event.preventDefault();
			if (event.button === 1 || event.ctrlKey || event.metaKey) open(href, '_blank', 'noopener');
			else openRow(row, hrefAt(at));
		}

		body.addEventListener('click', follow);
		body.addEventListener('auxclick', follow);
		return () => {
			body.removeEventListener('click', follow);
			body.removeEventListener('auxclick', follow);
		};
	};
}
