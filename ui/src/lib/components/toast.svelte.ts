/**
 * Toasts report results of actions that are not visible on the page. Errors are shown where the action was started;
 * only errors of menus become toasts. A toast may offer one action, for example *Undo*; it stays while the pointer or the
 * focus is on it.
 */
const SHOWN_MS = 6000;
/** Time to read the sentence and decide. */
const WITH_ACTION_MS = 10_000;

export type ToastAction = { label: string; run: () => unknown };
export type Toast = { id: number; text: string; action?: ToastAction };

class Toasts {
	shown = $state.raw<Toast[]>([]);
	#next = 0;
	#timers = new Map<number, ReturnType<typeof setTimeout>>();

	add(text: string, action?: ToastAction): void {
		const id = this.#next++;
		// Newest last; more than three at once distract.
		this.shown.slice(0, -2).forEach((old) => this.close(old.id));
		this.shown = [...this.shown, { id, text, action }];
		this.release(id);
	}

	/** Stays until `release`. */
	hold(id: number): void {
		clearTimeout(this.#timers.get(id));
		this.#timers.delete(id);
	}

	/** The time begins again. */
	release(id: number): void {
		this.hold(id);
		const toast = this.shown.find((one) => one.id === id);
		if (!toast) return;
		this.#timers.set(
			id,
			setTimeout(() => this.close(id), toast.action ? WITH_ACTION_MS : SHOWN_MS)
		);
	}

	/** Closes the toast and runs its action. */
	act(id: number): void {
		const action = this.shown.find((toast) => toast.id === id)?.action;
		this.close(id);
		action?.run();
	}

	/** The newest toast with an action. */
	get last(): Toast | undefined {
		return this.shown.findLast(({ action }) => action);
	}

	close(id: number): void {
		this.hold(id);
		this.shown = this.shown.filter((toast) => toast.id !== id);
	}
}

export const toasts = new Toasts();
/** @param action offered for 10 seconds, also by Ctrl+Z */
export const toast = (text: string, action?: ToastAction): void => toasts.add(text, action);
