/** Tells of something that happened out of sight. What failed is said where it was tried; only a menu has no such place. */
const SHOWN_MS = 6000;

export type Toast = { id: number; text: string };

class Toasts {
	shown = $state<Toast[]>([]);
	#next = 0;

	add(text: string): void {
		const id = this.#next++;
		// One after the other, newest last; more than three are noise.
		this.shown = [...this.shown.slice(-2), { id, text }];
		setTimeout(() => this.close(id), SHOWN_MS);
	}

	close(id: number): void {
		this.shown = this.shown.filter((toast) => toast.id !== id);
	}
}

export const toasts = new Toasts();
export const toast = (text: string): void => toasts.add(text);
