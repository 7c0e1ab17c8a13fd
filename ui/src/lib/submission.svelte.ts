/** One attempt to write something: whether it runs, and what the server said against it. */
import { ApiError } from '$lib/api/client';

export class Submission {
	busy = $state(false);
	/** What is not about a single field. */
	error = $state<string | null>(null);
	/** Request field → what is wrong with it. */
	fields = $state<Record<string, string>>({});

	/** @param known the fields the form shows; a complaint about any other is said above them. `true`: it worked. */
	async run(work: () => Promise<unknown>, known: string[] = []): Promise<boolean> {
		if (this.busy) return false;
		this.busy = true;
		this.error = null;
		this.fields = {};
		try {
			await work();
			return true;
		} catch (reason) {
			this.#refused(reason, known);
			return false;
		} finally {
			this.busy = false;
		}
	}

	#refused(reason: unknown, known: string[]): void {
		if (reason instanceof ApiError) this.fields = reason.fields;
		const shown = known.find((field) => this.fields[field]);
		if (shown) document.getElementById(shown)?.focus();
		else {
			const other = Object.values(this.fields)[0];
			this.error = other ?? (reason instanceof Error ? reason.message : String(reason));
		}
	}
}
