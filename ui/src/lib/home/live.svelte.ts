/** The overview, read again while the page is visible. */
import { overview } from '$lib/api/overview';
import type { Overview } from '$lib/api/types';
import { messageOf } from '$lib/message-of';
import { pollWhileVisible } from '$lib/poll';

const EVERY_MS = 20_000;

export class LiveOverview {
	current = $state.raw() as Overview;
	/** Why the numbers are older than they should be; `null`: they are fresh. */
	stale = $state<string | null>(null);

	constructor(first: Overview) {
		this.current = first;
	}

	/** Reads until the returned function is called. */
	watch = (): (() => void) => pollWhileVisible(() => this.refresh(), EVERY_MS);

	async refresh(): Promise<void> {
		try {
			this.current = await overview.get();
			this.stale = null;
		} catch (reason) {
			this.stale = messageOf(reason);
		}
	}
}
