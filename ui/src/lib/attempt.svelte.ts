/** One attempt at an action: whether it runs, and its errors. */
import { ApiError } from '$lib/api/client';
import { Captured } from '$lib/copy-as-command/capture.svelte';
import { toast } from '$lib/components/toast.svelte';
import { messageOf } from './message-of';

type Options = {
	/** Runs after each attempt, successful or not, to load the displayed data again. */
	after?: () => unknown;
	/**
	 * Several may run at once, for example one per row of a table. Without it, a second attempt is dropped while one runs.
	 */
	parallel?: boolean;
	/** Is called first with a refusal. `true`: it was handled, and no error is shown. */
	refused?: (reason: unknown) => boolean;
};

export class Attempt {
	#running = $state(0);
	/** An error that does not concern a single field. */
	error = $state<string | null>(null);
	/** Request field → what is wrong with it. */
	fields = $state<Record<string, string>>({});

	constructor(private readonly options: Options = {}) {}

	get busy(): boolean {
		return this.#running > 0;
	}

	/**
	 * @param known the fields that the form shows; errors of other fields are shown above them. Returns `true` on success.
	 */
	async run(work: () => Promise<unknown>, known: string[] = []): Promise<boolean> {
		if (this.busy && !this.options.parallel) return false;
		this.#running++;
		this.error = null;
		this.fields = {};
		try {
			await work();
			return true;
		} catch (reason) {
			// The change is shown as a command; nothing failed.
			if (!(reason instanceof Captured) && !this.options.refused?.(reason)) this.#show(reason, known);
			return false;
		} finally {
			await this.refresh().finally(() => this.#running--);
		}
	}

	/** Loads the displayed data again, without an attempt. */
	async refresh(): Promise<void> {
		await this.options.after?.();
	}

	/** As `run`, for actions without a place for a result: the outcome is shown in a toast. */
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
