/** Arrow keys, Home and End move between the rows of a table body; Enter opens the focused row. */
import type { Attachment } from 'svelte/attachments';

const STEPS: Record<string, (at: number, last: number) => number> = {
	ArrowDown: (at, last) => Math.min(at + 1, last),
	ArrowUp: (at) => Math.max(at - 1, 0),
	Home: () => 0,
	End: (_, last) => last
};

/**
 * @param open gets the index of the row to open
 * @param reached gets the index of the focused row, so that Tab returns to it
 */
export function rowKeys(open: (index: number) => void, reached: (index: number) => void): Attachment {
	return (body) => {
		const rows = () => [...body.querySelectorAll<HTMLElement>(':scope > tr')];

		function onkeydown(event: Event) {
			if (!(event instanceof KeyboardEvent) || event.ctrlKey || event.metaKey || event.altKey) return;
			const all = rows();
			const at = all.findIndex((row) => row === event.target);
			if (at < 0) return;
			if (event.key === 'Enter') return open(at);
			const next = STEPS[event.key]?.(at, all.length - 1);
			if (next === undefined) return;
			event.preventDefault();
			all[next]?.focus();
		}

		function onfocusin(event: Event) {
			const at = rows().findIndex((row) => row.contains(event.target as Node));
			if (at >= 0) reached(at);
		}

		body.addEventListener('keydown', onkeydown);
		body.addEventListener('focusin', onfocusin);
		return () => {
			body.removeEventListener('keydown', onkeydown);
			body.removeEventListener('focusin', onfocusin);
		};
	};
}
