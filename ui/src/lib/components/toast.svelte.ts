/**
 * Toasts report results of actions that are not visible on the page. Errors are shown where the action was started;
 * only errors of menus become toasts.
 */
const SHOWN_MS = 6000;

export type Toast = { id: number; text: string };

class Toasts {
	shown = $state<Toast[]>([]);
	#next = 0;

	add(text: string): void {
		const id = this.#next++;
		// Newest last; more than three at once distract.
		this.shown = [...this.shown.slice(-2), { id, text }];
		setTimeout(() => this.close(id), SHOWN_MS);
	}

	close(id: number): void {
		this.shown = this.shown.filter((toast) => toast.id !== id);
	}
}

export const toasts = new Toasts();
export const toast = (text: string): void => toasts.add(text);
