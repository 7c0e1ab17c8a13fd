/**
 * One `testkeep-server check …` that follows the typed text: it runs 300 ms after the last key, and a result for an
 * older text is dropped.
 */
import { getDesktop, type Checks, type Finding, type Report } from '$lib/host';
import { messageOf } from '$lib/message-of';

const DEBOUNCE_MS = 300;

export class LiveCheck<Kind extends keyof Checks> {
	report = $state.raw<Report<Checks[Kind]> | null>(null);
	/** Why the check itself could not run. */
	failure = $state<string | null>(null);
	busy = $state(false);
	#question = '';
	#answered: Promise<void> = Promise.resolve();

	constructor(private readonly kind: Kind) {}

	/** Resolves when this check, or a newer one that replaced it, has ended. */
	ask(args: string[], password?: string, wait = DEBOUNCE_MS): Promise<void> {
		const question = JSON.stringify([args, password]);
		if (question === this.#question) return this.#answered;
		this.#question = question;
		this.busy = true;
		this.failure = null;
		this.#answered = this.#answer(question, args, password, wait);
		return this.#answered;
	}

	/** Call when there is nothing to check: the field is empty or does not apply. */
	clear(): void {
		this.#question = '';
		this.report = null;
		this.failure = null;
		this.busy = false;
	}

	/** The next `ask` runs the check again, even with the same arguments. */
	forget(): void {
		this.#question = '';
	}

	get refused(): boolean {
		return !this.busy && (this.failure !== null || this.report?.ok === false);
	}

	get passed(): boolean {
		return !this.busy && this.failure === null && this.report?.ok === true;
	}

	about(field: string): Finding[] {
		return this.report?.findings.filter((finding) => finding.field === field) ?? [];
	}

	async #answer(question: string, args: string[], password: string | undefined, wait: number): Promise<void> {
		await new Promise((resolve) => setTimeout(resolve, wait));
		if (question !== this.#question) return;
		try {
			const report = await getDesktop().check(this.kind, args, password);
			if (question !== this.#question) return;
			this.report = report;
		} catch (reason) {
			if (question !== this.#question) return;
			this.report = null;
			this.failure = messageOf(reason);
			this.#question = '';
		}
		this.busy = false;
	}
}
