/** Follows the server's log; the last 5,000 lines are kept. */
import { getDesktop } from '$lib/host';
import { messageOf } from '$lib/message-of';

export const KEPT_LINES = 5000;
const EVERY_MS = 1000;
/** If the server answers with a full page, more lines can be fetched at once. */
const FULL_PAGE = 1000;

export class LogTail {
	lines = $state.raw<string[]>([]);
	failure = $state<string | null>(null);
	/** Number of all lines read; shows a scrolled-away view how many are new. */
	seen = $state(0);
	#next: number | undefined;

	/** Reads until the returned function is called. */
	follow(): () => void {
		let stopped = false;
		let timer: ReturnType<typeof setTimeout>;
		const tick = async () => {
			const full = await this.#read();
			if (!stopped) timer = setTimeout(() => void tick(), full ? 0 : EVERY_MS);
		};
		void tick();
		return () => {
			stopped = true;
			clearTimeout(timer);
		};
	}

	async #read(): Promise<boolean> {
		try {
			const { lines, next } = await getDesktop().readLog(this.#next);
			// After a restart the server counts from the start.
			const restarted = this.#next !== undefined && next < this.#next;
			this.#next = restarted ? undefined : next;
			this.failure = null;
			if (lines.length && !restarted) {
				this.lines = [...this.lines, ...lines].slice(-KEPT_LINES);
				this.seen += lines.length;
			}
			return lines.length >= FULL_PAGE;
		} catch (reason) {
			this.failure = messageOf(reason);
			return false;
		}
	}
}
