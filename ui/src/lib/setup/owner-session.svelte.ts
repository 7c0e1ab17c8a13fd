/** The owner's session in this window after the installation. */
import { invalidate } from '$app/navigation';
import { api, client, body, connectTo } from '$lib/api/client';
import { messageOf } from '$lib/message-of';
import { installRun } from './install-run.svelte';
import { wizard } from './wizard.svelte';

class OwnerSession {
	/** Email address of the person who is signed in; `null`: nobody is. */
	email = $state<string | null>(null);
	busy = $state(false);
	/** Why signing in failed; the account exists nevertheless. */
	error = $state<string | null>(null);

	clear(): void {
		this.email = this.error = null;
	}

	/** Signs in with the answers, if the server runs and accepts people. Then the password is forgotten. */
	async begin(): Promise<void> {
		const result = installRun.result;
		if (result?.outcome !== 'installed') return;
		const owner = wizard.owner.given;
		wizard.owner.password = '';
		if (!owner || !result.next_url?.includes('/sign-in')) return;
		this.busy = true;
		try {
			connectTo(`http://127.0.0.1:${wizard.httpPort.trim()}`);
			await api.signIn(owner.email, owner.password);
			this.email = owner.email;
			// The person may be on another page already, which was loaded without them.
			await invalidate('testkeep:site');
		} catch (reason) {
			this.error = messageOf(reason);
		} finally {
			this.busy = false;
		}
	}
}

export const ownerSession = new OwnerSession();

/** A link that signs in a browser on this machine, once, within a minute. */
export async function signInLink(): Promise<string> {
	const { url } = await body(client.POST('/api/v2/sign-in-links'));
	return url;
}
