/**
 * A person moves the border between two columns: with the mouse, or with Shift and the arrow keys while the focus is in the
 * left column's title. Only these two change, so the table keeps its width.
 */
import type { Attachment } from 'svelte/attachments';

/** A column's key and its width in per cent of the table. */
type Side = [key: string, percent: number];
const KEY_STEP_PERCENT = 2;
const KEYS: Record<string, number> = { ArrowLeft: -KEY_STEP_PERCENT, ArrowRight: KEY_STEP_PERCENT };

export function columnResize(moved: (left: Side, right: Side, by: number) => void): Attachment {
	return (head) => {
		const width = () => head.getBoundingClientRect().width;

		function side(title: Element | null): Side | null {
			const key = title instanceof HTMLElement ? title.dataset.column : undefined;
			return key && title ? [key, (title.getBoundingClientRect().width / width()) * 100] : null;
		}

		/** A column that is hidden in a small table has no width. */
		function neighbor(title: Element): Element | null {
			let next = title.nextElementSibling;
			while (next && next.getBoundingClientRect().width === 0) next = next.nextElementSibling;
			return next;
		}

		function sides(title: Element | null): [Side, Side] | null {
			const [left, right] = [side(title), side(title && neighbor(title))];
			return left && right ? [left, right] : null;
		}

		function onpointerdown(event: Event) {
			if (!(event instanceof PointerEvent) || !(event.target instanceof Element)) return;
			const edge = event.target.closest('[data-edge]');
			const both = edge && sides(edge.closest('th'));
			if (!both || event.button !== 0) return;
			event.preventDefault();
			edge.setPointerCapture(event.pointerId);
			const start = event.clientX;
			const follow = (move: Event) =>
				moved(...both, (((move as PointerEvent).clientX - start) / width()) * 100);
			edge.addEventListener('pointermove', follow);
			edge.addEventListener('lostpointercapture', () => edge.removeEventListener('pointermove', follow), {
				once: true
			});
		}

		function onkeydown(event: Event) {
			if (!(event instanceof KeyboardEvent) || !event.shiftKey || !(event.target instanceof Element)) return;
			const by = KEYS[event.key];
			const both = sides(event.target.closest('th'));
			if (by === undefined || !both) return;
			event.preventDefault();
			moved(...both, by);
		}

		head.addEventListener('pointerdown', onpointerdown);
		head.addEventListener('keydown', onkeydown);
		return () => {
			head.removeEventListener('pointerdown', onpointerdown);
			head.removeEventListener('keydown', onkeydown);
		};
	};
}
