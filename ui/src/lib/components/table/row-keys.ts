/**
 * Arrow keys, Home and End move between the rows of a table body; Enter opens the focused row, `x` selects it, Shift with
 * `x` selects up to it.
 */
import type { Attachment } from 'svelte/attachments';

const STEPS: Record<string, (at: number, last: number) => number> = {
	ArrowDown: (at, last) => Math.min(at + 1, last),
	ArrowUp: (at) => Math.max(at - 1, 0),
	Home: () => 0,
	End: (_, last) => last
};

/** All get the index of a row. */
type RowActions = {
	open: (index: number, row: HTMLElement) => void;
	/** The row has the focus, so that Tab returns to it. */
	reached: (index: number) => void;
	/** `range`: up to this row. Absent: rows cannot be selected. */
	select?: (index: number, range: boolean) => void;
};

export function rowKeys(actions: RowActions): Attachment {
	return (body) => {
		const rows = () => [...body.querySelectorAll<HTMLElement>(':scope > tr[data-row]')];

		function onkeydown(event: Event) {
			if (!(event instanceof KeyboardEvent) || event.ctrlKey || event.metaKey || event.altKey) return;
			const all = rows();
			const at = all.findIndex((row) => row === event.target);
			const row = all[at];
			if (!row) return;
			if (event.key === 'Enter') return actions.open(at, row);
			if (event.key.toLowerCase() === 'x') return actions.select?.(at, event.shiftKey);
			const next = STEPS[event.key]?.(at, all.length - 1);
			if (next === undefined) return;
			event.preventDefault();
			all[next]?.focus();
		}

		function onfocusin(event: Event) {
			const at = rows().findIndex((row) => row.contains(event.target as Node));
			if (at >= 0) actions.reached(at);
		}

		body.addEventListener('keydown', onkeydown);
		body.addEventListener('focusin', onfocusin);
		return () => {
			body.removeEventListener('keydown', onkeydown);
			body.removeEventListener('focusin', onfocusin);
		};
	};
}
