/** The time, as often as a “3 minutes ago” on the screen needs it; stands still while nothing shows one. */
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
