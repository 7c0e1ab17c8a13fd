/**
 * A row opens its page like a link: a click anywhere in it, and a new tab with the middle button, Ctrl or ⌘. The link in
 * the row's first cell remains the one for assistive technology and the context menu.
 */
import type { Attachment } from 'svelte/attachments';
import { goto } from '$app/navigation';

const CONTROLS = 'a, button, input, select, label, summary, textarea, [role="menuitem"]';

/** @param hrefAt the page of the row at an index */
export function rowLinks(hrefAt: (index: number) => string | undefined): Attachment {
	return (body) => {
		function follow(event: Event) {
			if (!(event instanceof MouseEvent) || event.defaultPrevented || event.button > 1) return;
			const target = event.target as Element;
			// A person who marks text wants to copy it.
			if (target.closest(CONTROLS) || String(getSelection())) return;
			const rows = [...body.querySelectorAll(':scope > tr[data-row]')];
			const href = hrefAt(rows.findIndex((row) => row.contains(target)));
			if (!href) return;
			event.preventDefault();
			if (event.button === 1 || event.ctrlKey || event.metaKey) open(href, '_blank', 'noopener');
			else void goto(href);
		}

		body.addEventListener('click', follow);
		body.addEventListener('auxclick', follow);
		return () => {
			body.removeEventListener('click', follow);
			body.removeEventListener('auxclick', follow);
		};
	};
}
