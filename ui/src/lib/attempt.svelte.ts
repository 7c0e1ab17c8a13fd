/** One attempt to do something: whether it runs, and what was said against it. */
import { ApiError } from '$lib/api/client';
import { toast } from '$lib/components/toast.svelte';
import { messageOf } from './message-of';

type Options = {
	/** Runs after each attempt, whatever came of it: what is shown is asked for again. */
	after?: () => unknown;
	/** Several may run at once: a button in each row of a table. Without it, another one is dropped meanwhile. */
	parallel?: boolean;
	/** Hears of a refusal first. `true`: it was dealt with, and nothing is shown. */
	refused?: (reason: unknown) => boolean;
};

export class Attempt {
	#running = $state(0);
	/** What is not about a single field. */
	error = $state<string | null>(null);
	/** Request field → what is wrong with it. */
	fields = $state<Record<string, string>>({});

	constructor(private readonly options: Options = {}) {}

	get busy(): boolean {
		return this.#running > 0;
	}

	/** @param known the fields the form shows; a complaint about any other is said above them. `true`: it worked. */
	async run(work: () => Promise<unknown>, known: string[] = []): Promise<boolean> {
		if (this.busy && !this.options.parallel) return false;
		this.#running++;
		this.error = null;
		this.fields = {};
		try {
			await work();
			return true;
		} catch (reason) {
			if (!this.options.refused?.(reason)) this.#show(reason, known);
			return false;
		} finally {
			await this.refresh().finally(() => this.#running--);
		}
	}

	/** Asks for what is shown again, without an attempt. */
	async refresh(): Promise<void> {
		await this.options.after?.();
	}

	/** As `run`, for work with nothing to show where it was done: the outcome is said in a corner. */
	tell(outcome: string, work: () => Promise<unknown>): Promise<boolean> {
		return this.run(async () => {
			await work();
			toast(outcome);
		});
	}

	#show(reason: unknown, known: string[]): void {
		if (reason instanceof ApiError) this.fields = reason.fields;
		const shown = known.find((field) => this.fields[field]);
		if (shown) document.getElementById(shown)?.focus();
		else this.error = Object.values(this.fields)[0] ?? messageOf(reason);
	}
}
