/** The state of the server process from the desktop shell, read once a second while it is shown. */
import { getDesktop, type ServerState } from '$lib/host';
import { m } from '$lib/paraglide/messages';
import type { StatusTone } from '$lib/components/status-tone';
import { messageOf } from '$lib/message-of';
import { Trends } from '$lib/host/trends.svelte';

const EVERY_MS = 1000;

class WatchedServer {
	current = $state<ServerState | null>(null);
	/** The last answer of a running server: what is known about it while it is stopped. */
	known = $state.raw<ServerState | null>(null);
	/** When the present state was first seen. */
	since = $state.raw<Date | null>(null);
	readonly trends = new Trends();
	#timer: ReturnType<typeof setTimeout> | undefined;
	#asking = false;

	/** Reads the state until the returned function is called; `onchange` is called for a new state. */
	watch(onchange: () => void): () => void {
		let stopped = false;
		const tick = async () => {
			const before = this.current?.state;
			await this.refresh();
			if (stopped) return;
			if (before && before !== this.current?.state) onchange();
			this.#timer = setTimeout(() => void tick(), EVERY_MS);
		};
		void tick();
		return () => {
			stopped = true;
			clearTimeout(this.#timer);
		};
	}

	async refresh(): Promise<void> {
		if (this.#asking) return;
		this.#asking = true;
		try {
			this.#take(await getDesktop().serverState());
		} catch (reason) {
			this.#take({ state: 'failed', reason: messageOf(reason) });
		} finally {
			this.#asking = false;
		}
	}

	#take(next: ServerState): void {
		if (next.state !== this.current?.state) this.since = new Date();
		this.current = next;
		if (next.status) this.known = next;
		this.trends.add(next, Date.now());
	}
}

export const serverState = new WatchedServer();

type StateLook = { label: string; tone: StatusTone; dot: string };

export function stateLook(state: ServerState['state'] | undefined): StateLook {
	switch (state) {
		case 'running':
			return { label: m.state_running(), tone: 'passed', dot: 'bg-passed' };
		case 'starting':
			return { label: m.state_starting(), tone: 'running', dot: 'bg-running' };
		case 'failed':
			return { label: m.state_failed(), tone: 'failed', dot: 'bg-failed' };
		case 'not_installed':
			return { label: m.state_not_installed(), tone: 'skipped', dot: 'border border-skipped' };
		case 'stopped':
			return { label: m.state_stopped(), tone: 'skipped', dot: 'bg-skipped' };
		default:
			return { label: m.state_unknown(), tone: 'skipped', dot: 'border border-skipped' };
	}
}
