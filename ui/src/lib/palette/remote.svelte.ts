/**
 * What the server finds for the text in the field. One request runs at a time, and the newest text is asked next, so a
 * late answer never replaces a newer one, and fast typing does not pile up requests.
 */
import { search } from '$lib/api/search';
import type { Found } from '$lib/api/types';
import { messageOf } from '$lib/message-of';
import { fold } from './fold';

/** The longest query that the server takes, in bytes. */
const QUERY_MAX = 200;
type Find = (query: string) => Promise<Found[]>;

export class Remote {
	found = $state.raw<Found[]>([]);
	error = $state<string | null>(null);
	busy = $state(false);
	#wanted = '';
	/** Answers, by their texts; without the names that every object has. */
	readonly #known = Object.create(null) as Partial<Record<string, Found[]>>;

	constructor(private readonly find: Find = (query) => search.find(query)) {}

	ask(text: string): void {
		const query = fold(text);
		this.#wanted = new TextEncoder().encode(query).length > QUERY_MAX ? '' : query;
		const known = this.#wanted ? this.#known[this.#wanted] : [];
		if (known) this.found = known;
		else if (!this.busy) void this.#run();
	}

	async #run(): Promise<void> {
		this.busy = true;
		while (this.#wanted && !this.#known[this.#wanted]) {
			const query = this.#wanted;
			try {
				const found = await this.find(query);
				this.#known[query] = found;
				this.error = null;
				if (query === this.#wanted) this.found = found;
			} catch (reason) {
				this.error = messageOf(reason);
				if (query === this.#wanted) break;
			}
		}
		this.busy = false;
		this.found = this.#known[this.#wanted] ?? (this.#wanted ? this.found : []);
	}
}
