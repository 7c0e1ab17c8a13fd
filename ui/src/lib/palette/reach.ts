/** Finds a control on a page that may still be loading. */

const PATIENCE_MS = 3000;

const named = (name: string): HTMLElement | null =>
	document.getElementById(name) ?? document.querySelector(`[data-testid="${CSS.escape(name)}"]`);

/** Calls `act` with the control of this id or test id, once it is there. */
export function whenThere(name: string, act: (found: HTMLElement) => void): void {
	const found = named(name);
	if (found) return act(found);
	const observer = new MutationObserver(() => {
		const found = named(name);
		if (!found) return;
		observer.disconnect();
		act(found);
	});
	observer.observe(document.body, { childList: true, subtree: true });
	setTimeout(() => observer.disconnect(), PATIENCE_MS);
}

/** Shows a control and gives it the focus; if it cannot have it, the first control inside does. */
export function focusOn(found: HTMLElement): void {
	found.scrollIntoView({ block: 'center' });
	found.focus({ preventScroll: true });
	if (document.activeElement !== found)
		found.querySelector<HTMLElement>('input, select, textarea, button')?.focus({ preventScroll: true });
}
