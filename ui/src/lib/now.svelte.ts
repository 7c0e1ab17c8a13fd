/** The current time, updated as often as texts like “3 minutes ago” need it; not updated while none is shown. */
import { createSubscriber } from 'svelte/reactivity';

const EVERY_MS = 30_000;

class Now {
	readonly #subscribe = createSubscriber((update) => {
		const timer = setInterval(update, EVERY_MS);
		return () => clearInterval(timer);
	});

	get current(): number {
		this.#subscribe();
		return Date.now();
	}
}

export const now = new Now();
