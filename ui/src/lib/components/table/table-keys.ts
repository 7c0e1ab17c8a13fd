/** Keys of a whole table: ↓ in its search goes to the first row, Escape ends the selection. */
import type { Attachment } from 'svelte/attachments';

export function tableKeys(escape: () => void): Attachment {
	return (section) => {
		function onkeydown(event: Event) {
			if (!(event instanceof KeyboardEvent) || event.defaultPrevented) return;
			const target = event.target instanceof Element ? event.target : null;
			const typing = target?.closest('input:not([type=checkbox])');
			if (event.key === 'Escape' && !typing) escape();
			if (event.key !== 'ArrowDown' || !typing?.matches('[type=search]')) return;
			event.preventDefault();
			section.querySelector<HTMLElement>('tr[data-row][tabindex="0"]')?.focus();
		}

		section.addEventListener('keydown', onkeydown);
		return () => section.removeEventListener('keydown', onkeydown);
	};
}
