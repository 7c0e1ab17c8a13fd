/** Starting, stopping and opening the server from its page: what runs now, and what failed. */
import { invalidate } from '$app/navigation';
import { Attempt } from '$lib/attempt.svelte';
import { getDesktop } from '$lib/host';
import { serverState } from '$lib/server-state.svelte';
import { signInLink } from '$lib/setup/owner-session.svelte';

export type ServerAction = 'start' | 'stop' | 'restart';

export class ServerActions {
	doing = $state<ServerAction | null>(null);
	readonly #attempt = new Attempt();
	readonly #opening = new Attempt();

	get failure(): string | null {
		return this.#attempt.error ?? this.#opening.error;
	}

	async act(what: ServerAction): Promise<void> {
		this.doing = what;
		const desktop = getDesktop();
		await this.#attempt.run(async () => {
			if (what === 'start') await desktop.startServer();
			if (what === 'stop') await desktop.stopServer();
			if (what === 'restart') await desktop.restartServer();
			await serverState.refresh();
			await invalidate('testkeep:site');
		});
		this.doing = null;
	}

	/** `signedIn`: the browser is signed in by a link that works once. */
	openInBrowser(signedIn: boolean): Promise<boolean> {
		return this.#opening.run(async () => {
			const url = signedIn ? await signInLink() : serverState.current?.status?.server_url;
			if (url) await getDesktop().openUrl(url);
		});
	}
}
